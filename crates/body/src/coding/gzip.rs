//! `gzip` (RFC 1952): one member after the other, each with its checksum and its length, and nothing behind the last.

use super::{Decode, deflate::Inflate};
use crate::Fault;

/// Flags of a header (section 2.3.1).
const HEADER_CHECKSUM: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// What comes next of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// The part of the header that always has the same length; bytes read.
    Fixed(u8),
    /// The length of the extra field; its first byte.
    ExtraLength(Option<u8>),
    /// The extra field; bytes left.
    Extra(u16),
    Name,
    Comment,
    /// The checksum of the header; its first byte.
    HeaderChecksum(Option<u8>),
    Data,
    /// The checksum and the length of the data; bytes read.
    Trailer(u8),
}

/// A body in `gzip`.
#[derive(Debug)]
pub(super) struct Gzip {
    at: At,
    flags: u8,
    inflate: Inflate,
    /// Of the header, then of the data.
    checksum: crc32fast::Hasher,
    /// Of all the data.
    of_data: u32,
    /// Bytes of the member's data, as the trailer counts them.
    length: u32,
    trailer: [u8; 8],
    /// Whether a member has ended and no other begun.
    is_complete: bool,
}

impl Gzip {
    pub(super) fn new() -> Self {
        Self {
            at: At::Fixed(0),
            flags: 0,
            inflate: Inflate::new(false),
            checksum: crc32fast::Hasher::new(),
            of_data: 0,
            length: 0,
            trailer: [0; 8],
            is_complete: false,
        }
    }

    /// A byte of a header or trailer.
    fn byte(&mut self, byte: u8) -> Result<(), Fault> {
        let before = self.checksum.clone().finalize();
        self.checksum.update(&[byte]);
        self.at = match self.at {
            At::Fixed(read) => {
                let fits = match read {
                    0 => byte == 0x1f,
                    1 => byte == 0x8b,
                    2 => byte == 8,
                    3 => byte & RESERVED == 0,
                    _ => true,
                };
                if !fits {
                    return Err(Fault::Coding);
                }
                if read == 3 {
                    self.flags = byte;
                }
                if read == 9 { self.next(EXTRA) } else { At::Fixed(read + 1) }
            }
            At::ExtraLength(None) => At::ExtraLength(Some(byte)),
            At::ExtraLength(Some(low)) => match u16::from_le_bytes([low, byte]) {
                0 => self.next(NAME),
                length => At::Extra(length),
            },
            At::Extra(1) => self.next(NAME),
            At::Extra(left) => At::Extra(left.saturating_sub(1)),
            At::Name if byte == 0 => self.next(COMMENT),
            At::Comment if byte == 0 => self.next(HEADER_CHECKSUM),
            At::HeaderChecksum(None) => {
                if before.to_le_bytes().first() != Some(&byte) {
                    return Err(Fault::Coding);
                }
                // The second half is that of the same checksum.
                At::HeaderChecksum(before.to_le_bytes().get(1).copied())
            }
            At::HeaderChecksum(Some(expected)) => {
                if expected != byte {
                    return Err(Fault::Coding);
                }
                At::Data
            }
            At::Trailer(read) => {
                if let Some(place) = self.trailer.get_mut(usize::from(read)) {
                    *place = byte;
                }
                if read == 7 {
                    return self.end_member();
                }
                At::Trailer(read + 1)
            }
            same @ (At::Name | At::Comment | At::Data) => same,
        };
        if self.at == At::Data {
            self.checksum = crc32fast::Hasher::new();
        }
        Ok(())
    }

    /// The next part of the header that its flags name, from the one with `flag` on.
    fn next(&self, flag: u8) -> At {
        let parts = [
            (EXTRA, At::ExtraLength(None)),
            (NAME, At::Name),
            (COMMENT, At::Comment),
            (HEADER_CHECKSUM, At::HeaderChecksum(None)),
        ];
        let from = parts.into_iter().skip_while(|(known, _)| *known != flag);
        from.filter(|(known, _)| self.flags & known != 0).map(|(_, at)| at).next().unwrap_or(At::Data)
    }

    fn end_member(&mut self) -> Result<(), Fault> {
        let [a, b, c, d, e, f, g, h] = self.trailer;
        if u32::from_le_bytes([e, f, g, h]) != self.length || u32::from_le_bytes([a, b, c, d]) != self.of_data {
            return Err(Fault::Coding);
        }
        *self = Self { is_complete: true, ..Self::new() };
        Ok(())
    }
}

impl Decode for Gzip {
    fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Fault> {
        let mut used = 0;
        for &byte in input {
            if self.at == At::Data {
                break;
            }
            self.is_complete = false;
            self.byte(byte)?;
            used += 1;
        }
        if self.at != At::Data {
            return Ok(used);
        }
        let start = out.len();
        let (read, has_ended) = self.inflate.piece(input.get(used..).unwrap_or_default(), out)?;
        let data = out.get(start..).unwrap_or_default();
        self.checksum.update(data);
        self.length = self.length.wrapping_add(data.len() as u32);
        if has_ended {
            self.at = At::Trailer(0);
            self.of_data = self.checksum.clone().finalize();
        }
        Ok(used + read)
    }

    fn is_complete(&self) -> bool {
        self.is_complete
    }
}
