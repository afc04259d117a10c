//! Phone numbers: international ones (E.164), and national ones as they are written.

/// Country codes, and how many digits a number has with its code; other codes that are given out have 8 to 15.
const LENGTHS: &[(&str, usize, usize)] = &[
    ("1", 11, 11),
    ("7", 11, 11),
    ("20", 11, 12),
    ("27", 11, 11),
    ("30", 12, 12),
    ("31", 11, 11),
    ("32", 10, 11),
    ("33", 11, 11),
    ("34", 11, 11),
    ("36", 10, 11),
    ("39", 9, 13),
    ("40", 11, 11),
    ("41", 11, 12),
    ("43", 8, 14),
    ("44", 11, 12),
    ("45", 10, 10),
    ("46", 9, 12),
    ("47", 10, 10),
    ("48", 11, 11),
    ("49", 8, 14),
    ("52", 12, 13),
    ("54", 12, 13),
    ("55", 12, 13),
    ("61", 11, 11),
    ("62", 9, 14),
    ("63", 11, 12),
    ("65", 10, 10),
    ("66", 10, 11),
    ("81", 11, 12),
    ("82", 10, 12),
    ("84", 11, 12),
    ("86", 12, 13),
    ("90", 12, 12),
    ("91", 12, 12),
    ("92", 11, 12),
    ("351", 12, 12),
    ("353", 10, 12),
    ("358", 8, 14),
    ("380", 12, 12),
    ("420", 12, 12),
    ("421", 12, 12),
    ("852", 11, 11),
    ("886", 11, 12),
    ("966", 11, 12),
    ("971", 11, 12),
    ("972", 11, 12),
];

/// First digits of country codes that nobody has.
const UNUSED: &[&str] = &["210", "214", "215", "217", "219", "259", "28", "384", "424", "699", "83", "89", "999"];

/// Bytes that a number may have, with what stands between its digits.
const LONGEST: usize = 30;

/// The end of a number that begins a text.
pub(super) fn phone_end(text: &[u8]) -> Option<usize> {
    match text {
        [b'+', rest @ ..] => international(rest).map(|end| end + 1),
        [b'0', b'0', rest @ ..] if matches!(rest.first(), Some(b'1'..=b'9')) => {
            let end = international(rest)?;
            // `00` and nothing between the digits is any number with zeros before it.
            let is_separated = rest.get(..end)?.iter().any(|byte| !byte.is_ascii_digit());
            is_separated.then_some(end + 2)
        }
        _ => american(text).or_else(|| grouped(text)),
    }
}

/// The digits of a run, each group apart, and its end: at most one or two separators between digits.
fn run(text: &[u8], separators: &[u8]) -> (String, Vec<usize>, usize) {
    let (mut digits, mut groups, mut end) = (String::new(), Vec::new(), 0);
    let mut between = 0;
    for (at, byte) in text.iter().take(LONGEST).enumerate() {
        if byte.is_ascii_digit() {
            if between > 0 || digits.is_empty() {
                groups.push(0);
            }
            between = 0;
            digits.push(char::from(*byte));
            if let Some(last) = groups.last_mut() {
                *last += 1;
            }
            end = at + 1;
        } else if separators.contains(byte) && between < 3 {
            between += 1;
        } else {
            break;
        }
    }
    (digits, groups, end)
}

fn international(text: &[u8]) -> Option<usize> {
    if !matches!(text.first(), Some(b'1'..=b'9')) {
        return None;
    }
    // Behind the number others may follow; so the longest that is one counts, group by group.
    let (digits, groups, end) = run(text, b" -.()/\xa0");
    if digits.len() <= 15 {
        return is_number(&digits).then_some(end);
    }
    let mut length = groups.iter().sum::<usize>();
    for group in groups.iter().rev() {
        length -= group;
        if digits.get(..length).is_some_and(is_number) {
            let mut left = length;
            return text
                .iter()
                .position(|byte| {
                    left -= usize::from(byte.is_ascii_digit());
                    left == 0
                })
                .map(|at| at + 1);
        }
    }
    None
}

fn is_number(digits: &str) -> bool {
    let known = LENGTHS.iter().find(|(code, ..)| digits.starts_with(code));
    let (from, to) = known.map_or((8, 15), |(_, from, to)| (*from, *to));
    let is_used = !UNUSED.iter().any(|code| digits.starts_with(code));
    let is_american = !digits.starts_with('1') || digits.get(1..).is_some_and(is_american_number);
    is_used
        && is_american
        && (from..=to).contains(&digits.len())
        && digits.bytes().any(|digit| Some(digit) != digits.bytes().next())
}

/// `NXX NXX XXXX`, `N` from 2 on (NANP).
fn is_american_number(digits: &str) -> bool {
    let is_high = |at: usize| digits.as_bytes().get(at).is_some_and(|digit| (b'2'..=b'9').contains(digit));
    digits.len() == 10 && is_high(0) && is_high(3)
}

/// `(202) 555-0143`, `202-555-0143`, `202.555.0143`, `1-202-555-0143`; not `202 555 0143`, which any numbers may be.
fn american(text: &[u8]) -> Option<usize> {
    let (prefix, rest) = match text {
        [b'1', b'-' | b' ' | b'.', rest @ ..] => (2, rest),
        _ => (0, text),
    };
    let (open, rest) = match rest {
        [b'(', rest @ ..] => (1, rest),
        _ => (0, rest),
    };
    let area = rest.get(..3)?;
    let (between, rest) = match (open, rest.get(3..)?) {
        (1, [b')', b' ' | b'-', rest @ ..]) => (5, rest),
        (1, [b')', rest @ ..]) => (4, rest),
        (0, [b'-' | b'.', rest @ ..]) => (4, rest),
        (0, [b' ', rest @ ..]) if prefix > 0 => (4, rest),
        _ => return None,
    };
    let (exchange, separator, line) = (rest.get(..3)?, rest.get(3)?, rest.get(4..8)?);
    let digits: String = [area, exchange, line].concat().into_iter().map(char::from).collect();
    let is_one = matches!(separator, b'-' | b'.' | b' ')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && is_american_number(&digits)
        && !rest.get(8).is_some_and(u8::is_ascii_digit);
    is_one.then_some(prefix + open + between + 8)
}

/// `020 7946 0958`, `(030) 5550 1234`, `06 12 34 56 78`, `0171/1234567`: a zero first, an area of two to five digits, groups.
fn grouped(text: &[u8]) -> Option<usize> {
    let open = usize::from(text.first() == Some(&b'('));
    let rest = text.get(open..)?;
    if rest.first() != Some(&b'0') || !matches!(rest.get(1), Some(b'1'..=b'9')) {
        return None;
    }
    let (digits, groups, end) = run(rest, b" -/)");
    let (first, others) = groups.split_first()?;
    let is_date = groups.len() == 3
        && groups.iter().all(|width| *width <= 4)
        && groups.iter().filter(|width| **width <= 2).count() >= 2;
    let fits = (2..=5).contains(first)
        && (9 - open..=12).contains(&digits.len())
        && !is_date
        && !others.is_empty()
        && others.iter().all(|width| (2..=9).contains(width));
    fits.then_some(open + end)
}
