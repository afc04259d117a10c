//! A route that switches masking off.

use meshveil_plan::Masking;
use meshveil_text::{Finding, Severity};

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for route in policy.routes.iter().filter(|route| route.masking.value == Masking::Off) {
        let message = format!(
            "every response of route `{}` passes unmasked, for every caller: every field counts as clear",
            route.name.value
        );
        let finding = Finding::new(&codes::MASKING_OFF, route.masking.span, message);
        let is_exact = route.matches.as_ref().is_some_and(|matches| matches.value.path.is_some());
        findings.push(if is_exact {
            finding
                .severity(Severity::Note)
                .help("JSON without sensitive fields passes unchanged where masking is on, too")
        } else {
            finding.help("match exact paths that hold no sensitive field: `match: { path: /healthz }`")
        });
    }
}
