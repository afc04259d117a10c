//! What stands in for a matched value: one file per mask, each with its catalogue entry as data.

mod redact;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use redact::Redact;

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
    /// than [`Limits::value`](crate::Limits::value).
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

/// A mask as spelled in a plan, a policy or a rules file: `"redact"` or `{"redact": {"with": "#"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MaskSpec {
    /// A constant.
    Redact(Redact),
}

impl MaskSpec {
    /// Checks the parameters and makes the mask ready to run. `field` scopes keyed masks: the same value in two fields gets
    /// two pseudonyms.
    ///
    /// # Errors
    /// In words, when the parameters make no sense together or a key is missing.
    pub fn compile(&self, _field: &str, _keys: &Keys) -> Result<Box<dyn Mask>, String> {
        match self {
            Self::Redact(spec) => Ok(Box::new(spec.clone())),
        }
    }

    /// Orders masks by how much they hide: where two rules match one value, the greater wins; where they are equal, the
    /// rule that was written first.
    #[must_use]
    pub fn strictness(&self) -> u32 {
        0
    }
}
