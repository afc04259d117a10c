//! `br` (RFC 7932). The window is at most 16 MiB: streams with a larger one are refused.

use alloc_stdlib::StandardAlloc;
use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState};

use super::{Decode, PIECE};
use crate::Fault;

/// A body in `br`.
pub(super) struct Brotli {
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    written: usize,
    has_ended: bool,
}

impl std::fmt::Debug for Brotli {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Brotli")
    }
}

impl Brotli {
    pub(super) fn new() -> Self {
        let state =
            BrotliState::new_strict(StandardAlloc::default(), StandardAlloc::default(), StandardAlloc::default());
        Self { state: Box::new(state), written: 0, has_ended: false }
    }
}

impl Decode for Brotli {
    fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Fault> {
        if self.has_ended {
            return if input.is_empty() { Ok(0) } else { Err(Fault::Coding) };
        }
        let start = out.len();
        out.resize(start + PIECE, 0);
        let space = out.get_mut(start..).unwrap_or_default();
        let (mut left, mut used, mut free, mut made) = (input.len(), 0, space.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut used,
            input,
            &mut free,
            &mut made,
            space,
            &mut self.written,
            &mut self.state,
        );
        out.truncate(start + made);
        match result {
            BrotliResult::ResultSuccess => self.has_ended = true,
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
            BrotliResult::ResultFailure => return Err(Fault::Coding),
        }
        Ok(used)
    }

    fn is_complete(&self) -> bool {
        self.has_ended
    }
}
