//! Places in texts, as reports name them.

use std::fmt;

use meshveil_text::{Files, Span};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

/// `file:line`; with the column where the whole file is one line, and the name alone for what no file holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub struct Place(String);

impl Place {
    /// The place of a span.
    #[must_use]
    pub fn of(files: &Files, span: Span) -> Self {
        Self(files.place(span))
    }

    /// Whether a file holds it.
    #[must_use]
    pub fn is_somewhere(&self) -> bool {
        self.0.contains(':')
    }

    /// The place of the first span that a file holds.
    #[must_use]
    pub fn first(files: &Files, spans: &[Span]) -> Option<Self> {
        spans.iter().find(|span| span.is_somewhere()).map(|span| Self::of(files, *span))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
