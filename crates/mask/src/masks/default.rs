//! `default`: a neutral value of the same type.

use crate::{
    Container, Context, Entry, Example, Keys, Mask, MaskError, Output, Reveals, Sink, Value,
    definition::{Definition, parameters},
};

pub(super) const ENTRY: Entry = Entry {
    id: "default",
    keyed: false,
    summary: "Replaces the value by the neutral value of its type: a string by `\"\"`, a number by `0`, a boolean by \
              `false`, `null` by `null`. For clients that fail on another type. Shows the type, and that a `null` is one.",
    parameters: Neutral::PARAMETERS,
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

parameters! {
    /// `default` has no parameters.
    pub struct Neutral {}
}

impl Definition for Neutral {
    fn reveals(&self) -> Reveals {
        Reveals::Type
    }

    fn type_kept(&self) -> bool {
        true
    }

    fn container(&self) -> Container {
        Container::Leaves
    }

    fn compile(&self, _field: &str, _keys: &Keys) -> Result<Box<dyn Mask>, MaskError> {
        Ok(Box::new(NeutralMask))
    }
}

#[derive(Debug)]
struct NeutralMask;

impl Mask for NeutralMask {
    fn needs_text(&self) -> bool {
        false
    }

    fn mask(&self, value: Value<'_>, _context: &Context<'_>, sink: &mut dyn Sink) -> Output {
        match value {
            Value::Text(_) => Output::Text,
            Value::Number(_) => {
                sink.push("0");
                Output::Number
            }
            Value::Boolean(_) => Output::Boolean(false),
            Value::Null => Output::Null,
        }
    }
}
