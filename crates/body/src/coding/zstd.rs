//! `zstd` (RFC 8878), with the window that RFC 9659 allows for it: 8 MiB. What is decoded leaves when a window of it is full,
//! or the frame ends.

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Decode;
use crate::Fault;

/// The largest window (RFC 9659, section 3), in bytes.
const WINDOW: u64 = 8 << 20;

/// The first bytes of a frame.
const MAGIC: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// The header of a frame, or the end.
    Header,
    /// A block; whether a checksum follows the last.
    Block { has_checksum: bool },
}

/// A body in `zstd`.
pub(super) struct Zstd {
    decoder: FrameDecoder,
    at: At,
    /// A header or a block that is not complete.
    pending: Vec<u8>,
}

impl std::fmt::Debug for Zstd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Zstd")
    }
}

impl Zstd {
    pub(super) fn new() -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW);
        Self { decoder, at: At::Header, pending: Vec::new() }
    }

    /// How many bytes what comes next has, as far as it can be told: with so many, more may turn out to be needed.
    fn needed(&self) -> usize {
        let byte = |at: usize| self.pending.get(at).copied();
        match self.at {
            At::Header => byte(4).map_or(5, |descriptor| {
                let is_single = descriptor & 0x20 != 0;
                let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3)).copied().unwrap_or(0);
                let content = match descriptor >> 6 {
                    0 => usize::from(is_single),
                    power => 1 << power,
                };
                5 + usize::from(!is_single) + dictionary + content
            }),
            At::Block { has_checksum } => match (byte(0), byte(1), byte(2)) {
                (Some(low), Some(middle), Some(high)) => {
                    let header = usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16;
                    let (is_last, is_repeated, size) = (header & 1 == 1, header >> 1 & 3 == 1, header >> 3);
                    3 + if is_repeated { 1 } else { size } + if is_last && has_checksum { 4 } else { 0 }
                }
                _ => 3,
            },
        }
    }

    /// A complete header or block.
    fn part(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        match self.at {
            At::Header => {
                if !self.pending.starts_with(&MAGIC) {
                    return Err(Fault::Coding);
                }
                self.decoder.reset(self.pending.as_slice()).map_err(|_| Fault::Coding)?;
                let has_checksum = self.pending.get(4).is_some_and(|descriptor| descriptor & 4 != 0);
                self.at = At::Block { has_checksum };
            }
            At::Block { has_checksum } => {
                let decoded = self.decoder.decode_blocks(self.pending.as_slice(), BlockDecodingStrategy::UptoBlocks(1));
                let has_ended = decoded.map_err(|_| Fault::Coding)?;
                if let Some(data) = self.decoder.collect() {
                    out.extend_from_slice(&data);
                }
                if has_ended {
                    let (stored, computed) =
                        (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum());
                    if has_checksum && (stored.is_none() || stored != computed) {
                        return Err(Fault::Coding);
                    }
                    self.at = At::Header;
                }
            }
        }
        self.pending.clear();
        Ok(())
    }
}

impl Decode for Zstd {
    fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Fault> {
        let (start, mut used) = (out.len(), 0);
        while out.len() == start {
            let missing = self.needed().saturating_sub(self.pending.len());
            let rest = input.get(used..).unwrap_or_default();
            let taken = missing.min(rest.len());
            self.pending.extend_from_slice(rest.get(..taken).unwrap_or_default());
            used += taken;
            if taken < missing {
                break;
            }
            if self.needed() <= self.pending.len() {
                self.part(out)?;
            }
        }
        Ok(used)
    }

    fn is_complete(&self) -> bool {
        self.at == At::Header && self.pending.is_empty()
    }
}
