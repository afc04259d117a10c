//! A chunk of a body with any number of documents in it, for framings: they say where the next document begins.

use std::sync::Arc;

use super::{At, Emit, Fault, Gaps, Rewrite, Stream, masker::Compiled};
use crate::{ErrorCode, StreamError};

/// A chunk that is being read. What of it is in no document goes on as it is.
#[derive(Debug)]
#[must_use = "a chunk that is not ended does not go on"]
pub struct Chunk<'a> {
    stream: &'a mut Stream,
    compiled: Arc<Compiled>,
    bytes: &'a [u8],
    emit: Emit<'a>,
}

impl<'a> Chunk<'a> {
    pub(super) fn new(stream: &'a mut Stream, bytes: &'a [u8], out: &'a mut Vec<u8>) -> Self {
        Gaps::start_chunk(&mut stream.gaps, bytes.len());
        let emit = Emit::new(out, stream.withholds());
        Self { compiled: Arc::clone(&stream.compiled), stream, bytes, emit }
    }

    /// Reads the document on from `pos`. Gives the position after it; `None` where the chunk ends first. Of a document that
    /// has ended nothing is read.
    ///
    /// # Errors
    /// As [`Stream::push`].
    #[inline]
    pub fn document(&mut self, pos: usize) -> Result<Option<usize>, StreamError> {
        match self.stream.read(&self.compiled, self.bytes, pos, &mut self.emit) {
            Ok(end) => Ok((self.stream.at == At::Done).then_some(end)),
            Err(fault) => Err(self.stream.fail(&self.compiled, fault)),
        }
    }

    /// After the end of a document: what is read next is another one. Offsets and the report go on.
    #[inline]
    pub fn next_document(&mut self) {
        self.stream.next_document();
    }

    /// Refuses the byte at `pos`, outside of documents.
    #[must_use]
    pub fn refuse(self, code: ErrorCode, pos: usize) -> StreamError {
        self.stream.fail(&self.compiled, Fault(code, pos))
    }

    /// Ends the chunk, all of which has been read.
    ///
    /// # Errors
    /// As [`Stream::push`].
    pub fn end(mut self) -> Result<Rewrite, StreamError> {
        if let Err(fault) = self.stream.end_chunk(&self.compiled, self.bytes, &mut self.emit) {
            return Err(self.stream.fail(&self.compiled, fault));
        }
        self.stream.offset += self.bytes.len() as u64;
        self.stream.report.bytes_in = self.stream.offset;
        Ok(if self.emit.unchanged() { Rewrite::Unchanged } else { Rewrite::Replaced })
    }
}
