//! Answers as JSON documents of one version, and findings in them (`docs/reference/output.md`).

use std::io::Write;

use meshveil_text::{Files, Finding, Span};
use serde_json::{Value, json};

use crate::Failure;

/// Raised when a member goes away or means something else; new members do not raise it.
const VERSION: u32 = 1;

/// Prints a document with these members, and the version of its shape.
pub(crate) fn document<'m>(members: impl IntoIterator<Item = (&'m str, Value)>) -> Result<(), Failure> {
    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
    let document: Value = members.chain([("version".to_owned(), json!(VERSION))]).collect();
    writeln!(std::io::stdout().lock(), "{document:#}").map_err(Failure::writing)
}

/// Findings as data.
pub(crate) fn list(files: &Files, findings: &[Finding]) -> Value {
    findings.iter().map(|finding| one(files, finding)).collect()
}

pub(super) fn write(files: &Files, findings: &[Finding]) -> Result<(), Failure> {
    document([("findings", list(files, findings))])
}

fn place(files: &Files, span: Span) -> Value {
    json!({
        "file": files.name(span.file),
        "line": span.line,
        "column": span.column,
        "start": span.start,
        "end": span.end,
    })
}

fn one(files: &Files, finding: &Finding) -> Value {
    let label = |label: &meshveil_text::Label| json!({"at": place(files, label.span), "message": label.message});
    json!({
        "code": finding.code.id,
        "severity": finding.severity.to_string(),
        "message": finding.message,
        "at": place(files, finding.span),
        "labels": finding.labels.iter().map(label).collect::<Vec<_>>(),
        "help": finding.help,
        "fix": finding.fix.as_ref().map(|fix| json!({
            "at": place(files, fix.span),
            "message": fix.message,
            "replacement": fix.replacement,
            "guess": fix.guess,
        })),
    })
}
