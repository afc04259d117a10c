//! `drop`: the member or element disappears.

use super::{Container, Entry, Example, Leaf, Mask};

pub(super) const ENTRY: Entry = Entry {
    id: "drop",
    summary: "Removes the member (key and value) or the array element; the commas round it stay right. In an array the \
              elements after it move up, so an index means another element afterwards. A document that is itself the \
              matched value becomes `null`.",
    container: "The whole object or array disappears with its key.",
    parameters: &[],
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

#[derive(Debug)]
pub(super) struct DropMask;

impl Mask for DropMask {
    fn container(&self) -> Container {
        Container::Drop
    }

    fn needs_text(&self) -> bool {
        false
    }

    fn leaf(&self, _leaf: Leaf<'_>, out: &mut Vec<u8>) {
        self.whole(out);
    }

    // For values that cannot disappear, such as the root of a document.
    fn whole(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"null");
    }
}
