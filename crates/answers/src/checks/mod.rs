//! Known mistakes and known bypasses, one check per file and per code of the registry.

pub mod bypass;
pub mod context;
pub mod idle;
mod inspection;
pub mod mesh;
pub mod network;
mod policy;

pub use context::{Context, Protected};
pub use inspection::{Inspection, inspect, inspect_on, inspect_with};

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
    checks.extend(idle::ALL);
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
    for finding in &mut findings {
        name_object(context, finding);
    }
    findings.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    findings.dedup();
    findings
}

/// Says which object a finding is about, where its message does not.
fn name_object(context: &Context<'_, '_>, finding: &mut Finding) {
    let Some((title, name)) = context.manifests().object_at(finding.span) else { return };
    let says = |text: &str| text.contains(name);
    if !says(&finding.message) && !finding.labels.iter().any(|label| says(&label.message)) {
        finding.message = format!("{title}: {}", finding.message);
    }
}
