//! `drop`: the member or element disappears.

use crate::{
    Container, Context, Entry, Example, Keys, Mask, MaskError, Output, Reveals, Sink, Value,
    definition::{Definition, parameters},
};

pub(super) const ENTRY: Entry = Entry {
    id: "drop",
    keyed: false,
    summary: "Removes the member (key and value) or the array element; the commas round it stay right. In an array the \
              elements after it move up, so an index means another element afterwards. A document that is itself the \
              matched value becomes `null`.",
    parameters: Omit::PARAMETERS,
    examples: &[
        Example {
            parameters: "{}",
            input: r#""123-45-6789""#,
            output: "",
            note: "`{\"id\":1,\"ssn\":\"123-45-6789\"}` becomes `{\"id\":1}`.",
        },
        Example { parameters: "{}", input: r#"{"a":[true]}"#, output: "", note: "" },
    ],
};

parameters! {
    /// `drop` has no parameters.
    pub struct Omit {}
}

impl Definition for Omit {
    fn reveals(&self) -> Reveals {
        Reveals::Nothing
    }

    fn type_kept(&self) -> bool {
        false
    }

    fn container(&self) -> Container {
        Container::Drop
    }

    fn compile(&self, _field: &str, _keys: &Keys) -> Result<Box<dyn Mask>, MaskError> {
        Ok(Box::new(OmitMask))
    }
}

#[derive(Debug)]
struct OmitMask;

impl Mask for OmitMask {
    fn needs_text(&self) -> bool {
        false
    }

    fn mask(&self, _value: Value<'_>, _context: &Context<'_>, sink: &mut dyn Sink) -> Output {
        self.unseen(sink)
    }

    fn unseen(&self, _sink: &mut dyn Sink) -> Output {
        Output::Absent
    }
}
