//! Findings as SARIF 2.1.0 (OASIS), which code scanning reads.

use std::{collections::BTreeSet, io::Write};

use meshveil_text::{Code, Files, Finding, Fix, Severity, Span};
use serde_json::{Value, json};

use crate::Failure;

pub(super) fn write(files: &Files, findings: &[Finding]) -> Result<(), Failure> {
    let codes: BTreeSet<&Code> = findings.iter().map(|finding| finding.code).collect();
    let rules = codes.iter().map(|code| rule(code)).collect();
    run(rules, findings.iter().map(|finding| result(files, finding)).collect())
}

/// Writes one run with its rules and results.
pub(crate) fn run(rules: Vec<Value>, results: Vec<Value>) -> Result<(), Failure> {
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "meshveil",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    writeln!(std::io::stdout().lock(), "{document:#}").map_err(Failure::writing)
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.id,
        "shortDescription": { "text": code.title },
        "fullDescription": { "text": code.explanation },
        "help": { "text": code.explanation },
    })
}

/// A file's name as a URI reference (RFC 3986): whatever has a meaning in one is escaped.
pub(crate) fn uri(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/+@,=".contains(&byte);
    let escaped = name.bytes().map(|byte| match byte {
        byte if is_plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    escaped.collect()
}

fn artifact(files: &Files, span: Span) -> Value {
    json!({ "uri": uri(files.name(span.file)) })
}

fn region(span: Span) -> Value {
    json!({
        "startLine": span.line,
        "startColumn": span.column,
        "byteOffset": span.start,
        "byteLength": span.end.saturating_sub(span.start),
    })
}

fn location(files: &Files, span: Span) -> Value {
    json!({ "physicalLocation": { "artifactLocation": artifact(files, span), "region": region(span) } })
}

/// A change that is safe; what was only probably meant is for people.
fn fix(files: &Files, fix: &Fix) -> Value {
    json!({
        "description": { "text": fix.message },
        "artifactChanges": [{
            "artifactLocation": artifact(files, fix.span),
            "replacements": [{ "deletedRegion": region(fix.span), "insertedContent": { "text": fix.replacement } }],
        }],
    })
}

fn result(files: &Files, finding: &Finding) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let message = match &finding.help {
        Some(help) => format!("{} ({help})", finding.message),
        None => finding.message.clone(),
    };
    let related = finding.labels.iter().filter(|label| label.span.is_somewhere()).map(|label| {
        let mut related = location(files, label.span);
        if let Some(members) = related.as_object_mut() {
            members.insert("message".to_owned(), json!({ "text": label.message }));
        }
        related
    });
    let here = Some(finding.span).filter(|span| span.is_somewhere());
    let mut result = json!({
        "ruleId": finding.code.id,
        "level": level,
        "message": { "text": message },
        "locations": here.map(|span| location(files, span)).into_iter().collect::<Vec<_>>(),
        "relatedLocations": related.collect::<Vec<_>>(),
    });
    let safe = finding.fix.iter().filter(|fix| !fix.guess);
    let fixes: Vec<Value> = safe.map(|safe| fix(files, safe)).collect();
    if let Some(members) = result.as_object_mut().filter(|_| !fixes.is_empty()) {
        members.insert("fixes".to_owned(), fixes.into());
    }
    result
}
