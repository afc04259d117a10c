//! `null`: the value becomes `null`.

use super::{Container, Entry, Example, Leaf, Mask};

pub(super) const ENTRY: Entry = Entry {
    id: "null",
    summary: "Replaces the value by `null`. The member stays, so that clients see that the field exists.",
    container: "The whole object or array is replaced by `null`.",
    parameters: &[],
    examples: &[
        Example { parameters: "{}", input: r#""123-45-6789""#, output: "null", note: "" },
        Example { parameters: "{}", input: "[1,2,3]", output: "null", note: "An array is replaced as a whole." },
    ],
};

#[derive(Debug)]
pub(super) struct NullMask;

impl Mask for NullMask {
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
        out.extend_from_slice(b"null");
    }
}
