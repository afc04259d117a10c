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
}

impl Fault {
    /// The stable name used in metrics, logs and problem documents.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Document(error) => error.code.as_str(),
            Self::NotAscii => "charset-not-ascii",
        }
    }

    /// Every code there is.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        ErrorCode::ALL.into_iter().map(ErrorCode::as_str).chain([Self::NotAscii.code()])
    }
}
