//! Texts as scalars that every reader of YAML takes for the same text.

use std::fmt::Write;

use crate::printable::is_printable;

/// A text and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    text: String,
    style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Without quotes where every reader takes it for a text.
    Plain,
    Quoted,
    /// Its lines below a `|`, where that can hold them.
    Literal,
}

/// A text without quotes, where every reader takes it for a text.
impl From<String> for Text {
    fn from(text: String) -> Self {
        Self { text, style: Style::Plain }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

/// A text in double quotes.
pub fn quoted(text: impl Into<String>) -> Text {
    Text { text: text.into(), style: Style::Quoted }
}

/// A text of several lines, which are written as they are below a `|`.
pub fn literal(text: impl Into<String>) -> Text {
    Text { text: text.into(), style: Style::Literal }
}

impl Text {
    /// Whether both are the same text, however they are written.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.text == other.text
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scalar on one line.
    pub(super) fn in_line(&self) -> String {
        let plain = self.style == Style::Plain && is_plain(&self.text);
        if plain { self.text.clone() } else { in_quotes(&self.text) }
    }

    /// The header and the lines of a literal, where this is one.
    pub(super) fn in_lines(&self) -> Option<(&'static str, &str)> {
        if self.style != Style::Literal {
            return None;
        }
        let (header, lines) = match self.text.strip_suffix('\n') {
            Some(lines) => ("|", lines),
            None => ("|-", self.text.as_str()),
        };
        let is_clean = |line: &str| !line.ends_with(' ') && line.chars().all(is_printable);
        // What would need an indicator of its indentation, or to keep more than one line break at the end, is quoted.
        let fits = !lines.is_empty() && !lines.starts_with([' ', '\n']) && !lines.ends_with('\n');
        (fits && lines.split('\n').all(is_clean)).then_some((header, lines))
    }
}

/// What YAML 1.1 or 1.2 takes for something else than a text, in lower case.
const WORDS: [&str; 11] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];

/// Whether every reader takes a text without quotes for this text, in block and in flow style.
///
/// Numbers and dates begin with a digit, a sign or a dot, and both versions of YAML know many: `1e3`, `0x1f`, `1_000`,
/// `.inf`, `2001-12-14`, in YAML 1.1 even `127.0.0.1`. What begins like one is plain only with a letter that none has.
fn is_plain(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    let is_in_no_number = |byte: u8| b"/ghjklmpqrsuvwy".contains(&byte.to_ascii_lowercase());
    text.bytes().all(is_inner)
        && match text.bytes().next() {
            Some(b'0'..=b'9' | b'-' | b'.') => text.bytes().any(is_in_no_number),
            Some(_) => !WORDS.contains(&text.to_ascii_lowercase().as_str()),
            None => false,
        }
}

/// A text in double quotes: as in JSON, and what does not stand for itself on a screen is escaped, too.
fn in_quotes(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            letter if is_printable(letter) => quoted.push(letter),
            letter => push_escaped(&mut quoted, letter),
        }
    }
    quoted.push('"');
    quoted
}

/// A character by its number. Beyond U+FFFF that is YAML, but not JSON: no such escape is both.
fn push_escaped(text: &mut String, letter: char) {
    let number = u32::from(letter);
    // Writing to memory does not fail.
    let _ = if number <= 0xffff { write!(text, "\\u{number:04x}") } else { write!(text, "\\U{number:08x}") };
}

/// JSON whose characters are printable in YAML. Outside its strings JSON has no other; within them an escape is one.
pub(super) fn printable_json(json: String) -> String {
    let is_fit = |letter: char| is_printable(letter) || matches!(letter, '\n' | '\u{10000}'..);
    if json.chars().all(is_fit) {
        return json;
    }
    let mut text = String::with_capacity(json.len() + 8);
    for letter in json.chars() {
        if is_fit(letter) { text.push(letter) } else { push_escaped(&mut text, letter) }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_takes_for_something_else_is_quoted() {
        // Implicit types of YAML 1.1 (yaml.org/type) and of the core schema of YAML 1.2, and what is not a scalar.
        let others = "no y Yes off null ~ Null 1e3 0x1f 0o17 017 0b101 1_000 +1 -1 - -- --- . .. ... .5 .inf -.INF .NaN NaN \
             1.0 1. 685.230_15e+03 190:20:30 2001-12-14 2001-12-14t21:59:43.10-05:00 0.0.0.0 127.0.0.1 = << *a &a !a a: \
             {a a#b %a @a `a 'a ? : , | > [ ]";
        for text in others.split(' ').chain(["", "- a", "a: b", "a #b", " a", "a ", "\u{85}", "\u{feff}", "a\nb"]) {
            assert!(Text::from(text).in_line().starts_with('"'), "{text:?}");
        }
    }

    #[test]
    fn what_can_only_be_a_text_is_plain() {
        for text in "shop/billing v1 30s 0s _ / /healthz ../../base --config-path http/1.1 A _x x.y-z".split(' ') {
            assert_eq!(Text::from(text).in_line(), text);
        }
    }

    #[test]
    fn what_does_not_stand_for_itself_is_escaped() {
        let text = "\u{7f}\u{85}é😀\u{2028}\u{202e}\u{61c}\u{feff}\u{ffff}\u{e0041}\n\t\"\\";
        let expected = r#""\u007f\u0085é😀\u2028\u202e\u061c\ufeff\uffff\U000e0041\n\t\"\\""#;
        assert_eq!(quoted(text).in_line(), expected);
    }

    #[test]
    fn lines_that_a_literal_would_change_are_quoted() {
        assert_eq!(literal("{\n  1\n}").in_lines(), Some(("|-", "{\n  1\n}")));
        assert_eq!(literal("a\n\nb\n").in_lines(), Some(("|", "a\n\nb")));
        for text in ["", "\n", " a", "\na", "a\n\n", "a \nb", "a\n \nb", "a\rb", "a\tb", "a\u{85}b", "a\u{202e}"] {
            assert_eq!(literal(text).in_lines(), None, "{text:?}");
        }
    }
}
