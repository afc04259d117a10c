//! Findings and answers for people and for programs. Renderers only read.

pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod faults;
mod json;
pub(crate) mod matrix;
pub(crate) mod sarif;
mod table;
mod text;
pub(crate) mod unknown_pods;

pub(crate) use json::document;
pub(crate) use text::each;

use std::io::Write;

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

/// Writes text to standard output; colours only in a terminal.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    anstream::stdout().lock().write_all(text.as_bytes()).map_err(Failure::writing)
}
