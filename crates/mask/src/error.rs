//! Why a mask cannot be used; never with a value or a key in it.

use crate::{KeyFault, Kind};

/// Why a mask cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MaskError {
    /// A parameter that is wrong whatever the others are.
    #[error("`{parameter}` must be {kind}")]
    Parameter {
        /// Its name.
        parameter: &'static str,
        /// What may be written.
        kind: Kind,
    },
    /// A parameter that another one does not allow.
    #[error("`{parameter}` needs `{other}` to be `{word}`: {reason}")]
    Needs {
        /// The parameter that is at fault.
        parameter: &'static str,
        /// The parameter that it depends on.
        other: &'static str,
        /// What the other one must be.
        word: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// A number whose range depends on another parameter.
    #[error("`{parameter}` must be from {least} to {most} for {other} `{word}`")]
    Range {
        /// The parameter that is at fault.
        parameter: &'static str,
        /// The least it may be.
        least: u32,
        /// The most it may be.
        most: u32,
        /// The parameter that it depends on.
        other: &'static str,
        /// What the other one is.
        word: &'static str,
    },
    /// A pattern that is no regular expression, or that finds nothing of a length.
    #[error("`{parameter}` must be a regular expression that finds one character at least, without look-around")]
    Pattern {
        /// The parameter that is at fault.
        parameter: &'static str,
    },
    /// No key for a keyed mask.
    #[error("mask `{mask}` needs a key: `key.env` must name an environment variable, and it must be set")]
    NoKey {
        /// How the mask is spelled.
        mask: &'static str,
    },
    /// A key that could be guessed.
    #[error("the key for mask `{mask}`, in the environment variable named by `key.env`, {fault}")]
    WeakKey {
        /// How the mask is spelled.
        mask: &'static str,
        /// Why.
        fault: KeyFault,
    },
}

impl MaskError {
    /// The parameter that is at fault; `None` where it is the key.
    #[must_use]
    pub const fn parameter(&self) -> Option<&'static str> {
        match self {
            Self::Parameter { parameter, .. }
            | Self::Pattern { parameter }
            | Self::Needs { parameter, .. }
            | Self::Range { parameter, .. } => Some(parameter),
            Self::NoKey { .. } | Self::WeakKey { .. } => None,
        }
    }
}
