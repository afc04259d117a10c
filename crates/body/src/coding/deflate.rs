//! `deflate`: zlib (RFC 1950), or raw (RFC 1951), which browsers read, too.

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::{Decode, PIECE};
use crate::Fault;

/// One compressed stream, with its window of 32 KiB.
pub(super) struct Inflate {
    state: Box<InflateState>,
}

impl std::fmt::Debug for Inflate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inflate")
    }
}

impl Inflate {
    /// With a header and a checksum, or without. The checksum is verified.
    pub(super) fn new(has_header: bool) -> Self {
        Self { state: InflateState::new_boxed(if has_header { DataFormat::Zlib } else { DataFormat::Raw }) }
    }

    /// Decodes a piece. Gives how much of the input was used, and whether the stream has ended.
    pub(super) fn piece(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(usize, bool), Fault> {
        let start = out.len();
        out.resize(start + PIECE, 0);
        let space = out.get_mut(start..).unwrap_or_default();
        let result = inflate(&mut self.state, input, space, MZFlush::None);
        out.truncate(start + result.bytes_written);
        match result.status {
            Ok(status) => Ok((result.bytes_consumed, status == MZStatus::StreamEnd)),
            // There is nothing to read.
            Err(MZError::Buf) => Ok((result.bytes_consumed, false)),
            Err(_) => Err(Fault::Coding),
        }
    }
}

/// A body in `deflate`.
#[derive(Debug)]
pub(super) struct Deflate {
    /// The first bytes, which tell zlib from raw; nothing after these.
    head: Vec<u8>,
    inflate: Option<Inflate>,
    has_ended: bool,
}

impl Deflate {
    pub(super) const fn new() -> Self {
        Self { head: Vec::new(), inflate: None, has_ended: false }
    }
}

/// Whether these are the first bytes of zlib: deflate with a window of at most 32 KiB, without a dictionary, and a check sum
/// (RFC 1950, section 2.2).
fn is_zlib(method: u8, flags: u8) -> bool {
    method & 0x0f == 8 && method >> 4 <= 7 && flags & 0x20 == 0 && (u16::from(method) << 8 | u16::from(flags)) % 31 == 0
}

impl Decode for Deflate {
    fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Fault> {
        if self.has_ended {
            return if input.is_empty() { Ok(0) } else { Err(Fault::Coding) };
        }
        if let Some(inflate) = &mut self.inflate {
            let (used, has_ended) = inflate.piece(input, out)?;
            self.has_ended = has_ended;
            return Ok(used);
        }
        let taken = input.len().min(2 - self.head.len());
        self.head.extend_from_slice(input.get(..taken).unwrap_or_default());
        if let &[method, flags] = self.head.as_slice() {
            let mut inflate = Inflate::new(is_zlib(method, flags));
            let (used, has_ended) = inflate.piece(&self.head, out)?;
            if used < self.head.len() {
                return Err(Fault::Coding);
            }
            self.has_ended = has_ended;
            self.inflate = Some(inflate);
        }
        Ok(taken)
    }

    fn is_complete(&self) -> bool {
        self.has_ended
    }
}
