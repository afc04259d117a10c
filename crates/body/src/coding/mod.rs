//! Content codings (RFC 9110, section 8.4): how the bytes of a representation were encoded for the way.
//!
//! Which ones are undone is a matter of features of this crate; of the others nothing is read.

#[cfg(feature = "br")]
mod br;
#[cfg(feature = "gzip")]
mod deflate;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(feature = "zstd")]
mod zstd;

use std::fmt::Debug;

use crate::{Fault, Rewrite, Stage};

/// How a body is encoded. Others than these are not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coding {
    /// Not at all.
    #[default]
    Identity,
    /// `gzip` (RFC 1952).
    #[cfg(feature = "gzip")]
    Gzip,
    /// `deflate`: zlib (RFC 1950), or, as some servers have it, without its header and checksum (RFC 1951).
    #[cfg(feature = "gzip")]
    Deflate,
    /// `br` (RFC 7932).
    #[cfg(feature = "br")]
    Brotli,
    /// `zstd` (RFC 8878, RFC 9659).
    #[cfg(feature = "zstd")]
    Zstd,
}

/// The codings by their names. `x-gzip` is another name of `gzip` (RFC 9110, section 8.4.1.3).
const NAMED: &[(&str, Coding)] = &[
    ("identity", Coding::Identity),
    #[cfg(feature = "gzip")]
    ("gzip", Coding::Gzip),
    #[cfg(feature = "gzip")]
    ("x-gzip", Coding::Gzip),
    #[cfg(feature = "gzip")]
    ("deflate", Coding::Deflate),
    #[cfg(feature = "br")]
    ("br", Coding::Brotli),
    #[cfg(feature = "zstd")]
    ("zstd", Coding::Zstd),
];

/// Bytes that a body may have decoded, however few it had encoded: small bodies of one repeated record are common.
const EXPANSION_FREE: u64 = 1 << 20;

/// Above that, bytes decoded for each byte read. JSON of records that differ only in their numbers is encoded at about 20 to
/// 50; gzip reaches 1,032 for zeros, Brotli and Zstandard far more.
const EXPANSION: u64 = 200;

#[cfg(test)]
#[cfg(all(feature = "br", feature = "gzip", feature = "zstd"))]
mod tests;

/// What is decoded at once, at most.
#[cfg(any(feature = "gzip", feature = "br"))]
const PIECE: usize = 16 << 10;

impl Coding {
    /// The coding with this name in `Content-Encoding`; `None` for one that is not understood.
    #[must_use]
    pub fn named(name: &[u8]) -> Option<Self> {
        NAMED.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes())).map(|(_, coding)| *coding)
    }

    /// The stage that undoes it.
    pub(crate) fn decoder(self) -> Decoder {
        let decode: Option<Box<dyn Decode>> = match self {
            Self::Identity => None,
            #[cfg(feature = "gzip")]
            Self::Gzip => Some(Box::new(gzip::Gzip::new())),
            #[cfg(feature = "gzip")]
            Self::Deflate => Some(Box::new(deflate::Deflate::new())),
            #[cfg(feature = "br")]
            Self::Brotli => Some(Box::new(br::Brotli::new())),
            #[cfg(feature = "zstd")]
            Self::Zstd => Some(Box::new(zstd::Zstd::new())),
        };
        Decoder { decode, read: 0, written: 0 }
    }
}

/// Undoes one coding, piece by piece.
trait Decode: Debug {
    /// Decodes a piece and appends it to `out`. Gives how many bytes of the input were used; where all were, and nothing was
    /// appended, more input is needed.
    fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Fault>;

    /// Whether the body may end here.
    fn is_complete(&self) -> bool;
}

/// A stage that undoes a coding.
#[derive(Debug)]
pub(crate) struct Decoder {
    /// `None` where there is nothing to undo.
    decode: Option<Box<dyn Decode>>,
    read: u64,
    written: u64,
}

impl Stage for Decoder {
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        let Some(decode) = &mut self.decode else { return Ok(Rewrite::Unchanged) };
        let mut rest = chunk;
        loop {
            let before = out.len();
            let used = decode.decode(rest, out)?;
            let written = out.len() - before;
            self.read += used as u64;
            self.written += written as u64;
            if self.written > EXPANSION_FREE.max(self.read.saturating_mul(EXPANSION)) {
                return Err(Fault::Expansion);
            }
            rest = rest.get(used..).unwrap_or_default();
            if written == 0 && rest.is_empty() {
                return Ok(Rewrite::Replaced);
            }
            if written == 0 && used == 0 {
                return Err(Fault::Coding);
            }
        }
    }

    /// No byte at all is an empty body, whatever its coding.
    fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), Fault> {
        match &self.decode {
            Some(decode) if self.read > 0 && !decode.is_complete() => Err(Fault::Truncated),
            _ => Ok(()),
        }
    }
}
