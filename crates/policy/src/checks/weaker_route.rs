//! A route whose mask changes nothing.

use meshveil_text::Finding;

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for route in &policy.routes {
        for (name, mask) in &route.fields {
            let Some(field) = policy.fields.iter().find(|field| field.name.value == name.value) else { continue };
            let (own, here) = (field.mask.value.strictness(), mask.value.strictness());
            if here > own {
                continue;
            }
            let how = if mask.value == field.mask.value {
                "is the field's own mask"
            } else if here < own {
                "is weaker than the field's own mask"
            } else {
                "is no stricter than the field's own mask"
            };
            let message = format!("`{}` {how} and has no effect", mask.value.id());
            findings.push(
                Finding::new(&codes::WEAKER_ROUTE, mask.span, message)
                    .label(field.mask.span, "the field's own mask")
                    .help("a route can only hide more; what a caller sees is set under `callers`"),
            );
        }
    }
}
