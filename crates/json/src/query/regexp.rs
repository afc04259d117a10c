//! I-Regexp (RFC 9485) for `match()` and `search()`: checked here, translated, run by `regex-lite` in linear time.

use std::fmt::Write as _;

/// Atoms of a pattern after its repetitions are written out; above it a pattern is refused.
const MAX_WEIGHT: u64 = 10_000;
/// Bytes one compiled pattern may take.
const MAX_COMPILED: usize = 1 << 20;

/// A compiled pattern. Equality is that of its text.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    whole: bool,
    regex: regex_lite::Regex,
    weight: u64,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.whole == other.whole
    }
}

/// Why a pattern was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PatternFault {
    /// Offset in bytes into the decoded pattern.
    pub(super) offset: usize,
    /// What, in words.
    pub(super) message: String,
}

impl Pattern {
    /// Compiles a pattern that has to match the `whole` string (`match()`) or any part of it (`search()`).
    pub(super) fn compile(text: &str, whole: bool) -> Result<Self, PatternFault> {
        let mut translator = Translator { source: text, at: 0, out: String::new() };
        let weight = translator.alternatives()?;
        let translated = if whole { format!("^(?:{})$", translator.out) } else { translator.out };
        let regex = regex_lite::RegexBuilder::new(&translated)
            .size_limit(MAX_COMPILED)
            .build()
            .map_err(|_| PatternFault { offset: 0, message: "the pattern is too large".to_owned() })?;
        Ok(Self { text: text.to_owned(), whole, regex, weight })
    }

    /// The pattern as it was written, decoded.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// `match()` rather than `search()`.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether the pattern matches `subject`.
    #[must_use]
    pub fn is_match(&self, subject: &str) -> bool {
        self.regex.is_match(subject)
    }

    /// Steps that a run over `bytes` bytes is charged.
    #[must_use]
    pub const fn cost(&self, bytes: usize) -> u64 {
        // Measured: a state on a byte takes up to 14 ns, a step elsewhere about 6 ns; most states sleep most of the time.
        (bytes as u64).saturating_add(1).saturating_mul(self.weight / 2 + 1)
    }
}

/// One open group: the weight before it, and where its translation starts to be an atom.
struct Open {
    weight: u64,
    offset: usize,
}

struct Translator<'p> {
    source: &'p str,
    at: usize,
    out: String,
}

