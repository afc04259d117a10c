//! A path that holds part of the response in memory.

use meshveil_json::query::Lookahead;
use meshveil_text::{Finding, Severity};

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for path in policy.fields.iter().flat_map(|field| &field.paths) {
        let (held, severity) = match path.value.needs_lookahead() {
            None => continue,
            Some(Lookahead::Element) => ("each element that the filter looks at", Severity::Note),
            Some(Lookahead::Array) => ("the whole array", Severity::Note),
            Some(Lookahead::Document) => ("the whole document", Severity::Warning),
        };
        findings.push(
            Finding::new(&codes::COSTS_MEMORY, path.span, format!("{held} is held in memory"))
                .severity(severity)
                .help("beyond `limits.held` (1 MiB) the response is refused"),
        );
    }
}
