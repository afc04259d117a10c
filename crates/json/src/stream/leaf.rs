//! Scalars of a document to masks and back: decodes what a mask must see, quotes what it writes.

use core::str;

use meshveil_mask::{Context, Keys, Mask, MaskError, MaskSpec, Output, Sink, Value};

use super::quote::{decode, write_content};

/// A scalar that a rule matched, as it is spelled in the document.
#[derive(Debug, Clone, Copy)]
pub(super) enum Leaf<'a> {
    /// What stands between the quotes: valid JSON string content, valid UTF-8.
    String(&'a str),
    /// The number.
    Number(&'a str),
    /// `true` or `false`
    Boolean(bool),
    /// `null`
    Null,
}

impl Leaf<'_> {
    /// Writes it as it is spelled.
    pub(super) fn write_as_is(self, out: &mut Vec<u8>) {
        let text = match self {
            Self::String(content) => {
                out.push(b'"');
                out.extend_from_slice(content.as_bytes());
                "\""
            }
            Self::Number(number) => number,
            Self::Boolean(true) => "true",
            Self::Boolean(false) => "false",
            Self::Null => "null",
        };
        out.extend_from_slice(text.as_bytes());
    }
}

/// What stands in for the values that one rule matches.
#[derive(Debug)]
pub(super) struct Replacement {
    leaf: LeafReplacement,
    /// What stands in for a value that no mask looks at.
    unseen: Box<[u8]>,
}

#[derive(Debug)]
enum LeafReplacement {
    /// The mask looks at the type alone: what it writes, written once.
    Constant(Constants),
    /// The mask looks at the value.
    Computed { mask: Box<dyn Mask>, field: Box<str> },
}

/// What stands in for a value of each type, as JSON.
#[derive(Debug)]
struct Constants {
    string: Box<[u8]>,
    number: Box<[u8]>,
    yes: Box<[u8]>,
    no: Box<[u8]>,
    null: Box<[u8]>,
}

impl Replacement {
    /// Makes a mask ready to run over the values of a field.
    pub(super) fn compile(mask: &MaskSpec, field: &str, keys: &Keys) -> Result<Self, MaskError> {
        Ok(Self::of(mask.compile(field, keys)?, field))
    }

    /// What a mask that is ready to run writes over the values of a field.
    pub(super) fn of(mask: Box<dyn Mask>, field: &str) -> Self {
        let unseen = written(|sink| mask.unseen(sink));
        let leaf = if mask.needs_text() {
            LeafReplacement::Computed { mask, field: field.into() }
        } else {
            let context = Context { field, ..Context::default() };
            let constant = |value| written(|sink| mask.mask(value, &context, sink));
            LeafReplacement::Constant(Constants {
                string: constant(Value::Text("")),
                number: constant(Value::Number("")),
                yes: constant(Value::Boolean(true)),
                no: constant(Value::Boolean(false)),
                null: constant(Value::Null),
            })
        };
        Self { leaf, unseen }
    }

    /// Whether the text of strings and numbers must be known. Where not, it may be left empty.
    pub(super) const fn needs_text(&self) -> bool {
        matches!(self.leaf, LeafReplacement::Computed { .. })
    }

    /// Appends what stands in for a scalar.
    #[inline]
    pub(super) fn write(&self, leaf: Leaf<'_>, out: &mut Vec<u8>) {
        match &self.leaf {
            LeafReplacement::Constant(constants) => out.extend_from_slice(match leaf {
                Leaf::String(_) => &constants.string,
                Leaf::Number(_) => &constants.number,
                Leaf::Boolean(true) => &constants.yes,
                Leaf::Boolean(false) => &constants.no,
                Leaf::Null => &constants.null,
            }),
            LeafReplacement::Computed { mask, field } => compute(mask.as_ref(), field, leaf, out),
        }
    }

    /// Appends what stands in for an object or array, or for a scalar that is too long to look at.
    pub(super) fn write_unseen(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.unseen);
    }
}

fn compute(mask: &dyn Mask, field: &str, leaf: Leaf<'_>, out: &mut Vec<u8>) {
    let context = Context { field, ..Context::default() };
    let decoded;
    let value = match leaf {
        Leaf::String(content) => {
            decoded = decode(content);
            Value::Text(&decoded)
        }
        Leaf::Number(number) => Value::Number(number),
        Leaf::Boolean(boolean) => Value::Boolean(boolean),
        Leaf::Null => Value::Null,
    };
    append(|sink| mask.mask(value, &context, sink), out);
}

/// What a mask writes, as JSON.
fn written(mask: impl FnOnce(&mut dyn Sink) -> Output) -> Box<[u8]> {
    let mut out = Vec::new();
    append(mask, &mut out);
    out.into()
}

