//! Answers and findings as JSON documents (`docs/reference/output.md`).

use meshveil_answers::Document;
use meshveil_text::{Files, Finding};
use serde_json::Value;

use crate::Failure;

/// Characters of a list or an object that is written on one line.
const LINE: usize = 100;

/// Prints a document, its members by name.
pub(crate) fn document(document: &Document) -> Result<(), Failure> {
    let document = serde_json::to_value(document).map_err(Failure::usage)?;
    let mut text = String::new();
    write(&document, 0, 0, &mut text);
    super::print(&format!("{text}\n"))
}

/// Writes what is short on one line; `taken` is what stands before it there.
fn write(value: &Value, indent: usize, taken: usize, text: &mut String) {
    let short = value.to_string();
    let is_short = indent + taken + short.len() <= LINE;
    let inner = " ".repeat(indent + 2);
    match value {
        Value::Array(items) if !items.is_empty() && (!is_short || items.iter().any(is_nested)) => {
            text.push_str("[\n");
            for (at, item) in items.iter().enumerate() {
                text.push_str(&inner);
                write(item, indent + 2, 0, text);
                text.push_str(if at + 1 < items.len() { ",\n" } else { "\n" });
            }
            text.push_str(&" ".repeat(indent));
            text.push(']');
        }
        Value::Object(members) if !members.is_empty() && (!is_short || indent == 0) => {
            text.push_str("{\n");
            for (at, (name, member)) in members.iter().enumerate() {
                let name = format!("{}: ", Value::from(name.as_str()));
                text.push_str(&inner);
                text.push_str(&name);
                write(member, indent + 2, name.len(), text);
                text.push_str(if at + 1 < members.len() { ",\n" } else { "\n" });
            }
            text.push_str(&" ".repeat(indent));
            text.push('}');
        }
        _ => text.push_str(&short),
    }
}

fn is_nested(value: &Value) -> bool {
    value.is_array() || value.is_object()
}

pub(super) fn findings(files: &Files, findings: &[Finding]) -> Result<(), Failure> {
    document(&Document::findings(files, findings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_stands_on_one_line_and_nothing_is_lost() {
        let long = "x".repeat(LINE);
        let value = serde_json::json!({ "a": [1, 2], "b": { "c": long, "d\n": [] }, "e": [{ "f": null }], "g": {} });
        let mut text = String::new();
        write(&value, 0, 0, &mut text);
        assert!(
            text.contains("\n  \"a\": [1,2],\n") && text.contains("\n  \"e\": [\n    {\"f\":null}\n  ],\n"),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
