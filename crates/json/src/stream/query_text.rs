//! Texts that hold parameters: `a=1&b=2`, alone or in a link. Each parameter is read as an object of one member, masked by the same
//! rules, and written back in its place.

use super::{
    Stream,
    inside::Read,
    quote::{decode, write_content},
};
use crate::scan;

impl Stream {
    /// Masks the parameters of a text, and those of the fragment of a link. Everything before a `?` stays.
    pub(super) fn parameters(&mut self, text: &str) -> Read {
        let (link, fragment) = text.split_once('#').map_or((text, None), |(link, fragment)| (link, Some(fragment)));
        let (before, query) = match link.find('?') {
            Some(at) => link.split_at_checked(at + 1).unwrap_or((link, "")),
            None if link.contains("://") => (link, ""),
            None => ("", link),
        };
        let holds = |part: &str| part.contains('=') && !part.contains(char::is_whitespace);
        let in_fragment = fragment.filter(|fragment| holds(fragment));
        if !holds(query) && in_fragment.is_none() {
            return Read::NoDocument;
        }
        let mut out = before.to_owned();
        if self.part(query, holds(query), &mut out).is_none() {
            return Read::Refused;
        }
        if let Some(fragment) = fragment {
            out.push('#');
            if self.part(fragment, in_fragment.is_some(), &mut out).is_none() {
                return Read::Refused;
            }
        }
        Read::Masked(out.into_bytes())
    }

    /// A part of a link, which holds parameters or goes on as it is.
    fn part(&mut self, part: &str, holds: bool, out: &mut String) -> Option<()> {
        if holds {
            return self.list(part, out);
        }
        out.push_str(part);
        Some(())
    }

    /// Masks `a=1&b=2`; `None` where it cannot be read in one way only.
    fn list(&mut self, query: &str, out: &mut String) -> Option<()> {
        // Some readers take `;` for `&`.
        if query.contains(';') {
            return None;
        }
        let start = out.len();
        for pair in query.split('&') {
            let Some(masked) = self.pair(pair)? else { continue };
            if out.len() > start {
                out.push('&');
            }
            out.push_str(&masked);
        }
        Some(())
    }

    /// One parameter; the inner `None` where it goes.
    fn pair(&mut self, pair: &str) -> Option<Option<String>> {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let mut document = b"{\"".to_vec();
        write_content(&unescaped(name)?, &mut document);
        document.extend_from_slice(b"\":\"");
        write_content(&unescaped(value)?, &mut document);
        document.extend_from_slice(b"\"}");
        let Read::Masked(masked) = self.nested(&document) else { return None };
        if masked == document {
            return Some(Some(pair.to_owned()));
        }
        if masked == b"{}" {
            return Some(None);
        }
        let end = scan::string(&masked, 2)?.end;
        let name = core::str::from_utf8(masked.get(2..end)?).ok()?;
        let value = core::str::from_utf8(masked.get(end + 2..masked.len().checked_sub(1)?)?).ok()?;
        let value = match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
            Some(content) => decode(content).into_owned(),
            None if value == "null" => String::new(),
            None => value.to_owned(),
        };
        let mut written = escaped(&decode(name));
        written.push('=');
        written.push_str(&escaped(&value));
        Some(Some(written))
    }
}

/// A part of a query with its escapes undone, and `+` as a blank (application/x-www-form-urlencoded); `None` where it is no text.
fn unescaped(part: &str) -> Option<String> {
    let mut plain = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let escape = match (first, after) {
            (b'%', [high, low, tail @ ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| (high << 4 | low, tail)),
            _ => None,
        };
        match escape {
            Some((byte, tail)) => {
                plain.push(byte);
                rest = tail;
            }
            None => plain.push(if *first == b'+' { b' ' } else { *first }),
        }
    }
    String::from_utf8(plain).ok()
}

/// A text as a part of a query: what is neither a letter, a digit nor one of `-._*` is escaped.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._*".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            for digit in [byte >> 4, byte & 15] {
                escaped.push(char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_escaped_is_read_again(text in any::<String>()) {
            prop_assert_eq!(unescaped(&escaped(&text)), Some(text));
        }
    }
}
