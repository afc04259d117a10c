//! Random documents.

use super::{LENGTHS, NAMES, Random};

const NUMBERS: [&str; 22] = [
    "0",
    "-0",
    "1",
    "1.0",
    "1e0",
    "10e-1",
    "2",
    "-1",
    "0.1",
    "-0.0",
    "1E+2",
    "100",
    "1e400",
    "1e500",
    "-1e-400",
    "9007199254740992",
    "9007199254740993",
    "123456789012345678901234567890",
    "0.30000000000000004",
    "4111111111111111",
    "1e99999999999999999999",
    "12345678901234567.5e-3",
];

const TEXTS: [&str; 14] = [
    "a",
    "b",
    "x",
    "patient",
    "PAT",
    "anna.smith@example.com",
    "al@example.com",
    "Anna <anna@example.com>",
    "123-45-6789",
    "1",
    "",
    "ä",
    "2026-11-23",
    "😀",
];

/// Blanks between tokens.
#[derive(Clone, Copy)]
enum Blanks {
    None,
    AfterCommas,
    Lines,
    Random,
}

/// What records have in common.
enum Shape {
    Text,
    Number,
    Any,
    Array(Vec<Shape>),
    Object(Vec<(String, Shape)>),
}

struct Writer<'r> {
    random: &'r mut Random,
    out: Vec<u8>,
    blanks: Blanks,
    /// Values that may still be written.
    budget: usize,
    /// Numbers the values, so that each can be told from the others.
    next: usize,
    depth: usize,
}

/// A random valid document.
pub fn document(random: &mut Random) -> Vec<u8> {
    let blanks = *random.pick(&[Blanks::None, Blanks::None, Blanks::AfterCommas, Blanks::Lines, Blanks::Random]);
    let budget = *random.pick(&[3, 8, 20, 20, 20, 60]);
    let mut writer = Writer { random, out: Vec::new(), blanks, budget, next: 0, depth: 0 };
    writer.blank();
    let root = if writer.random.one_in(20) { 0 } else { 4 };
    if writer.random.one_in(30) {
        writer.chain();
    } else if writer.random.one_in(12) {
        writer.records();
    } else {
        writer.value(root);
    }
    writer.blank();
    writer.out
}

