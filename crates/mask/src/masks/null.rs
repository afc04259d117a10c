//! `null`: the value becomes `null`.

use crate::{
    Container, Context, Entry, Example, Keys, Mask, MaskError, Output, Reveals, Sink, Value,
    definition::{Definition, parameters},
};

pub(super) const ENTRY: Entry = Entry {
    id: "null",
    keyed: false,
    summary: "Replaces the value by `null`. The member stays, so that clients see that the field exists.",
    parameters: Null::PARAMETERS,
    examples: &[
        Example { parameters: "{}", input: r#""123-45-6789""#, output: "null", note: "" },
        Example { parameters: "{}", input: "[1,2,3]", output: "null", note: "An array is replaced as a whole." },
    ],
};

parameters! {
    /// `null` has no parameters.
    pub struct Null {}
}

impl Definition for Null {
    fn reveals(&self) -> Reveals {
        Reveals::Existence
    }

    fn type_kept(&self) -> bool {
        false
    }

    fn container(&self) -> Container {
        Container::Whole
    }

    fn compile(&self, _field: &str, _keys: &Keys) -> Result<Box<dyn Mask>, MaskError> {
        Ok(Box::new(NullMask))
    }
}

#[derive(Debug)]
struct NullMask;

impl Mask for NullMask {
    fn needs_text(&self) -> bool {
        false
    }

    fn mask(&self, _value: Value<'_>, _context: &Context<'_>, sink: &mut dyn Sink) -> Output {
        self.unseen(sink)
    }

    fn unseen(&self, _sink: &mut dyn Sink) -> Output {
        Output::Null
    }
}
