//! Exactly one document, or white space alone, which is an empty body.

use meshveil_json::{ErrorCode, Stream};

use super::{finish_begun, first_not_blank, mark::Mark};
use crate::{Fault, Rewrite, Stage};

/// One document.
#[derive(Debug)]
pub(crate) struct Document {
    document: Stream,
    mark: Mark,
}

impl Document {
    pub(super) fn new(document: Stream) -> Self {
        Self { document, mark: Mark::default() }
    }

    pub(super) const fn documents(&self) -> &Stream {
        &self.document
    }
}

impl Stage for Document {
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        let (mut reading, start) = self.mark.skip_in(self.document.begin(chunk, out)?, chunk)?;
        if let Some(end) = reading.document(start)?
            && let Some(pos) = first_not_blank(chunk, end)
        {
            return Err(reading.refuse(ErrorCode::TrailingData, pos).into());
        }
        Ok(reading.end()?)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        finish_begun(&mut self.document, &self.mark, out)
    }
}
