//! `redact`: a constant of the user's.

use crate::{
    Container, Context, Entry, Example, Keys, Kind, Mask, MaskError, Output, Reveals, Sink, Value,
    definition::{Definition, HIDDEN, parameters},
};

pub(super) const ENTRY: Entry = Entry {
    id: "redact",
    keyed: false,
    summary: "Replaces the value by a constant string. Shows nothing of it, not even its type.",
    parameters: Redact::PARAMETERS,
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

parameters! {
    /// Parameters of `redact`.
    pub struct Redact {
        /// The string that stands in for the value.
        "with", Kind::Text => with: String = HIDDEN.to_owned(),
    }
}

impl Definition for Redact {
    fn reveals(&self) -> Reveals {
        Reveals::Presence
    }

    fn type_kept(&self) -> bool {
        false
    }

    fn container(&self) -> Container {
        Container::Whole
    }

    fn compile(&self, _field: &str, _keys: &Keys) -> Result<Box<dyn Mask>, MaskError> {
        Ok(Box::new(RedactMask { constant: self.with.clone() }))
    }

    fn constant(&self) -> Option<&str> {
        Some(&self.with)
    }
}

#[derive(Debug)]
struct RedactMask {
    constant: String,
}

impl Mask for RedactMask {
    fn needs_text(&self) -> bool {
        false
    }

    fn mask(&self, _value: Value<'_>, _context: &Context<'_>, sink: &mut dyn Sink) -> Output {
        self.unseen(sink)
    }

    fn unseen(&self, sink: &mut dyn Sink) -> Output {
        sink.push(&self.constant);
        Output::Text
    }
}
