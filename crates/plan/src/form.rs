//! The forms in which a field can arrive, the least exposed first.

use std::fmt;

use meshveil_mask::MaskSpec;

/// The form of a field, the least exposed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// No connection.
    Unreachable,
    /// A connection, but no response of the application.
    Denied,
    /// A value that shows nothing of the original.
    Masked,
    /// Some characters of the original.
    Partial,
    /// Not known: an object that is not read may show anything. What is known to be clear is worse.
    Unknown,
    /// The original.
    Clear,
}

impl Form {
    /// The word reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Denied => "denied",
            Self::Masked => "masked",
            Self::Partial => "partial",
            Self::Unknown => "unknown",
            Self::Clear => "clear",
        }
    }
}

impl From<&MaskSpec> for Form {
    /// The form of a value behind a mask.
    fn from(mask: &MaskSpec) -> Self {
        if mask.reveals().shows_part() { Self::Partial } else { Self::Masked }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