/// Appends what a mask writes: one JSON value, whatever it is.
fn append(mask: impl FnOnce(&mut dyn Sink) -> Output, out: &mut Vec<u8>) {
    let start = out.len();
    out.push(b'"');
    let word: &[u8] = match mask(&mut Content(out)) {
        Output::Text => return out.push(b'"'),
        Output::Number => {
            // Only the quote goes.
            out.drain(start..=start);
            return;
        }
        Output::Boolean(true) => b"true",
        Output::Boolean(false) => b"false",
        Output::Null | Output::Absent => b"null",
    };
    out.truncate(start);
    out.extend_from_slice(word);
}

/// JSON string content being written.
struct Content<'o>(&'o mut Vec<u8>);

impl Sink for Content<'_> {
    fn push(&mut self, piece: &str) {
        write_content(piece, self.0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use meshveil_mask::CATALOGUE;

    use crate::stream::quote::tests::content;

    fn replacement(mask: &str) -> Replacement {
        let spec: MaskSpec = serde_json::from_str(mask).unwrap();
        Replacement::compile(&spec, "field", &Keys::new(b"0123456789abcdef")).unwrap()
    }

    /// The JSON string that stands in for one with this content.
    fn masked(mask: &str, leaf: Leaf<'_>) -> String {
        let mut out = Vec::new();
        replacement(mask).write(leaf, &mut out);
        String::from_utf8(out).unwrap()
    }

    /// Every mask, by name, with the parameters of its examples, and with hostile ones.
    fn masks() -> Vec<String> {
        let named = CATALOGUE.iter().map(|entry| format!("\"{}\"", entry.id));
        let examples = CATALOGUE.iter().flat_map(|entry| {
            entry.examples.iter().map(|example| format!("{{\"{}\":{}}}", entry.id, example.parameters))
        });
        let hostile = [
            r#"{"redact":{"with":"\"\\\u0000"}}"#,
            r#"{"partial":{"with":"\\","keepFirst":2,"minHidden":1}}"#,
            r#"{"email":{"with":"\"","keepFirst":1024}}"#,
            r#"{"pseudonym":{"prefix":"\"\n"}}"#,
        ];
        named.chain(examples).chain(hostile.map(str::to_owned)).collect()
    }

    proptest! {
        #[test]
        fn every_mask_writes_one_json_value(
            content in content(true),
            number in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,4})?",
            boolean in any::<bool>(),
        ) {
            for mask in masks() {
                let replacement = replacement(&mask);
                let leaves = [Leaf::String(&content), Leaf::String(""), Leaf::Number(&number), Leaf::Number(""),
                    Leaf::Boolean(boolean), Leaf::Null];
                for leaf in leaves {
                    let mut out = b"x".to_vec();
                    replacement.write(leaf, &mut out);
                    prop_assert_eq!(out[0], b'x');
                    prop_assert!(serde_json::from_slice::<serde_json::Value>(&out[1..]).is_ok(), "{} {:?}", mask, leaf);
                }
                let mut out = Vec::new();
                replacement.write_unseen(&mut out);
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok());
            }
        }
    }

    #[test]
    fn decodes_escapes_before_a_mask_sees_the_text() {
        assert_eq!(masked("\"email\"", Leaf::String(r"ann\u0061\u0040example.com")), r#""a***@example.com""#);
        assert_eq!(masked("\"email\"", Leaf::String(r#"\"anna\"@example.com"#)), r#""***""#);
        assert_eq!(masked("\"email\"", Leaf::String(r"anna@example.com\n")), r#""***""#);
        assert_eq!(masked("\"pseudonym\"", Leaf::String(r"\u0031\u0032")), masked("\"pseudonym\"", Leaf::String("12")));
    }

    #[test]
    fn counts_an_escaped_pair_as_one_character() {
        assert_eq!(masked(r#"{"partial":{"keepFirst":1}}"#, Leaf::String(r"\ud83d\ude00abcd")), r#""😀****""#);
    }

    #[test]
    fn escapes_what_a_mask_writes() {
        assert_eq!(masked(r#"{"partial":{"with":"\""}}"#, Leaf::String("secret")), r#""\"\"\"\"""#);
        assert_eq!(masked(r#"{"redact":{"with":"a\"\n"}}"#, Leaf::Null), r#""a\"\n""#);
    }

    #[test]
    fn writes_each_type_as_json() {
        for (leaf, json) in [
            (Leaf::String("a"), r#""""#),
            (Leaf::Number("-1.5e3"), "0"),
            (Leaf::Boolean(true), "false"),
            (Leaf::Null, "null"),
        ] {
            assert_eq!(masked("\"default\"", leaf), json);
        }
        assert_eq!(masked("\"drop\"", Leaf::String("a")), "null");
    }
}
