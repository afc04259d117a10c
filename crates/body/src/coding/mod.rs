//! Content codings (RFC 9110, section 8.4): how the bytes of a representation were encoded for the way.

use crate::{Fault, Rewrite, Stage};

/// How a body is encoded. Others than these are not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coding {
    /// Not at all.
    #[default]
    Identity,
}

impl Coding {
    /// The coding with this name in `Content-Encoding`; `None` for one that is not understood.
    #[must_use]
    pub fn named(name: &[u8]) -> Option<Self> {
        name.eq_ignore_ascii_case(b"identity").then_some(Self::Identity)
    }

    /// The stage that undoes it.
    pub(crate) const fn decoder(self) -> Decoder {
        match self {
            Self::Identity => Decoder::Identity,
        }
    }
}

/// A stage that undoes a coding.
#[derive(Debug)]
pub(crate) enum Decoder {
    /// There is nothing to undo.
    Identity,
}

impl Stage for Decoder {
    fn rewrite(&mut self, _chunk: &[u8], _out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        match self {
            Self::Identity => Ok(Rewrite::Unchanged),
        }
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), Fault> {
        match self {
            Self::Identity => Ok(()),
        }
    }
}
