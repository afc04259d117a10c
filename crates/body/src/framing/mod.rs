//! Framings: how the documents of a body follow each other.

mod lines;

use meshveil_json::{Masker, Stream};
use meshveil_plan::Json;

use crate::{Fault, Rewrite, Stage};
use lines::Lines;

/// How the documents of a body follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Framing {
    /// Exactly one document (RFC 8259).
    #[default]
    Document,
    /// Documents separated by line feeds (NDJSON, JSON Lines); blank lines are allowed, and so is none at all.
    Lines,
}

impl From<Json> for Framing {
    fn from(json: Json) -> Self {
        match json {
            Json::Document => Self::Document,
            Json::Lines => Self::Lines,
        }
    }
}

impl Framing {
    /// The stage that takes it apart and masks the documents.
    pub(crate) fn over(self, masker: &Masker) -> Framed {
        let document = masker.stream();
        match self {
            Self::Document => Framed::Document(document),
            Self::Lines => Framed::Lines(Lines::new(document)),
        }
    }
}

/// The documents of a body, in their framing. The masked body has the same one.
#[derive(Debug)]
pub(crate) enum Framed {
    Document(Stream),
    Lines(Lines),
}

impl Framed {
    /// The stream of the documents.
    pub(crate) const fn documents(&self) -> &Stream {
        match self {
            Self::Document(document) => document,
            Self::Lines(lines) => lines.documents(),
        }
    }
}

impl Stage for Framed {
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        match self {
            Self::Document(document) => Ok(document.rewrite(chunk, out)?),
            Self::Lines(lines) => lines.rewrite(chunk, out),
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        match self {
            Self::Document(document) => Ok(document.finish(out)?),
            Self::Lines(lines) => lines.finish(out),
        }
    }
}
