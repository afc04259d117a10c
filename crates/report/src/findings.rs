//! Findings, each with an address.

use maud::{Markup, html};
use meshveil_text::{Files, Finding};

use crate::words::{count, name};

pub(crate) fn section(files: &Files, findings: &[Finding]) -> Markup {
    html! {
        section #findings {
            h2 { "Findings" }
            @if findings.is_empty() { p { "No findings." } } @else { p { (count(findings.len(), "finding")) } (list(files, findings, "finding")) }
        }
    }
}

/// Findings in a list; `prefix` begins their addresses.
pub(crate) fn list(files: &Files, findings: &[Finding], prefix: &str) -> Markup {
    html! {
        ol.findings {
            @for (at, finding) in findings.iter().enumerate() {
                li id=(format!("{prefix}-{}", at + 1)) class=(finding.severity.to_string()) tabindex="-1" {
                    strong { (finding.severity.to_string()) } " "
                    code { (finding.code.id) } " " (name(&finding.message))
                    @if finding.span.is_somewhere() { " " span.place { (name(&files.place(finding.span))) } }
                    @for label in &finding.labels { p { (name(&label.message)) @if label.span.is_somewhere() { " " span.place { (name(&files.place(label.span))) } } } }
                    @for line in finding.help.iter().flat_map(|help| help.lines()) { p.help { (name(line)) } }
                }
            }
        }
    }
}
