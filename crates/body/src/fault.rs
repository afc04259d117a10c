//! Why a body cannot be masked: what and where, never a value.

use meshveil_json::{ErrorCode, StreamError};

/// Why a body cannot be masked, by the stage that found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A document is not JSON, passes a limit, or is not where its framing wants it.
    #[error(transparent)]
    Document(#[from] StreamError),
    /// A byte outside of ASCII where the declared character set gives it another meaning than UTF-8.
    #[error("a byte outside of ASCII in a body that is not declared as UTF-8")]
    NotAscii,
    /// The coding is malformed, a checksum is wrong, or something stands behind the end.
    #[error("a content coding that is malformed")]
    Coding,
    /// The encoded body ends too early.
    #[error("an encoded body that is not complete")]
    Truncated,
    /// Decoded, the body is out of all proportion to what was sent.
    #[error("an encoded body that expands too much")]
    Expansion,
}

impl Fault {
    /// The stable name used in metrics, logs and problem documents.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Document(error) => error.code.as_str(),
            Self::NotAscii => "charset-not-ascii",
            Self::Coding => "coding-malformed",
            Self::Truncated => "coding-truncated",
            Self::Expansion => "limit-expansion",
        }
    }

    /// Every code there is.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        ErrorCode::ALL
            .into_iter()
            .map(ErrorCode::as_str)
            .chain([Self::NotAscii, Self::Coding, Self::Truncated, Self::Expansion].map(Self::code))
    }
}