impl Translator<'_> {
    fn peek(&self) -> Option<char> {
        self.source.get(self.at..)?.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        Some(char)
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn fail<T>(offset: usize, message: impl Into<String>) -> Result<T, PatternFault> {
        Err(PatternFault { offset, message: message.into() })
    }

    /// `i-regexp` of the grammar, without recursion; returns the weight.
    fn alternatives(&mut self) -> Result<u64, PatternFault> {
        let mut open: Vec<Open> = Vec::new();
        let mut weight = 0_u64;
        loop {
            let start = self.at;
            let Some(char) = self.bump() else { break };
            let atom = match char {
                '|' => {
                    self.out.push('|');
                    weight += 1;
                    continue;
                }
                '(' => {
                    if open.len() == super::MAX_NESTING {
                        return Self::fail(start, "the groups of the pattern nest too deeply");
                    }
                    if self.peek() == Some('?') {
                        return Self::fail(start, "I-Regexp has no `(?…)`: groups are plain");
                    }
                    self.out.push_str("(?:");
                    open.push(Open { weight, offset: start });
                    weight = 1;
                    continue;
                }
                ')' => {
                    let Some(group) = open.pop() else {
                        return Self::fail(start, "`)` closes no group: write `\\\\)` for the character");
                    };
                    self.out.push(')');
                    let inner = weight;
                    weight = group.weight;
                    inner
                }
                '[' => self.class(start)?,
                '.' => {
                    self.out.push_str(r"[^\n\r]");
                    1
                }
                '\\' => {
                    let char = self.escape(start)?;
                    self.literal(char);
                    1
                }
                '*' | '+' | '?' | '{' => {
                    return Self::fail(start, format!("`{char}` has nothing to repeat"));
                }
                '}' | ']' => {
                    return Self::fail(start, format!("write `\\\\{char}` for the character `{char}`"));
                }
                '^' => {
                    return Self::fail(
                        start,
                        "`^` is an ordinary character in I-Regexp and an anchor elsewhere: write `\\\\^` for the character; `match` is anchored by itself",
                    );
                }
                '$' => {
                    return Self::fail(
                        start,
                        "`$` is an ordinary character in I-Regexp and an anchor elsewhere: write `[$]` for the character; `match` is anchored by itself",
                    );
                }
                char => {
                    self.literal(char);
                    1
                }
            };
            let repeated = atom.saturating_mul(self.quantifier()?);
            weight = weight.saturating_add(repeated);
            if weight > MAX_WEIGHT {
                return Self::fail(start, "the pattern is too large");
            }
        }
        match open.pop() {
            Some(group) => Self::fail(group.offset, "the group is not closed: expected `)`"),
            None => Ok(weight),
        }
    }

    /// Writes one character so that it means itself.
    fn literal(&mut self, char: char) {
        if char.is_ascii_alphanumeric() {
            self.out.push(char);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(self.out, "\\x{{{:X}}}", u32::from(char));
        }
    }

    /// What follows a backslash at `start`: `SingleCharEsc`.
    fn escape(&mut self, start: usize) -> Result<char, PatternFault> {
        match self.bump() {
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some(char @ ('('..='+' | '-' | '.' | '?' | '['..='^' | '{'..='}')) => Ok(char),
            Some(char @ ('p' | 'P')) => Self::fail(
                start,
                format!(
                    "Unicode categories (`\\\\{char}{{…}}`) are not supported: list the characters, as in `[A-Za-z]`"
                ),
            ),
            Some(char @ ('d' | 'D' | 'w' | 'W' | 's' | 'S')) => {
                let class = match char {
                    'd' => "[0-9]",
                    'D' => "[^0-9]",
                    'w' => "[A-Za-z0-9_]",
                    'W' => "[^A-Za-z0-9_]",
                    's' => r"[ \\t\\n\\r]",
                    _ => r"[^ \\t\\n\\r]",
                };
                Self::fail(start, format!("I-Regexp has no `\\\\{char}`: write `{class}`"))
            }
            Some('b' | 'B') => Self::fail(start, "I-Regexp has no word boundaries"),
            Some('0'..='9') => Self::fail(start, "I-Regexp has no back references"),
            _ => Self::fail(
                start,
                "unknown escape in the pattern: expected one of n r t ( ) * + - . ? [ \\ ] ^ { | } after the backslash",
            ),
        }
    }

    /// `charClassExpr`; its `[` at `start` was taken.
    fn class(&mut self, start: usize) -> Result<u64, PatternFault> {
        self.out.push('[');
        if self.eat('^') {
            self.out.push('^');
        }
        let mut weight = 0_u64;
        loop {
            let first_at = self.at;
            let unclosed = "the class is not closed: expected `]`";
            let Some(char) = self.bump() else {
                return Self::fail(start, unclosed);
            };
            let first = match char {
                ']' if weight == 0 => return Self::fail(first_at, "an empty class"),
                ']' => break,
                '[' => {
                    return Self::fail(first_at, "write `\\\\[` for the character `[` in a class");
                }
                '-' if weight == 0 || self.peek() == Some(']') => {
                    self.literal('-');
                    weight += 1;
                    continue;
                }
                '-' => {
                    return Self::fail(first_at, "`-` stands first or last in a class, or as `\\\\-`");
                }
                '\\' => self.escape(first_at)?,
                char => char,
            };
            weight += 1;
            self.literal(first);
            let before_dash = self.at;
            if !self.eat('-') {
                continue;
            }
            let last_at = self.at;
            let last = match self.bump() {
                None => return Self::fail(start, unclosed),
                Some(']') => {
                    // A last `-` is a character: read it in the next round.
                    self.at = before_dash;
                    continue;
                }
                Some('[' | '-') => {
                    return Self::fail(last_at, "expected the end of the range");
                }
                Some('\\') => self.escape(last_at)?,
                Some(char) => char,
            };
            if last < first {
                return Self::fail(first_at, "the range ends before it starts");
            }
            self.out.push('-');
            self.literal(last);
        }
        self.out.push(']');
        Ok(weight / 4 + 1)
    }

    /// A quantifier, where there is one; returns how many copies of the atom it makes.
    fn quantifier(&mut self) -> Result<u64, PatternFault> {
        let start = self.at;
        let copies = match self.peek() {
            Some(char @ ('*' | '+' | '?')) => {
                self.at += 1;
                self.out.push(char);
                1
            }
            Some('{') => {
                self.at += 1;
                let least = self.count()?;
                let most = match (self.eat(','), self.peek()) {
                    (false, _) => Some(least),
                    (true, Some('}')) => None,
                    (true, _) => Some(self.count()?),
                };
                if !self.eat('}') {
                    return Self::fail(self.at, "expected `}` after the count");
                }
                if most.is_some_and(|most| most < least) {
                    return Self::fail(start, "the count ends before it starts");
                }
                let _ = match most {
                    Some(most) => write!(self.out, "{{{least},{most}}}"),
                    None => write!(self.out, "{{{least},}}"),
                };
                most.unwrap_or(least).max(1)
            }
            _ => return Ok(1),
        };
        if matches!(self.peek(), Some('*' | '+' | '?' | '{')) {
            return Self::fail(self.at, "I-Regexp has one quantifier per atom: no lazy or possessive ones");
        }
        Ok(copies)
    }

    fn count(&mut self) -> Result<u64, PatternFault> {
        let start = self.at;
        while self.peek().is_some_and(|char| char.is_ascii_digit()) {
            self.at += 1;
        }
        let digits = self.source.get(start..self.at).unwrap_or_default();
        match digits.parse::<u64>() {
            Ok(count) if count <= MAX_WEIGHT => Ok(count),
            Ok(_) => Self::fail(start, "the count is too large"),
            Err(_) if digits.is_empty() => Self::fail(start, "expected a count"),
            Err(_) => Self::fail(start, "the count is too large"),
        }
    }
}
