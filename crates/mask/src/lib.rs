//! What stands in for a matched value: one file per mask, each with its catalogue entry as data.

mod catalogue;
mod default;
mod drop;
mod email;
mod null;
mod parameter;
mod partial;
mod pseudonym;
mod redact;
#[cfg(not(target_family = "wasm"))]
pub mod reference;
mod spec;
pub mod text;

use std::{borrow::Cow, fmt};

pub use catalogue::{Entry, Example, Parameter};
pub use email::Email;
pub use parameter::MaskLength;
pub use partial::Partial;
pub use pseudonym::{Encoding, Pseudonym};
pub use redact::Redact;
pub use spec::{MaskSpec, NAMES};

/// Every mask, in the order of the reference page.
pub const CATALOGUE: &[Entry] =
    &[redact::ENTRY, null::ENTRY, drop::ENTRY, partial::ENTRY, email::ENTRY, pseudonym::ENTRY, default::ENTRY];

/// What stands in for a value of which a mask that shows a part can show none.
const HIDDEN: &[u8] = b"\"***\"";

/// What [`Container::Leaves`] means, for the catalogue.
const EACH_LEAF: &str = "Each scalar inside is masked on its own; keys and structure stay visible.";

/// A scalar that a rule matched. Containers never get here: see [`Container`].
#[derive(Debug, Clone, Copy)]
pub enum Leaf<'a> {
    /// What stands between the quotes, as spelled in the document: valid JSON string content, valid UTF-8.
    String(&'a str),
    /// The number as spelled in the document.
    Number(&'a str),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`
    Null,
}

/// What a mask does with a matched object or array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Each scalar inside is masked on its own; keys, commas and brackets stay.
    Leaves,
    /// The whole value is replaced by what [`Mask::whole`] writes.
    Whole,
    /// The member or element disappears, whatever its type.
    Drop,
}

/// A compiled mask.
pub trait Mask: fmt::Debug + Send + Sync {
    /// What happens to a matched object or array.
    fn container(&self) -> Container {
        Container::Leaves
    }

    /// Whether [`Mask::leaf`] looks at the text of strings and numbers. When it does not, the stream never holds them and
    /// passes empty text.
    fn needs_text(&self) -> bool;

    /// Appends the JSON value that stands in for `leaf`.
    fn leaf(&self, leaf: Leaf<'_>, out: &mut Vec<u8>);

    /// Appends the JSON value that stands in for a whole object or array ([`Container::Whole`]), and for a scalar longer
    /// than the limit of values.
    fn whole(&self, out: &mut Vec<u8>);
}

/// The key of keyed masks. Its `Debug` output never shows it.
#[derive(Clone, Default)]
pub struct Keys {
    pseudonym: Option<Box<[u8]>>,
}

impl Keys {
    /// No key: rules with a keyed mask do not compile.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// One key for every keyed mask; masks derive their own from it.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self { pseudonym: Some(key.into()) }
    }

    /// The key, where there is one.
    #[must_use]
    pub fn get(&self) -> Option<&[u8]> {
        self.pseudonym.as_deref()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.pseudonym.is_some() { "Keys(set)" } else { "Keys(none)" })
    }
}

/// The text of a string or number; `None` for what has none that could be shown in part.
fn text_of(leaf: Leaf<'_>) -> Option<Cow<'_, str>> {
    match leaf {
        Leaf::String(content) => Some(text::decode(content)),
        Leaf::Number(number) => Some(Cow::Borrowed(number)),
        Leaf::Boolean(_) | Leaf::Null => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn specs() -> Vec<MaskSpec> {
        let mut specs: Vec<MaskSpec> =
            NAMES.iter().map(|name| serde_json::from_str(&format!("\"{name}\"")).unwrap()).collect();
        for entry in CATALOGUE {
            for example in entry.examples {
                let json = format!("{{\"{}\":{}}}", entry.id, example.parameters);
                specs.push(serde_json::from_str(&json).unwrap());
            }
        }
        let hostile = [
            r#"{"redact":{"with":"\"\\\u0000"}}"#,
            r#"{"partial":{"with":"\\","keepFirst":2,"minHidden":1}}"#,
            r#"{"email":{"with":"\"","keepFirst":1024}}"#,
            r#"{"pseudonym":{"prefix":"\"\n"}}"#,
        ];
        specs.extend(hostile.iter().map(|json| serde_json::from_str::<MaskSpec>(json).unwrap()));
        specs
    }

    proptest! {
        #[test]
        fn every_mask_writes_one_json_value(
            content in text::tests::content(true),
            number in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,4})?",
            boolean in any::<bool>(),
        ) {
            let keys = Keys::new(&[7; 32]);
            for spec in specs() {
                let mask = spec.compile("field", &keys).unwrap();
                let leaves = [Leaf::String(&content), Leaf::String(""), Leaf::Number(&number), Leaf::Number(""),
                    Leaf::Boolean(boolean), Leaf::Null];
                for leaf in leaves {
                    let mut out = b"x".to_vec();
                    mask.leaf(leaf, &mut out);
                    prop_assert_eq!(out[0], b'x');
                    prop_assert!(serde_json::from_slice::<serde_json::Value>(&out[1..]).is_ok(), "{:?} {:?}", spec, leaf);
                }
                let mut out = Vec::new();
                mask.whole(&mut out);
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok());
            }
        }
    }

    #[test]
    fn masks_that_need_no_text_write_the_same_without_it() {
        for spec in specs() {
            let mask = spec.compile("field", &Keys::new(&[7; 32])).unwrap();
            if mask.needs_text() {
                continue;
            }
            for (with, without) in [(Leaf::String("abc"), Leaf::String("")), (Leaf::Number("12"), Leaf::Number(""))] {
                let (mut first, mut second) = (Vec::new(), Vec::new());
                mask.leaf(with, &mut first);
                mask.leaf(without, &mut second);
                assert_eq!(first, second, "{spec:?}");
            }
        }
    }
}
