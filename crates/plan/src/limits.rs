//! Bounds on the memory one stream may use, each with what happens when it is passed.

use serde::{Deserialize, Serialize};

/// Bounds on what one stream may hold. None of them bounds the size of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Limits {
    /// Open objects and arrays, counted from the root. Default 512. A deeper document is an error.
    pub depth: usize,
    /// Bytes of one object key as it is spelled in the document, without its quotes. Default 65,536. A longer key is an
    /// error.
    pub key: usize,
    /// Bytes of one matched scalar as it is spelled, for masks that need to see the value. Default 65,536. A longer
    /// value is replaced as `redact` would, and counted.
    pub value: usize,
    /// Bytes of one value held back because a query has to look ahead (filter selectors, indices from the end); also of
    /// comma, key and white space before a value that may be dropped. Default 1,048,576. A longer one is an error.
    pub held: usize,
    /// Steps spent evaluating look-ahead queries on one held value. Default 10,000,000. More is an error.
    pub steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 512, key: 65_536, value: 65_536, held: 1_048_576, steps: 10_000_000 }
    }
}
