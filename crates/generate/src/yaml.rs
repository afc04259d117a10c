//! Pieces of YAML. Text from the policy is written as JSON strings, which are YAML whatever they hold.

use std::{collections::BTreeMap, io};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// A scalar that is read as this text.
pub(crate) fn quoted(text: &str) -> String {
    escaped(serde_json::Value::from(text).to_string())
}

/// JSON in which what YAML calls a line break or not printable is escaped (YAML 1.1, section 5.1 and 5.4; YAML 1.2,
/// section 5.1). Outside its strings JSON has no such letter.
fn escaped(json: String) -> String {
    let refused = |letter: char| {
        matches!(letter, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    if !json.contains(refused) {
        return json;
    }
    let mut text = String::with_capacity(json.len() + 8);
    for letter in json.chars() {
        if refused(letter) {
            text.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            text.push(letter);
        }
    }
    text
}

/// A list in flow style.
pub(crate) fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}

/// Labels in flow style.
pub(crate) fn labels(labels: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{}: {}", quoted(key), quoted(value))).collect();
    if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) }
}

/// Every line of a text, `width` further right.
pub(crate) fn indented(text: &str, width: usize) -> String {
    let margin = " ".repeat(width);
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{margin}{line}\n") }).collect()
}

/// An object as JSON that people can read: a line for each member, and for each item of a member that is a list.
pub(crate) fn json_lines(value: &impl Serialize) -> String {
    let mut text = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut text, Lines::default()));
    // Neither writing to memory nor serializing what came from text fails.
    written.ok().and_then(|()| String::from_utf8(text).ok()).map(escaped).unwrap_or_default()
}

#[derive(Default)]
struct Lines {
    depth: usize,
    /// The list that was entered last has an item.
    filled: bool,
}

impl Lines {
    /// What stands before a member or item: a line of its own at `depth`, otherwise a space.
    fn separate<W: io::Write + ?Sized>(&self, writer: &mut W, first: bool, depth: usize) -> io::Result<()> {
        match (first, self.depth == depth) {
            (true, true) => write!(writer, "\n{}", "  ".repeat(depth)),
            (false, true) => write!(writer, ",\n{}", "  ".repeat(depth)),
            (true, false) => Ok(()),
            (false, false) => writer.write_all(b", "),
        }
    }
}

impl Formatter for Lines {
    fn begin_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"{")
    }

    fn begin_object_key<W: io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.separate(writer, first, 1)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(if self.depth == 0 { b"\n}" } else { b"}" })
    }

    fn begin_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        writer.write_all(b"[")
    }

    fn begin_array_value<W: io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.separate(writer, first, 2)
    }

    fn end_array_value<W: io::Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(if self.depth == 1 && self.filled { b"\n  ]" } else { b"]" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn letters_that_yaml_refuses_are_escaped() {
        let text = "\u{7f}\u{85}é😀\u{2028}\u{feff}\u{ffff}\n";
        assert_eq!(quoted(text), r#""\u007f\u0085é😀\u2028\ufeff\uffff\n""#);
        let value = json!({ text: [text] });
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json_lines(&value)).unwrap(), value);
        assert!(!json_lines(&value).contains('\u{2028}'));
    }

    #[test]
    fn each_member_and_each_item_has_a_line() {
        let value = json!({"a": 1, "b": [], "c": [{"d": [1, 2], "e": {}}, [[]]], "f": {"g": [1]}});
        let text = json_lines(&value);
        assert_eq!(
            text,
            "{\n  \"a\": 1,\n  \"b\": [],\n  \"c\": [\n    {\"d\": [1, 2], \"e\": {}},\n    [[]]\n  ],\n  \"f\": {\"g\": [1]}\n}"
        );
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
