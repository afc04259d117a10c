//! JSON text sequences (RFC 7464): a record separator before each document, a line feed after it.
//!
//! A number or a literal without white space after it may have been cut, and so is refused (section 2.4).

use meshveil_json::{ErrorCode, Stream, StreamError};

use super::{closes, first_not_blank, mark::Mark};
use crate::{Fault, Rewrite, Stage};

/// The byte before each document.
pub(super) const SEPARATOR: u8 = 0x1e;

/// A sequence. All documents are read by one stream.
#[derive(Debug)]
pub(crate) struct Sequence {
    documents: Stream,
    mark: Mark,
    at: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the first separator.
    Start,
    /// After a separator. Several in a row have no documents between them.
    Separated,
    /// Inside a document.
    Document,
    /// After one; whether it is known to be whole.
    Ended(bool),
}

impl Sequence {
    pub(super) fn new(documents: Stream) -> Self {
        Self { documents, mark: Mark::default(), at: At::Start }
    }

    pub(super) const fn documents(&self) -> &Stream {
        &self.documents
    }
}

impl Stage for Sequence {
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        let (mut reading, mut pos) = self.mark.skip_in(self.documents.begin(chunk, out)?, chunk)?;
        loop {
            if self.at == At::Document {
                let Some(end) = reading.document(pos)? else { break };
                self.at = At::Ended(closes(chunk, end));
                pos = end;
            }
            let next = first_not_blank(chunk, pos);
            if self.at == At::Ended(false) && next.unwrap_or(chunk.len()) > pos {
                self.at = At::Ended(true);
            }
            let Some(next) = next else { break };
            let is_separator = chunk.get(next) == Some(&SEPARATOR);
            (self.at, pos) = match (self.at, is_separator) {
                (At::Start | At::Separated, true) => (At::Separated, next + 1),
                (At::Separated, false) => (At::Document, next),
                (At::Ended(true), true) => {
                    reading.next_document();
                    (At::Separated, next + 1)
                }
                (At::Ended(false), true) => return Err(reading.refuse(ErrorCode::UnexpectedEnd, next).into()),
                (At::Start, false) => return Err(reading.refuse(ErrorCode::Syntax, next).into()),
                (At::Document | At::Ended(_), _) => {
                    return Err(reading.refuse(ErrorCode::TrailingData, next).into());
                }
            };
        }
        Ok(reading.end()?)
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), Fault> {
        match self.at {
            At::Start | At::Separated if !self.mark.is_cut() => return Ok(()),
            At::Ended(true) => return Ok(()),
            // A limit that was passed before goes first.
            At::Document => self.documents.finish(&mut Vec::new())?,
            At::Start | At::Separated | At::Ended(false) => {}
        }
        Err(StreamError { code: ErrorCode::UnexpectedEnd, offset: self.documents.report().bytes_in }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{every_way, refused};
    use super::*;
    use crate::Framing;

    #[test]
    fn table_of_sequences() {
        for (body, expected, documents) in [
            ("\x1e{\"a\":1}\n\x1e{\"a\":2}\n", "\x1e{\"a\":\"*\"}\n\x1e{\"a\":\"*\"}\n", 2),
            ("\x1e1\n\x1etrue\n\x1e\"x\"\x1e[]", "\x1e1\n\x1etrue\n\x1e\"x\"\x1e[]", 4),
            (" \x1e\x1e\n \x1e\r\n{\n\"a\":1}", " \x1e\x1e\n \x1e\r\n{\n\"a\":\"*\"}", 1),
            ("\u{feff}\x1e{}\n", "\u{feff}\x1e{}\n", 1),
            ("", "", 0),
            ("\n", "\n", 0),
            ("\x1e", "\x1e", 0),
        ] {
            let (out, report) = every_way(Framing::Sequence, body.as_bytes()).unwrap();
            assert_eq!((out.as_slice(), report.documents), (expected.as_bytes(), documents), "{body:?}");
        }
    }

    #[test]
    fn truncated_records_are_refused() {
        use ErrorCode::{Syntax, TrailingData, UnexpectedEnd};
        for (body, code, offset) in [
            ("{}\n", Syntax, 0),
            ("\x1e{\"a\":1\x1e{}\n", Syntax, 7),
            ("\x1e\"SEC\x1e{}\n", Syntax, 5),
            ("\x1e12\x1e34\n", UnexpectedEnd, 3),
            ("\x1etrue\x1e{}", UnexpectedEnd, 5),
            ("\x1etru\x1e{}", Syntax, 4),
            ("\x1e12", UnexpectedEnd, 3),
            ("\x1enull", UnexpectedEnd, 5),
            ("\x1e{\"a\":", UnexpectedEnd, 6),
            ("\x1e{}\n{}\n", TrailingData, 4),
            ("\x1e{} x", TrailingData, 4),
        ] {
            assert_eq!(every_way(Framing::Sequence, body.as_bytes()), refused(code, offset), "{body:?}");
        }
        assert_eq!(every_way(Framing::Sequence, b"\xef\xbb"), refused(UnexpectedEnd, 2));
    }
}
