//! Answers and findings as JSON documents (`docs/reference/output.md`).

use meshveil_answers::Document;
use meshveil_text::{Files, Finding};

use crate::Failure;

/// Prints a document, its members by name.
pub(crate) fn document(document: &Document) -> Result<(), Failure> {
    let document = serde_json::to_value(document).map_err(Failure::usage)?;
    super::print(&format!("{document:#}\n"))
}

pub(super) fn write(files: &Files, findings: &[Finding]) -> Result<(), Failure> {
    document(&Document::findings(files, findings))
}
