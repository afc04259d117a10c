//! Framings: how the documents of a body follow each other.

mod concatenated;
mod document;
mod events;
mod lines;
mod mark;
mod records;
mod salvage;
mod sequence;

use meshveil_json::{Masker, Stream};
use meshveil_plan::{BadLines, Reading};

use crate::{Fault, Rewrite, Stage};
use concatenated::Concatenated;
use document::Document;
use events::Events;
use lines::Lines;
use mark::Mark;
use salvage::{GoodLines, GoodSequence};
use sequence::Sequence;

/// How the documents of a body follow each other. White space alone is an empty body, which is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Framing {
    /// Exactly one document (RFC 8259).
    #[default]
    Document,
    /// Documents separated by line feeds (NDJSON, JSON Lines); blank lines are allowed, and so is none at all.
    Lines,
    /// Documents one after the other, with or without white space between them.
    Documents,
    /// Server-sent events whose data is JSON (HTML Standard, section 9.2). Offsets count the bytes of data.
    Events,
    /// A JSON text sequence (RFC 7464).
    Sequence,
}

impl From<Reading> for Framing {
    fn from(reading: Reading) -> Self {
        match reading {
            Reading::Json => Self::Document,
            Reading::Lines => Self::Lines,
            Reading::Documents => Self::Documents,
            Reading::Events => Self::Events,
            Reading::Sequence => Self::Sequence,
        }
    }
}

impl Framing {
    /// The stage that takes it apart and masks the documents. Documents that nothing but their brackets separates cannot be
    /// left out: there, a bad one is a fault whatever `bad_lines` says.
    pub(crate) fn over(self, masker: &Masker, bad_lines: BadLines) -> Framed {
        match (self, bad_lines) {
            (Self::Document, _) => Framed::Document(Document::new(masker.stream())),
            (Self::Lines, BadLines::Refuse) => Framed::Lines(Lines::new(masker.stream())),
            (Self::Lines, BadLines::Drop) => Framed::GoodLines(GoodLines::new(masker)),
            (Self::Documents, _) => Framed::Concatenated(Concatenated::new(masker.stream())),
            (Self::Events, bad_lines) => Framed::Events(Box::new(Events::new(masker, bad_lines))),
            (Self::Sequence, BadLines::Refuse) => Framed::Sequence(Sequence::new(masker.stream())),
            (Self::Sequence, BadLines::Drop) => Framed::GoodSequence(GoodSequence::new(masker)),
        }
    }
}

/// The documents of a body, in their framing. The masked body has the same one.
#[derive(Debug)]
pub(crate) enum Framed {
    Document(Document),
    Lines(Lines),
    GoodLines(GoodLines),
    Concatenated(Concatenated),
    Events(Box<Events>),
    Sequence(Sequence),
    GoodSequence(GoodSequence),
}

impl Framed {
    /// The stream of the documents.
    pub(crate) const fn documents(&self) -> &Stream {
        match self {
            Self::Document(document) => document.documents(),
            Self::Lines(lines) => lines.documents(),
            Self::GoodLines(lines) => lines.documents(),
            Self::Concatenated(documents) => documents.documents(),
            Self::Events(events) => events.documents(),
            Self::Sequence(sequence) => sequence.documents(),
            Self::GoodSequence(sequence) => sequence.documents(),
        }
    }

    /// How many records were left out, because they are not valid.
    pub(crate) fn dropped(&self) -> u64 {
        match self {
            Self::Document(_) | Self::Lines(_) | Self::Concatenated(_) | Self::Sequence(_) => 0,
            Self::GoodLines(lines) => lines.dropped(),
            Self::Events(events) => events.dropped(),
            Self::GoodSequence(sequence) => sequence.dropped(),
        }
    }

    fn stage(&mut self) -> &mut dyn Stage {
        match self {
            Self::Document(document) => document,
            Self::Lines(lines) => lines,
            Self::GoodLines(lines) => lines,
            Self::Concatenated(documents) => documents,
            Self::Events(events) => &mut **events,
            Self::Sequence(sequence) => sequence,
            Self::GoodSequence(sequence) => sequence,
        }
    }
}

impl Stage for Framed {
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        self.stage().rewrite(chunk, out)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        self.stage().finish(out)
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The first byte from `pos` on that is not white space of JSON.
fn first_not_blank(chunk: &[u8], pos: usize) -> Option<usize> {
    let rest = chunk.get(pos..)?;
    rest.iter().position(|&byte| !is_blank(byte)).map(|at| pos + at)
}

/// Whether a document that ended before `end` ended by itself: numbers end where something else follows, and may have ended
/// in an earlier chunk; literals are not told from them.
fn closes(chunk: &[u8], end: usize) -> bool {
    matches!(end.checked_sub(1).and_then(|last| chunk.get(last)), Some(b'}' | b']' | b'"'))
}

/// Ends the last of the documents, where there is one.
fn finish_begun(documents: &mut Stream, mark: &Mark, out: &mut Vec<u8>) -> Result<(), Fault> {
    if documents.has_begun() || mark.is_cut() { Ok(documents.finish(out)?) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
