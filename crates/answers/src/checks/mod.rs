//! Known mistakes and known bypasses, one check per file and per code of the registry.

pub mod bypass;
pub mod context;
mod inspection;
pub mod mesh;
pub mod network;

pub use context::{Context, Protected};
pub use inspection::{Inspection, inspect, inspect_on};

use meshveil_text::Code;

use meshveil_reach::finding::Finding;

/// One check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// What it finds.
    pub code: &'static Code,
    /// Looks.
    pub run: fn(&Context<'_, '_>, &mut Vec<Finding>),
}

/// Every check, by code.
#[must_use]
pub fn all() -> Vec<Check> {
    let mut checks = Vec::new();
    checks.extend(bypass::ALL);
    checks.extend(mesh::ALL);
    checks.extend(network::ALL);
    checks
}

/// Runs the one check that is about faulty manifests: what an unknown key, itself an error, leaves of a rule.
#[must_use]
pub(crate) fn run_on_faulty(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    (mesh::RULE_MATCHES_ALL.run)(context, &mut findings);
    findings
}

/// Runs every check. Findings stand in the order of the texts.
#[must_use]
pub fn run(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in all() {
        (check.run)(context, &mut findings);
    }
    findings.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    findings.dedup();
    findings
}
