//! The least a parser can do: `serde_json` reads the grammar and keeps nothing.

use serde::de::IgnoredAny;

/// Checks `text`; masks nothing. `serde_json` checks UTF-8 here only where it must build a string, so not at all.
///
/// # Errors
/// When `text` is not JSON.
pub fn check(text: &[u8]) -> Result<(), String> {
    serde_json::from_slice::<IgnoredAny>(text).map(drop).map_err(|error| error.to_string())
}
