//! The engine, fed in pieces.

use meshveil_engine::{Framing, Masker, Report, StreamError};

/// What came out, and how it ended.
pub type Outcome = (Vec<u8>, Result<Report, StreamError>);

/// Feeds `body` in pieces of these sizes, the last one again and again.
///
/// # Panics
/// When a stream that failed goes on.
pub fn feed(masker: &Masker, framing: Framing, body: &[u8], sizes: &[usize]) -> Outcome {
    let mut stream = masker.stream(framing);
    let mut out = Vec::new();
    let mut rest = body;
    let mut sizes = sizes.iter();
    let mut size = body.len();
    while !rest.is_empty() {
        size = *sizes.next().unwrap_or(&size);
        let (chunk, after) = rest.split_at(size.clamp(1, rest.len()));
        if let Err(error) = stream.push(chunk, &mut out) {
            let before = out.len();
            assert_eq!(stream.push(b"{}", &mut out), Err(error));
            assert_eq!(stream.finish(&mut out), Err(error));
            assert_eq!(out.len(), before, "a failed stream gave out bytes");
            return (out, Err(error));
        }
        rest = after;
    }
    let result = stream.finish(&mut out);
    (out, result)
}
