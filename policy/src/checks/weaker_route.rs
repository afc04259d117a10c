//! A route that wants to show more, and cannot.

use meshveil_source::{Finding, Severity};

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for route in &policy.routes {
        for (name, mask) in &route.fields {
            let Some(field) = policy.fields.iter().find(|field| field.name.value == name.value) else { continue };
            if mask.value.strictness() >= field.mask.value.strictness() {
                continue;
            }
            let message = format!("`{}` is weaker than the field's own mask and changes nothing", mask.value.id());
            findings.push(
                Finding::new(codes::WEAKER_ROUTE, Severity::Warning, mask.span, message)
                    .label(field.mask.span, "the field's own mask")
                    .help("a route can only hide more; who may see more is a matter of `callers`"),
            );
        }
    }
}
