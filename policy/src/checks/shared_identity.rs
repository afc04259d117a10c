//! Two callers that the filter cannot tell apart.

use std::collections::BTreeMap;

use meshveil_source::{Finding, Severity};

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let mut seen = BTreeMap::new();
    for caller in &policy.callers {
        let Some(account) = &caller.service_account else { continue };
        let Some((first, span)) = seen.insert(&account.value, (&caller.name.value, account.span)) else { continue };
        let message = format!("`{}` and `{first}` are the same ServiceAccount", caller.name.value);
        findings.push(
            Finding::new(codes::SHARED_IDENTITY, Severity::Error, account.span, message)
                .label(span, "the first")
                .help("give each its own ServiceAccount, or make them one caller"),
        );
    }
}
