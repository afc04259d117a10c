//! Documents separated by line feeds (NDJSON, JSON Lines). A document may itself span lines.

use meshveil_json::{ErrorCode, Stream};

use super::{finish_begun, mark::Mark};
use crate::{Fault, Rewrite, Stage};

/// Lines of documents. All are read by one stream, which keeps what it has learnt of them.
#[derive(Debug)]
pub(crate) struct Lines {
    documents: Stream,
    mark: Mark,
    /// Whether a line feed was seen since the last document.
    line_ended: bool,
}

impl Lines {
    pub(crate) fn new(documents: Stream) -> Self {
        Self { documents, mark: Mark::default(), line_ended: false }
    }

    pub(crate) const fn documents(&self) -> &Stream {
        &self.documents
    }
}

impl Stage for Lines {
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        let (mut reading, mut pos) = self.mark.skip_in(self.documents.begin(chunk, out)?, chunk)?;
        while let Some(end) = reading.document(pos)? {
            let Some(next) = skip_blanks(chunk, end, &mut self.line_ended) else { break };
            if !self.line_ended {
                return Err(reading.refuse(ErrorCode::TrailingData, next).into());
            }
            self.line_ended = false;
            reading.next_document();
            pos = next;
        }
        Ok(reading.end()?)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        finish_begun(&mut self.documents, &self.mark, out)
    }
}

/// The first byte from `pos` on that is not white space.
fn skip_blanks(chunk: &[u8], pos: usize, line_ended: &mut bool) -> Option<usize> {
    for (pos, byte) in chunk.iter().enumerate().skip(pos) {
        match byte {
            b'\n' => *line_ended = true,
            b' ' | b'\t' | b'\r' => {}
            _ => return Some(pos),
        }
    }
    None
}

#[cfg(test)]
mod tests;
