//! JSON inside YAML, in lines that people can read.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::scalar::printable_json;

/// A JSON text with a line for each member of an object, and for each item of a member that is a list. It is YAML, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    /// A value as JSON; `null` for a value that has none, such as a map with keys that are not texts.
    #[must_use]
    pub fn new(value: &impl Serialize) -> Self {
        let mut text = Vec::new();
        let written = value.serialize(&mut Serializer::with_formatter(&mut text, Lines::default()));
        let text = written.ok().and_then(|()| String::from_utf8(text).ok());
        Self(text.map_or_else(|| "null".to_owned(), printable_json))
    }

    /// The text, without a line break at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
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
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn letters_that_yaml_refuses_are_escaped() {
        let text = "\u{7f}\u{85}é😀\u{2028}\u{202e}\u{feff}\u{ffff}\u{e0041}\n";
        let value = json!({ text: [text] });
        let written = Json::new(&value);
        assert_eq!(serde_json::from_str::<Value>(written.as_str()).unwrap(), value);
        assert!(written.as_str().contains(r#"\u007f\u0085é😀\u2028\u202e\ufeff\uffff"#));
    }

    #[test]
    fn each_member_and_each_item_has_a_line() {
        let value = json!({"a": 1, "b": [], "c": [{"d": [1, 2], "e": {}}, [[]]], "f": {"g": [1]}});
        let text = Json::new(&value).0;
        assert_eq!(
            text,
            "{\n  \"a\": 1,\n  \"b\": [],\n  \"c\": [\n    {\"d\": [1, 2], \"e\": {}},\n    [[]]\n  ],\n  \"f\": {\"g\": [1]}\n}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
