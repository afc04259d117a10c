//! Decoding of JSON strings: RFC 8259, section 7.

use std::borrow::Cow;

/// The text of a JSON string given without its quotes. `None` when an escape is malformed, a surrogate is alone, or
/// the bytes are not UTF-8.
#[must_use]
pub fn decode(raw: &[u8]) -> Option<Cow<'_, str>> {
    if memchr::memchr(b'\\', raw).is_none() {
        return std::str::from_utf8(raw).ok().map(Cow::Borrowed);
    }
    let mut decoded = String::with_capacity(raw.len());
    let whole = pieces(raw, |piece| {
        decoded.push_str(piece);
        true
    });
    whole.then_some(Cow::Owned(decoded))
}

/// Whether a JSON string given without its quotes decodes to `text`, without allocating.
pub(super) fn decodes_to(raw: &[u8], text: &str) -> bool {
    let mut left = text;
    let whole = pieces(raw, |piece| match left.strip_prefix(piece) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    });
    whole && left.is_empty()
}

/// Feeds the decoded text piece by piece while `each` returns true; false when it stopped or the string is malformed.
fn pieces(mut raw: &[u8], mut each: impl FnMut(&str) -> bool) -> bool {
    loop {
        let plain = memchr::memchr(b'\\', raw).unwrap_or(raw.len());
        let (before, rest) = raw.split_at(plain);
        let Ok(before) = std::str::from_utf8(before) else {
            return false;
        };
        if !before.is_empty() && !each(before) {
            return false;
        }
        if rest.is_empty() {
            return true;
        }
        let Some((char, taken)) = escape(rest) else {
            return false;
        };
        if !each(char.encode_utf8(&mut [0; 4])) {
            return false;
        }
        raw = rest.get(taken..).unwrap_or_default();
    }
}

/// The character of the escape that `rest` starts with, and its length in bytes.
fn escape(rest: &[u8]) -> Option<(char, usize)> {
    let char = match rest.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let first = hex4(rest.get(2..6)?)?;
            if !(0xD800..0xDC00).contains(&first) {
                // A lone low surrogate is no `char`.
                return Some((char::from_u32(first)?, 6));
            }
            let low = if rest.get(6..8)? == b"\\u" { hex4(rest.get(8..12)?)? } else { 0 };
            if !(0xDC00..0xE000).contains(&low) {
                return None;
            }
            let code = 0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00);
            return Some((char::from_u32(code)?, 12));
        }
        _ => return None,
    };
    Some((char, 2))
}

fn hex4(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |code, byte| {
        let digit = char::from(*byte).to_digit(16)?;
        Some(code << 4 | digit)
    })
}
