//! Two policies for one workload.

use meshveil_source::{Finding, Severity};

use crate::{Policy, codes};

pub(super) fn check(policies: &[Policy], findings: &mut Vec<Finding>) {
    for (at, policy) in policies.iter().enumerate() {
        let (namespace, selector) = (&policy.namespace.value, &policy.workload.selector);
        let same =
            |other: &&Policy| other.namespace.value == *namespace && other.workload.selector.value == selector.value;
        let Some(first) = policies.iter().take(at).find(same) else { continue };
        let message = format!("`{}` protects the same workload as `{}`", policy.name.value, first.name.value);
        findings.push(
            Finding::new(codes::SAME_WORKLOAD, Severity::Error, selector.span, message)
                .label(first.workload.selector.span, "the first")
                .help("put both into one policy"),
        );
    }
}
