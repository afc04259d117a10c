//! Callers that are known by a token, behind a gateway that is no caller: the preflights of browsers are refused.

use meshveil_plan::Others;
use meshveil_text::Finding;

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    if policy.others != Others::Deny {
        return;
    }
    let is_caller = |account| {
        policy.callers.iter().any(|caller| caller.service_account.as_ref().is_some_and(|own| own.value == account))
    };
    let gateway = policy.trusted_hops.iter().find(|hop| !is_caller(hop.service_account.value.clone()));
    let token = policy.callers.iter().find_map(|caller| caller.jwt.as_ref());
    if let (Some(gateway), Some(token)) = (gateway, token) {
        let message = "a browser's preflight (OPTIONS, for CORS) has no token: it is that of no caller, and is refused";
        findings.push(
            Finding::new(&codes::PREFLIGHT, token.span, message)
                .label(gateway.service_account.span, "through this hop, which is no caller itself")
                .help("have the gateway answer preflights (`corsPolicy` of its VirtualService), if browsers of another origin call"),
        );
    }
}
