//! Findings for people and for machines. Renderers only read.

mod json;
mod sarif;
mod text;

pub(crate) use json::{document, list};
pub(crate) use text::each;

use clap::ValueEnum;
use meshveil_text::{Files, Finding};

use crate::Failure;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people, with the lines they are about
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// Writes findings to standard output.
pub(crate) fn findings(output: Output, files: &Files, findings: &[Finding]) -> Result<(), Failure> {
    match output {
        Output::Text => text::write(files, findings),
        Output::Json => json::write(files, findings),
        Output::Sarif => sarif::write(files, findings),
    }
}
