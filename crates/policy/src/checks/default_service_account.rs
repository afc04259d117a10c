//! A caller that every careless pod is.

use meshveil_text::Finding;

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for caller in &policy.callers {
        let Some(account) = caller.service_account.as_ref().filter(|account| account.value.name == "default") else {
            continue;
        };
        let namespace = &account.value.namespace;
        let message =
            format!("every pod in `{namespace}` without a ServiceAccount of its own is `{}`", caller.name.value);
        findings.push(
            Finding::new(&codes::DEFAULT_SERVICE_ACCOUNT, account.span, message)
                .help("create a ServiceAccount for this caller and run its pods as it"),
        );
    }
}
