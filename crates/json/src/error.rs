//! What can go wrong, without ever quoting a body or a key.

use std::fmt;

/// Why a document was refused. Codes are stable and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// A byte that RFC 8259 does not allow here.
    Syntax,
    /// The document ended inside a value (or was empty).
    UnexpectedEnd,
    /// Bytes other than white space after the document.
    TrailingData,
    /// A string that is not UTF-8 (RFC 8259, section 8.1; RFC 3629).
    InvalidUtf8,
    /// [`Limits::depth`](meshveil_plan::Limits::depth) passed.
    TooDeep,
    /// [`Limits::key`](meshveil_plan::Limits::key) passed.
    KeyTooLong,
    /// [`Limits::held`](meshveil_plan::Limits::held) passed.
    HeldTooLarge,
    /// [`Limits::steps`](meshveil_plan::Limits::steps) passed.
    TooManySteps,
    /// A value or a name that no query lists, where such a document is refused.
    Unlisted,
}

impl ErrorCode {
    /// Every code, in the order of its number.
    pub const ALL: [Self; 9] = [
        Self::Syntax,
        Self::UnexpectedEnd,
        Self::TrailingData,
        Self::InvalidUtf8,
        Self::TooDeep,
        Self::KeyTooLong,
        Self::HeldTooLarge,
        Self::TooManySteps,
        Self::Unlisted,
    ];

    /// The stable name used in metrics, logs and problem documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "json-syntax",
            Self::UnexpectedEnd => "json-unexpected-end",
            Self::TrailingData => "json-trailing-data",
            Self::InvalidUtf8 => "json-invalid-utf8",
            Self::TooDeep => "limit-depth",
            Self::KeyTooLong => "limit-key",
            Self::HeldTooLarge => "limit-held",
            Self::TooManySteps => "limit-steps",
            Self::Unlisted => "unlisted",
        }
    }

    /// One sentence for people.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Syntax => "a byte that JSON does not allow here",
            Self::UnexpectedEnd => "the document ends inside a value",
            Self::TrailingData => "data after the end of the document",
            Self::InvalidUtf8 => "a string that is not valid UTF-8",
            Self::TooDeep => "more open objects and arrays than `limits.depth`",
            Self::KeyTooLong => "an object key longer than `limits.key`",
            Self::HeldTooLarge => "a value that a look-ahead query must hold is longer than `limits.held`",
            Self::TooManySteps => "a look-ahead query took more than `limits.steps` steps",
            Self::Unlisted => "a value or a name that no path lists, and `unlisted: refuse`",
        }
    }
}

/// A refused document: what and where, never a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} at byte {offset}", .code.message())]
pub struct StreamError {
    /// What went wrong.
    pub code: ErrorCode,
    /// Offset in bytes from the start of the stream of the first byte that could not be accepted.
    pub offset: u64,
}

/// A rule that cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// A query is not RFC 9535, or uses one of the few things that are refused.
    #[error("rule `{rule}`: {error}")]
    Query {
        /// The id of the rule.
        rule: String,
        /// What and where.
        error: crate::query::QueryError,
    },
    /// An exception has a filter or counts from the end, so that what cannot be decided would be shown.
    #[error("rule `{rule}`: an exception must not look ahead")]
    LooksAhead {
        /// The id of the rule.
        rule: String,
    },
    /// What is to be detected cannot be.
    #[error("detect: {0}")]
    Detect(crate::NetFault),
    /// A mask's parameters make no sense together, or a key is missing.
    #[error("rule `{rule}`: {error}")]
    Mask {
        /// The id of the rule.
        rule: String,
        /// What.
        error: meshveil_mask::MaskError,
    },
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
