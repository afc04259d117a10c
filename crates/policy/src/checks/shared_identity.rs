//! Two callers that the filter cannot tell apart.

use std::collections::BTreeMap;

use meshveil_text::{Finding, Span};

use crate::{Caller, Jwt, Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let mut seen = BTreeMap::new();
    for caller in &policy.callers {
        for (identity, what, span) in identities(caller) {
            let Some((first, before)) = seen.insert(identity, (&caller.name.value, span)) else { continue };
            let message = format!("`{}` and `{first}` are the same {what}", caller.name.value);
            findings.push(
                Finding::new(&codes::SHARED_IDENTITY, span, message)
                    .label(before, "the first")
                    .help(format!("give each its own {what}, or make them one caller")),
            );
        }
    }
}

/// Everything that makes a request this caller's.
fn identities(caller: &Caller) -> Vec<([&str; 4], &'static str, Span)> {
    let account = caller.service_account.as_ref().map(|account| {
        (["", "", account.value.namespace.as_str(), account.value.name.as_str()], "ServiceAccount", account.span)
    });
    let claim = caller.jwt.as_ref().map(|jwt| {
        let Jwt { payload, issuer, claim, value } = &jwt.value;
        ([payload.as_str(), issuer.as_deref().unwrap_or_default(), claim.as_str(), value.as_str()], "claim", jwt.span)
    });
    let header = caller
        .header
        .as_ref()
        .map(|header| (["\0", "", header.value.name.as_str(), header.value.value.as_str()], "header", header.span));
    [account, claim, header].into_iter().flatten().collect()
}
