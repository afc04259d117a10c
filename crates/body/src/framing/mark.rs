//! The byte order mark that may stand at the very start of a body: a reader of JSON may ignore it (RFC 8259, section 8.1).

use meshveil_json::{Chunk, ErrorCode, StreamError};

/// U+FEFF in UTF-8. The marks of UTF-16 and UTF-32 begin with bytes that no JSON begins with.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// How much of the mark was read.
#[derive(Debug, Default)]
pub(super) struct Mark {
    /// Bytes of it; all of them, too, where there is none.
    read: usize,
}

impl Mark {
    /// Where in the chunk the body goes on after the mark.
    ///
    /// # Errors
    /// The position of a byte that should belong to a mark and does not. Later calls find none.
    #[inline]
    pub(super) fn skip(&mut self, chunk: &[u8]) -> Result<usize, usize> {
        if self.read == MARK.len() { Ok(0) } else { self.start(chunk) }
    }

    /// As [`Mark::skip`], for a chunk that a stream reads.
    ///
    /// # Errors
    /// A cut mark is at fault where it ends.
    #[inline]
    pub(super) fn skip_in<'a>(&mut self, reading: Chunk<'a>, chunk: &[u8]) -> Result<(Chunk<'a>, usize), StreamError> {
        match self.skip(chunk) {
            Ok(start) => Ok((reading, start)),
            Err(pos) => Err(reading.refuse(ErrorCode::Syntax, pos)),
        }
    }

    #[cold]
    fn start(&mut self, chunk: &[u8]) -> Result<usize, usize> {
        for (pos, byte) in chunk.iter().enumerate() {
            match MARK.get(self.read) {
                Some(expected) if expected == byte => self.read += 1,
                Some(_) => {
                    let is_cut = std::mem::replace(&mut self.read, MARK.len()) > 0;
                    return if is_cut { Err(pos) } else { Ok(0) };
                }
                None => return Ok(pos),
            }
        }
        Ok(chunk.len())
    }

    /// Whether the body so far ends inside of the mark.
    pub(super) const fn is_cut(&self) -> bool {
        self.read > 0 && self.read < MARK.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mark_is_skipped_at_the_start_alone_wherever_it_is_cut() {
        let body = b"\xef\xbb\xbf\xef{}";
        for split in 0..body.len() {
            let mut mark = Mark::default();
            let (first, second) = body.split_at(split);
            let skipped = mark.skip(first).unwrap() + mark.skip(second).unwrap();
            assert_eq!(skipped, 3, "cut at {split}");
            assert_eq!(mark.skip(body), Ok(0));
        }
        assert_eq!(Mark::default().skip(b"{}"), Ok(0));
    }

    #[test]
    fn mark_that_is_not_complete_is_at_fault_where_it_ends() {
        let mut mark = Mark::default();
        assert_eq!(mark.skip(b"\xef"), Ok(1));
        assert!(mark.is_cut());
        assert_eq!(mark.skip(b"\xbb{"), Err(1));
        assert_eq!(Mark::default().skip(b"\xef\xbf\xbe"), Err(1));
    }
}
