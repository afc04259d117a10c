//! Lines and sequences of which records that are not valid JSON are left out (`badLines: drop`).
//!
//! A record is what stands between two line feeds, or two record separators: unlike elsewhere, a document cannot span lines,
//! because after a bad one nothing else says where the next begins.

use meshveil_json::{ErrorCode, Masker, Stream, StreamError};
use meshveil_plan::BadLines;

use super::{is_blank, mark::Mark, records::Records, sequence::SEPARATOR};
use crate::{Fault, Rewrite, Stage};

/// What a chunk holds after the mark. A cut mark spoils the first record.
fn after_mark<'a>(mark: &mut Mark, records: &mut Records, chunk: &'a [u8]) -> Result<&'a [u8], StreamError> {
    let start = match mark.skip(chunk) {
        Ok(start) => start,
        Err(pos) => {
            records.refuse(ErrorCode::Syntax)?;
            pos
        }
    };
    Ok(chunk.get(start..).unwrap_or_default())
}

/// One document on each line, or none.
#[derive(Debug)]
pub(crate) struct GoodLines {
    records: Records,
    mark: Mark,
}

impl GoodLines {
    pub(super) fn new(masker: &Masker) -> Self {
        Self { records: Records::new(masker, BadLines::Drop), mark: Mark::default() }
    }

    pub(super) const fn documents(&self) -> &Stream {
        self.records.documents()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.records.dropped()
    }
}

impl Stage for GoodLines {
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        let mut lines = after_mark(&mut self.mark, &mut self.records, chunk)?.split(|&byte| byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            self.records.push(line, out)?;
            if lines.peek().is_some() && self.records.end(out)? {
                out.push(b'\n');
            }
        }
        Ok(Rewrite::Replaced)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.mark.is_cut() {
            self.records.refuse(ErrorCode::UnexpectedEnd)?;
        }
        self.records.end(out)?;
        Ok(())
    }
}

/// A JSON text sequence.
#[derive(Debug)]
pub(crate) struct GoodSequence {
    records: Records,
    mark: Mark,
    /// Whether a separator was seen.
    has_begun: bool,
    /// The last byte of the record so far.
    last: u8,
}

impl GoodSequence {
    pub(super) fn new(masker: &Masker) -> Self {
        let records = Records::new(masker, BadLines::Drop);
        Self { records, mark: Mark::default(), has_begun: false, last: b' ' }
    }

    pub(super) const fn documents(&self) -> &Stream {
        self.records.documents()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.records.dropped()
    }

    /// Whether the document of the record is known to be whole.
    fn is_whole(&self) -> bool {
        self.documents().has_ended() && (is_blank(self.last) || matches!(self.last, b'}' | b']' | b'"'))
    }

    fn text(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        if !self.has_begun && !text.iter().copied().all(is_blank) {
            self.records.refuse(ErrorCode::Syntax)?;
        }
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            self.records.push(line, out)?;
            self.last = line.last().copied().unwrap_or(self.last);
            // The line feed is the end of a record; what else comes before the next separator is bad by itself.
            if self.last == b'\n' && self.is_whole() {
                self.records.release(out);
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.documents().has_begun() && !self.is_whole() {
            self.records.refuse(ErrorCode::UnexpectedEnd)?;
        }
        self.records.end(out)?;
        self.last = b' ';
        Ok(())
    }
}

impl Stage for GoodSequence {
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        let mut texts =
            after_mark(&mut self.mark, &mut self.records, chunk)?.split(|&byte| byte == SEPARATOR).peekable();
        while let Some(text) = texts.next() {
            self.text(text, out)?;
            if texts.peek().is_some() {
                self.end(out)?;
                self.has_begun = true;
                out.push(SEPARATOR);
            }
        }
        Ok(Rewrite::Replaced)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.mark.is_cut() {
            self.records.refuse(ErrorCode::UnexpectedEnd)?;
        }
        self.end(out)
    }
}

#[cfg(test)]
mod tests;
