//! The fastest full check: `simd-json` reads the grammar and UTF-8 and builds a tape; masks nothing.

/// Reads `text`; returns the length of the tape. It parses in place, so each run copies the text to `input` first.
///
/// # Errors
/// When `text` is not JSON.
pub fn read(text: &[u8], input: &mut Vec<u8>) -> Result<usize, String> {
    input.clear();
    input.extend_from_slice(text);
    simd_json::to_tape(input).map(|tape| tape.0.len()).map_err(|error| error.to_string())
}
