//! `redact`: a constant of the user's.

use serde::{Deserialize, Serialize};

use super::{Container, Entry, Example, Leaf, Mask, Parameter, parameter::Parameters, text::write_string};

pub(super) const ENTRY: Entry = Entry {
    id: "redact",
    summary: "Replaces the value by a constant string. Shows nothing of it, not even its type.",
    container: "The whole object or array is replaced by the constant.",
    parameters: &[Parameter {
        name: "with",
        kind: "string",
        default: r#""***""#,
        summary: "The string that stands in for the value.",
    }],
    examples: &[
        Example { parameters: "{}", input: r#""123-45-6789""#, output: r#""***""#, note: "" },
        Example {
            parameters: r##"{"with": "#"}"##,
            input: "1250.50",
            output: r##""#""##,
            note: "A number becomes a string, too.",
        },
        Example {
            parameters: r#"{"with": "hidden \"by\" policy"}"#,
            input: r#"{"iban":"DE02120300000000202051","owner":["Anna"]}"#,
            output: r#""hidden \"by\" policy""#,
            note: "An object is replaced as a whole; its keys are hidden, too.",
        },
    ],
};

/// Parameters of `redact`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Redact {
    /// The string that stands in for the value.
    pub with: String,
}

impl Default for Redact {
    fn default() -> Self {
        Self { with: "***".to_owned() }
    }
}

impl Parameters for Redact {}

impl Redact {
    pub(super) fn compile(&self) -> impl Mask + 'static {
        let mut constant = Vec::with_capacity(self.with.len() + 2);
        write_string(&self.with, &mut constant);
        RedactMask { constant: constant.into() }
    }
}

#[derive(Debug)]
struct RedactMask {
    /// The JSON string, ready to copy.
    constant: Box<[u8]>,
}

impl Mask for RedactMask {
    fn container(&self) -> Container {
        Container::Whole
    }

    fn needs_text(&self) -> bool {
        false
    }

    fn leaf(&self, _leaf: Leaf<'_>, out: &mut Vec<u8>) {
        self.whole(out);
    }

    fn whole(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.constant);
    }
}
