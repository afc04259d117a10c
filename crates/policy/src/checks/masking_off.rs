//! A route that switches masking off for more than one exact path.

use meshveil_plan::Masking;
use meshveil_text::Finding;

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for route in policy.routes.iter().filter(|route| route.masking.value == Masking::Off) {
        if route.matches.as_ref().is_some_and(|matches| matches.value.path.is_some()) {
            continue;
        }
        let message = format!("every response of route `{}` passes unmasked, for every caller", route.name.value);
        findings.push(
            Finding::new(&codes::MASKING_OFF, route.masking.span, message)
                .help("match exact paths that hold no sensitive field: `match: { path: /healthz }`"),
        );
    }
}
