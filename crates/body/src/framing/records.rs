//! Documents that are read one by one, each of which can be left out of the body where it is not valid.

use meshveil_json::{ErrorCode, Masker, Report, Stream, StreamError};
use meshveil_plan::BadLines;

/// The documents of a body of records. Where bad ones are dropped, nothing of a record goes on before all of it was read.
#[derive(Debug)]
pub(super) struct Records {
    documents: Stream,
    /// What is kept of the record at hand; `None` where a bad one is a fault.
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    /// What goes on of the record at hand where all of it is valid.
    masked: Vec<u8>,
    /// Whether the record at hand is not valid.
    is_bad: bool,
    /// What was done before it.
    before: Report,
    /// Bytes that a record may have ([`Limits::held`](meshveil_plan::Limits::held)).
    limit: u64,
    dropped: u64,
}

impl Held {
    /// A record is too long where so many bytes of it were read, whether they came in one chunk or in many.
    fn check(&self, read: u64) -> Result<(), StreamError> {
        let end = self.before.bytes_in + self.limit;
        if read > end { Err(StreamError { code: ErrorCode::HeldTooLarge, offset: end }) } else { Ok(()) }
    }

    fn spoil(&mut self, documents: &mut Stream) {
        self.is_bad = true;
        self.masked.clear();
        documents.forget_document(&self.before);
    }
}

impl Records {
    pub(super) fn new(masker: &Masker, bad_lines: BadLines) -> Self {
        let documents = masker.stream();
        let held = (bad_lines == BadLines::Drop).then(|| Held {
            masked: Vec::new(),
            is_bad: false,
            before: documents.report().clone(),
            limit: masker.limits().held as u64,
            dropped: 0,
        });
        Self { documents, held }
    }

    pub(super) const fn documents(&self) -> &Stream {
        &self.documents
    }

    /// How many records were left out.
    pub(super) fn dropped(&self) -> u64 {
        self.held.as_ref().map_or(0, |held| held.dropped)
    }

    /// Reads the record on. What goes on of it is appended to `out`; nothing yet where it can still be left out.
    pub(super) fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), StreamError> {
        let Some(held) = &mut self.held else { return self.documents.push(piece, out) };
        if held.is_bad {
            return Ok(());
        }
        match self.documents.push(piece, &mut held.masked) {
            Ok(()) => held.check(self.documents.report().bytes_in),
            Err(error) => {
                held.check(error.offset)?;
                held.spoil(&mut self.documents);
                Ok(())
            }
        }
    }

    /// The record at hand is not valid, whatever comes of it still; `code` says why.
    pub(super) fn refuse(&mut self, code: ErrorCode) -> Result<(), StreamError> {
        let offset = self.documents.report().bytes_in;
        match &mut self.held {
            Some(held) => held.spoil(&mut self.documents),
            None => return Err(StreamError { code, offset }),
        }
        Ok(())
    }

    /// Lets go on what was read of a record, whatever comes after it.
    pub(super) fn release(&mut self, out: &mut Vec<u8>) {
        if let Some(held) = &mut self.held {
            out.append(&mut held.masked);
            held.before.clone_from(self.documents.report());
        }
    }

    /// Ends the record. Gives whether it goes on: one without a document does, too.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) -> Result<bool, StreamError> {
        if self.documents.has_begun() {
            match &mut self.held {
                None => self.documents.finish(out)?,
                Some(held) => {
                    if self.documents.finish(&mut held.masked).is_err() {
                        held.spoil(&mut self.documents);
                    }
                }
            }
            self.documents.next_document();
        }
        if let Some(held) = &mut self.held
            && std::mem::take(&mut held.is_bad)
        {
            held.dropped += 1;
            return Ok(false);
        }
        self.release(out);
        Ok(true)
    }
}
