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
use meshveil_answers::names::UnknownName;
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
        Output::Json => json::findings(files, findings),
        Output::Sarif => sarif::write(files, findings),
    }
}

/// A name that means nothing, with the one that may have been meant.
pub(crate) fn unknown_name(error: &UnknownName) -> Failure {
    Failure::Usage(format!("{error}{}", hint(error.near())))
}

/// What may have been meant.
pub(crate) fn hint(near: Option<&str>) -> String {
    near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default()
}

/// Writes text to standard output; colours only in a terminal.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    anstream::stdout().lock().write_all(text.as_bytes()).map_err(Failure::writing)
}

/// Writes a document to standard output, byte for byte.
pub(crate) fn print_as_it_is(text: &str) -> Result<(), Failure> {
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::writing)
}

/// What Markdown would read as emphasis, HTML or a column; what stands in backticks is left alone.
fn escaped(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let escape = |part: &str| {
        let part = part.replace('*', "&#42;").replace('<', "&lt;").replace('|', "&#124;");
        part.replace("![", "&#33;[").replace("](", "]&#40;")
    };
    let parts = parts.map(|(at, part)| if at % 2 == 0 { escape(part) } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("`")
}
