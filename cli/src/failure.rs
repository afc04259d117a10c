//! Why a verb did not do its work, and the exit code that says so.

use std::path::Path;

/// A failure, worded for people. No message holds a value of a document.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A document cannot be masked: exit code 1.
    #[error("{0}")]
    Malformed(String),
    /// What was found has been written: exit code 1.
    #[error("there are findings")]
    Findings,
    /// It is not known what a source gets, or a caller gets less than it may, and that has been written: exit code 3.
    #[error("somebody gets less than granted, or it is not known what")]
    Unknown,
    /// A source gets more than it may, and that has been written: exit code 3.
    #[error("a source gets more than a policy grants")]
    Exposed,
    /// An argument cannot be used: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// A file or stream could not be read or written: exit code 2.
    #[error("cannot {what}: {error}")]
    Io {
        /// What was tried, such as "read `rules.json`".
        what: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The reader of our output has gone; not a failure.
    #[error("the output was closed")]
    OutputClosed,
}

impl Failure {
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Malformed(_) | Self::Findings => 1,
            Self::Usage(_) | Self::Io { .. } => 2,
            Self::Exposed | Self::Unknown => 3,
            Self::OutputClosed => 0,
        }
    }

    pub(crate) fn usage(error: impl std::fmt::Display) -> Self {
        Self::Usage(error.to_string())
    }

    pub(crate) fn reading(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let what = format!("read `{}`", path.display());
        move |error| Self::Io { what, error }
    }

    pub(crate) fn writing(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Io { what: "write to standard output".to_owned(), error },
        }
    }
}
