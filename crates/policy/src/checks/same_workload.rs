//! Two policies for the same pods, or of the same name.

use meshveil_text::Finding;

use crate::{Policy, codes};

pub(super) fn check(policies: &[Policy], findings: &mut Vec<Finding>) {
    for (at, policy) in policies.iter().enumerate() {
        let (name, selector) = (&policy.name, &policy.workload.selector);
        let before = || policies.iter().take(at).filter(|other| other.namespace.value == policy.namespace.value);
        if let Some(first) = before().find(|other| selects_all(policy, other) || selects_all(other, policy)) {
            let (message, help) = if first.workload.selector.value == selector.value {
                (
                    format!("`{}` protects the same workload as `{}`", name.value, first.name.value),
                    "put both into one policy",
                )
            } else {
                let (wide, narrow) = if selects_all(policy, first) { (policy, first) } else { (first, policy) };
                let message = format!("every pod of `{}` is also a pod of `{}`", narrow.name.value, wide.name.value);
                (message, "put both into one policy, or give each labels that the other's pods do not have")
            };
            findings.push(
                Finding::new(&codes::SAME_WORKLOAD, selector.span, message)
                    .label(first.workload.selector.span, "the first")
                    .help(help),
            );
        }
        if let Some(first) = before().find(|other| other.name.value == name.value) {
            let message = format!("a second policy `{}` in `{}`", name.value, policy.namespace.value);
            findings.push(Finding::new(&codes::DUPLICATE_NAME, name.span, message).label(first.name.span, "the first"));
        }
    }
}

/// Whether every pod of `narrow` is one of `wide`.
fn selects_all(wide: &Policy, narrow: &Policy) -> bool {
    let narrow = &narrow.workload.selector.value;
    wide.workload.selector.value.iter().all(|(key, value)| narrow.get(key) == Some(value))
}
