//! Findings as one JSON list.

use std::io::Write;

use meshveil_source::{Files, Finding, Span};
use serde_json::{Value, json};

use crate::Failure;

pub(super) fn write(files: &Files, findings: &[Finding]) -> Result<(), Failure> {
    let findings: Vec<Value> = findings.iter().map(|finding| one(files, finding)).collect();
    writeln!(std::io::stdout().lock(), "{:#}", Value::Array(findings)).map_err(Failure::writing)
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
    let label = |label: &meshveil_source::Label| json!({"at": place(files, label.span), "message": label.message});
    json!({
        "code": finding.code,
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