impl Writer<'_> {
    fn blank(&mut self) {
        if matches!(self.blanks, Blanks::Random) && self.random.one_in(2) {
            let longest = *self.random.pick(&[2, 2, 2, 5, 20, 40]);
            for _ in 0..self.random.below(longest) {
                let blank = *self.random.pick(b" \t\n\r");
                self.out.push(blank);
            }
        }
    }

    fn separator(&mut self, byte: u8) {
        self.blank();
        self.out.push(byte);
        match self.blanks {
            Blanks::AfterCommas => self.out.push(b' '),
            Blanks::Lines if byte == b',' => self.line(),
            Blanks::Lines => self.out.push(b' '),
            Blanks::None | Blanks::Random => self.blank(),
        }
    }

    fn line(&mut self) {
        self.out.push(b'\n');
        self.out.extend(std::iter::repeat_n(b' ', self.depth * 2));
    }

    /// A value; `nesting` is the chance, in 4, of a container.
    fn value(&mut self, nesting: usize) {
        self.budget = self.budget.saturating_sub(1);
        if self.budget > 0 && self.depth < 12 && self.random.below(4) < nesting {
            let array = self.random.one_in(2);
            self.container(array);
        } else {
            self.scalar();
        }
    }

    fn container(&mut self, array: bool) {
        let (open, close) = if array { (b'[', b']') } else { (b'{', b'}') };
        self.out.push(open);
        self.depth += 1;
        let most = *self.random.pick(&[1, 3, 5, 8]);
        let children = if self.random.one_in(8) { 0 } else { 1 + self.random.below(most) };
        if matches!(self.blanks, Blanks::Lines) && children > 0 {
            self.line();
        }
        self.blank();
        for index in 0..children {
            if index > 0 {
                self.separator(b',');
            }
            if !array {
                self.key();
                self.separator(b':');
            }
            self.value(2);
        }
        self.blank();
        self.depth -= 1;
        if matches!(self.blanks, Blanks::Lines) && children > 0 {
            self.line();
        }
        self.out.push(close);
    }

    /// Values of one shape in a row, with exceptions: what a masker that guesses from earlier records may get wrong.
    fn records(&mut self) {
        let shape = self.shape(3);
        let (few, many) = (2 + self.random.below(6), 10 + self.random.below(60));
        let records = if self.random.one_in(2) { few } else { many };
        let exceptions = *self.random.pick(&[8, 40, 200, 1000]);
        self.out.push(b'[');
        for index in 0..records {
            if index > 0 {
                self.separator(b',');
            }
            self.record(&shape, exceptions);
        }
        self.out.push(b']');
    }

    fn shape(&mut self, depth: usize) -> Shape {
        match self.random.below(if depth == 0 { 5 } else { 8 }) {
            _ if depth == 3 => Shape::Object(self.members(depth)),
            0..=2 => Shape::Text,
            3 => Shape::Number,
            4 => Shape::Any,
            5 => Shape::Array((0..self.random.below(4)).map(|_| self.shape(depth - 1)).collect()),
            _ => Shape::Object(self.members(depth)),
        }
    }

    fn members(&mut self, depth: usize) -> Vec<(String, Shape)> {
        (0..self.random.below(6))
            .map(|_| {
                let name = match self.random.below(3) {
                    0 => format!("member_{}", self.random.below(9)),
                    _ => (*self.random.pick(&NAMES)).to_owned(),
                };
                (name, self.shape(depth - 1))
            })
            .collect()
    }

    /// A value of a shape; one in `exceptions` of its parts is something else.
    fn record(&mut self, shape: &Shape, exceptions: usize) {
        if self.random.one_in(exceptions) {
            self.budget = 3;
            return self.value(2);
        }
        let digit = self.random.below(10);
        match shape {
            Shape::Text => self.out.extend_from_slice(format!("\"text {digit}\"").as_bytes()),
            Shape::Number => self.out.extend_from_slice(digit.to_string().as_bytes()),
            Shape::Any => self.scalar(),
            Shape::Array(elements) => {
                self.out.push(b'[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        self.separator(b',');
                    }
                    self.record(element, exceptions);
                }
                self.out.push(b']');
            }
            Shape::Object(members) => {
                self.out.push(b'{');
                let mut first = true;
                for (name, shape) in members {
                    if self.random.one_in(exceptions) {
                        continue;
                    }
                    for twice in [true, false] {
                        if twice && !self.random.one_in(exceptions) {
                            continue;
                        }
                        if !first {
                            self.separator(b',');
                        }
                        first = false;
                        let other = self.random.one_in(exceptions);
                        let name = if other { *self.random.pick(&NAMES) } else { name.as_str() };
                        let escapes = if self.random.one_in(exceptions) { 3 } else { 0 };
                        self.text(name, escapes);
                        if self.random.one_in(exceptions) {
                            self.out.push(b' ');
                        }
                        self.separator(b':');
                        self.record(shape, exceptions);
                    }
                }
                self.out.push(b'}');
            }
        }
    }

    /// Deep nesting with one child each.
    fn chain(&mut self) {
        let mut closing = Vec::new();
        for _ in 0..1 + self.random.below(100) {
            if self.random.one_in(2) {
                self.out.push(b'[');
                closing.push(b']');
            } else {
                self.out.push(b'{');
                self.key();
                self.separator(b':');
                closing.push(b'}');
            }
        }
        self.budget = 4;
        self.value(2);
        self.out.extend(closing.iter().rev());
    }

    fn key(&mut self) {
        if self.random.one_in(60) {
            let broken = *self.random.pick(&["\"\\ud800\"", "\"\\udc00a\"", "\"a\\uD83D\"", "\"\\ude00\\ud83d\""]);
            self.out.extend_from_slice(broken.as_bytes());
            return;
        }
        let name = match self.random.below(30) {
            0 => "n".repeat(*self.random.pick(&LENGTHS)),
            1 => format!("k{}", self.random.below(1000)),
            2..=14 => NAMES[self.random.below(5)].to_owned(),
            _ => (*self.random.pick(&NAMES)).to_owned(),
        };
        let escapes = *self.random.pick(&[0, 0, 0, 1, 3, 8]);
        self.text(&name, escapes);
    }

    /// A string with `escapes` of 8 characters spelled as escapes.
    fn text(&mut self, text: &str, escapes: usize) {
        self.out.push(b'"');
        for char in text.chars() {
            self.character(char, escapes);
        }
        self.out.push(b'"');
    }

    fn character(&mut self, char: char, escapes: usize) {
        let short = match char {
            '"' => Some('"'),
            '\\' => Some('\\'),
            '/' => Some('/'),
            '\u{8}' => Some('b'),
            '\u{c}' => Some('f'),
            '\n' => Some('n'),
            '\r' => Some('r'),
            '\t' => Some('t'),
            _ => None,
        };
        let must = matches!(char, '"' | '\\' | '\0'..='\x1f');
        let escaped = self.random.below(8) < escapes;
        if let Some(short) = short.filter(|_| (must || escaped) && !self.random.one_in(3)) {
            self.out.push(b'\\');
            self.out.push(short as u8);
        } else if must || escaped {
            for unit in char.encode_utf16(&mut [0; 2]) {
                let upper = self.random.one_in(2);
                let escape = if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
                self.out.extend_from_slice(escape.as_bytes());
            }
        } else {
            self.out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    fn scalar(&mut self) {
        self.next += 1;
        match self.random.below(16) {
            0 => self.out.extend_from_slice(b"null"),
            1 => self.out.extend_from_slice(b"true"),
            2 => self.out.extend_from_slice(b"false"),
            3..=5 => {
                let number = *self.random.pick(&NUMBERS);
                self.out.extend_from_slice(number.as_bytes());
            }
            6 => {
                let number = format!("-77{:05}.{:03}e-2", self.next, self.random.below(1000));
                self.out.extend_from_slice(number.as_bytes());
            }
            7 => {
                let digits = 1 + *self.random.pick(&LENGTHS);
                self.out.extend(std::iter::repeat_n(b'7', digits));
            }
            8..=10 => {
                let text = *self.random.pick(&TEXTS);
                let escapes = *self.random.pick(&[0, 0, 1, 8]);
                self.text(text, escapes);
            }
            11 if self.random.one_in(4) => {
                let broken =
                    *self.random.pick(&["\"\\ud800\"", "\"x\\udfff\"", "\"\\ud83dx\"", "\"\\ud83d\\ud83d\\ude00\""]);
                self.out.extend_from_slice(broken.as_bytes());
            }
            _ => self.long_text(),
        }
    }

    /// A text with a wide character at the border of a block.
    fn long_text(&mut self) {
        let mut text = format!("Q{}Z", self.next);
        let length = *self.random.pick(&LENGTHS);
        while text.len() < length {
            text.push('x');
        }
        for _ in 0..self.random.below(3) {
            text.push(*self.random.pick(&[
                'é',
                '€',
                '😀',
                '\u{7f}',
                '\u{80}',
                '\u{7ff}',
                '\u{800}',
                '\u{ffff}',
                '\u{10ffff}',
                '"',
                '\\',
                '\n',
                '-',
            ]));
        }
        for _ in 0..self.random.below(2) * 20 {
            text.push(*self.random.pick(&['y', 'y', 'y', 'ü', '-', '@', '.']));
        }
        let escapes = *self.random.pick(&[0, 0, 0, 1, 4]);
        self.text(&text, escapes);
    }
}
