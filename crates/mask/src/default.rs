//! `default`: a neutral value of the same type.

use super::{EACH_LEAF, Entry, Example, HIDDEN, Leaf, Mask};

pub(super) const ENTRY: Entry = Entry {
    id: "default",
    summary: "Replaces the value by the neutral value of its type: a string by `\"\"`, a number by `0`, a boolean by \
              `false`, `null` by `null`. For clients that fail on another type. Shows the type, and that a `null` is one.",
    container: EACH_LEAF,
    parameters: &[],
    examples: &[
        Example { parameters: "{}", input: r#""Anna""#, output: r#""""#, note: "" },
        Example { parameters: "{}", input: "-12.5e3", output: "0", note: "" },
        Example { parameters: "{}", input: "true", output: "false", note: "" },
        Example { parameters: "{}", input: "null", output: "null", note: "" },
        Example {
            parameters: "{}",
            input: r#"{"amount":12,"lines":[{"text":"tea"}],"paid":true}"#,
            output: r#"{"amount":0,"lines":[{"text":""}],"paid":false}"#,
            note: "Keys and the number of elements stay visible.",
        },
    ],
};

#[derive(Debug)]
pub(super) struct DefaultMask;

impl Mask for DefaultMask {
    fn needs_text(&self) -> bool {
        false
    }

    fn leaf(&self, leaf: Leaf<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(match leaf {
            Leaf::String(_) => b"\"\"",
            Leaf::Number(_) => b"0",
            Leaf::Boolean(_) => b"false",
            Leaf::Null => b"null",
        });
    }

    fn whole(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(HIDDEN);
    }
}
