//! JSON string content to text and back, without refusing what a document may hold.

use std::borrow::Cow;

/// The text that JSON string content (what stands between the quotes) spells.
///
/// Unlike `serde_json` this never fails: a lone surrogate, which RFC 8259 (section 8.2) allows to be spelled but which is
/// no Unicode scalar value, becomes U+FFFD, and so does an escape that JSON does not know.
pub(super) fn decode(content: &str) -> Cow<'_, str> {
    let Some((clean, mut rest)) = content.split_once('\\') else {
        return Cow::Borrowed(content);
    };
    let mut text = String::with_capacity(content.len());
    text.push_str(clean);
    loop {
        rest = escape(rest, &mut text);
        let Some((clean, after)) = rest.split_once('\\') else {
            text.push_str(rest);
            return Cow::Owned(text);
        };
        text.push_str(clean);
        rest = after;
    }
}

/// Decodes one escape; `rest` begins after its backslash. Returns what follows it.
fn escape<'a>(rest: &'a str, text: &mut String) -> &'a str {
    let mut characters = rest.chars();
    let decoded = match characters.next() {
        Some(same @ ('"' | '\\' | '/')) => same,
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => return unicode_escape(characters.as_str(), text),
        _ => char::REPLACEMENT_CHARACTER,
    };
    text.push(decoded);
    characters.as_str()
}

/// Decodes `XXXX` or `XXXX\uXXXX`; `rest` begins after the `u`.
fn unicode_escape<'a>(rest: &'a str, text: &mut String) -> &'a str {
    let Some((unit, after)) = four_hex_digits(rest) else {
        text.push(char::REPLACEMENT_CHARACTER);
        return rest;
    };
    if (0xD800..=0xDBFF).contains(&unit)
        && let Some((low, after_pair)) = after.strip_prefix("\\u").and_then(four_hex_digits)
        && (0xDC00..=0xDFFF).contains(&low)
    {
        let scalar = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        text.push(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER));
        return after_pair;
    }
    text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
    after
}

fn four_hex_digits(text: &str) -> Option<(u32, &str)> {
    let (digits, after) = text.split_at_checked(4)?;
    let mut unit = 0;
    for digit in digits.chars() {
        unit = unit * 16 + digit.to_digit(16)?;
    }
    Some((unit, after))
}

/// Appends `text` as JSON string content, without quotes; escapes only what RFC 8259 (section 7) demands.
pub(super) fn write_content(text: &str, out: &mut Vec<u8>) {
    let must_escape = |byte: &u8| *byte < 0x20 || matches!(*byte, b'"' | b'\\');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(must_escape) {
        let (clean, after) = rest.split_at(at);
        out.extend_from_slice(clean);
        let Some((&byte, after)) = after.split_first() else {
            return;
        };
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0x08 => out.extend_from_slice(b"\\b"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x0A => out.extend_from_slice(b"\\n"),
            0x0C => out.extend_from_slice(b"\\f"),
            0x0D => out.extend_from_slice(b"\\r"),
            _ => {
                let low = byte & 0x0F;
                let digit = if low < 10 { b'0' + low } else { b'a' + (low - 10) };
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', b'0' + (byte >> 4), digit]);
            }
        }
        rest = after;
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escaped(unit: u16, upper: bool) -> String {
        if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") }
    }

    /// Valid JSON string content with every kind of spelling, lone surrogates included when asked for.
    pub(in crate::stream) fn content(lone_surrogates: bool) -> impl Strategy<Value = String> {
        let raw = any::<char>().prop_map(|character| {
            let mut out = Vec::new();
            write_content(character.encode_utf8(&mut [0; 4]), &mut out);
            String::from_utf8(out).unwrap()
        });
        let units = (any::<char>(), any::<bool>()).prop_map(|(character, upper)| {
            character.encode_utf16(&mut [0; 2]).iter().map(|&unit| escaped(unit, upper)).collect()
        });
        let short = prop::sample::select(vec!["\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"])
            .prop_map(str::to_owned);
        let plain = "[ -!#-\\[\\]-~]{1,12}".prop_map(|text| text);
        let lone = (0xD800_u16..=0xDFFF, any::<bool>()).prop_map(|(unit, upper)| escaped(unit, upper));
        let piece = if lone_surrogates {
            prop_oneof![2 => raw, 2 => units, 1 => short, 2 => plain, 2 => lone].boxed()
        } else {
            prop_oneof![2 => raw, 2 => units, 1 => short, 3 => plain].boxed()
        };
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn decodes_like_serde_json(content in content(false)) {
            let expected: String = serde_json::from_str(&format!("\"{content}\"")).unwrap();
            prop_assert_eq!(decode(&content), expected);
        }

        #[test]
        fn writes_like_serde_json(text in any::<String>()) {
            let mut out = vec![b'"'];
            write_content(&text, &mut out);
            out.push(b'"');
            prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn decodes_lone_surrogates_as_the_standard_library_does(units in prop::collection::vec(
            prop_oneof![Just(0xD83D_u16), Just(0xDE00), any::<u16>()], 0..8)) {
            let content: String = units.iter().map(|&unit| escaped(unit, false)).collect();
            prop_assert_eq!(decode(&content), String::from_utf16_lossy(&units));
        }

        #[test]
        fn decodes_anything_without_panic(content in "(\\\\|u|[0-9a-fA-F]|\\PC|d8|\\\\u){0,24}") {
            let _ = decode(&content);
        }
    }

    #[test]
    fn borrows_what_holds_no_escape() {
        assert!(matches!(decode("Zoë 😀"), Cow::Borrowed("Zoë 😀")));
    }

    #[test]
    fn decodes_surrogates_to_one_character_or_to_replacements() {
        assert_eq!(decode(r"\ud83d\ude00"), "😀");
        assert_eq!(decode(r"\ud83d"), "\u{FFFD}");
        assert_eq!(decode(r"\ud83d\u0041"), "\u{FFFD}A");
        assert_eq!(decode(r"\ude00\ud83d\ude00"), "\u{FFFD}😀");
        assert_eq!(decode(r"a\/b\\c"), r"a/b\c");
    }

    #[test]
    fn replaces_escapes_json_does_not_know() {
        assert_eq!(decode(r"\x41"), "\u{FFFD}41");
        assert_eq!(decode(r"\u+041"), "\u{FFFD}+041");
        assert_eq!(decode("\\"), "\u{FFFD}");
    }
}
