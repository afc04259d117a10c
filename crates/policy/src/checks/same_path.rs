//! One path in two fields.

use meshveil_text::Finding;

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let mut seen = std::collections::BTreeMap::new();
    for field in &policy.fields {
        for path in &field.paths {
            // Two spellings of one query print alike.
            let Some((other, span)) = seen.insert(path.value.to_string(), (field, path.span)) else { continue };
            let (stricter, weaker) = if other.mask.value.strictness() >= field.mask.value.strictness() {
                (other, field)
            } else {
                (field, other)
            };
            let message = if other.name.value == field.name.value {
                format!("`{}` names this path twice", field.name.value)
            } else {
                format!("`{}` and `{}` select the same values", other.name.value, field.name.value)
            };
            let mut finding = Finding::new(&codes::SAME_PATH, path.span, message).label(span, "the first");
            if stricter.mask.value != weaker.mask.value {
                finding = finding.help(format!(
                    "`{}` wins: its mask `{}` is stricter than `{}`",
                    stricter.name.value,
                    stricter.mask.value.id(),
                    weaker.mask.value.id()
                ));
            }
            findings.push(finding);
        }
    }
}
