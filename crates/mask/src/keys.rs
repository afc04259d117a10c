//! The key of keyed masks.

use std::fmt;

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
