//! The fastest parser with a tree that can be changed: parse with `sonic-rs` and print. It masks nothing: changing its
//! tree copies each object that is changed, and with it all around it, which costs several times the rest.

/// Appends the `text`, printed anew, to `out`.
///
/// # Errors
/// When `text` is not JSON.
pub fn print(text: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let document: sonic_rs::Value = sonic_rs::from_slice(text).map_err(|error| error.to_string())?;
    sonic_rs::to_writer(out, &document).map_err(|error| error.to_string())
}
