//! A caller whose list of fields never counts, because no request is that caller alone.

use meshveil_plan::Others;
use meshveil_text::Finding;

use super::{two_callers::claimed, views::Views};
use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    if policy.others == Others::Masked {
        return;
    }
    let views = Views::new(policy);
    let accounts: Vec<_> = views
        .callers()
        .filter_map(|(number, caller)| Some((number, caller, &caller.service_account.as_ref()?.value)))
        .collect();
    let hops: Vec<_> = policy.trusted_hops.iter().map(|hop| &hop.service_account.value).collect();
    // Through a hop that is not a caller itself, a request is only what it carries.
    let is_caller = |hop: &_| accounts.iter().any(|(_, _, account)| *account == *hop);
    if !hops.iter().all(is_caller) {
        return;
    }
    for (number, caller) in views.callers().filter(|(_, caller)| caller.service_account.is_none()) {
        let Some(place) = claimed(caller) else { continue };
        // A header is believed from hops only.
        let mut through = accounts.iter().filter(|(_, _, account)| caller.jwt.is_some() || hops.contains(account));
        let name = &caller.name.value;
        if accounts.is_empty() {
            let message = format!(
                "`{name}` is never recognised: no ServiceAccount may connect, so no request can carry its claim or header"
            );
            findings.push(
                Finding::new(&codes::NEVER_RECOGNISED, place, message)
                    .help("list the gateway that passes these requests on under `trustedHops`"),
            );
        } else if through.clone().next().is_some() && through.all(|(other, _, _)| views.sees_no_more(*other, number)) {
            let message = format!(
                "what `{name}` sees has no effect: every client that may connect is another caller as well, and none of those sees more"
            );
            findings.push(
                Finding::new(&codes::NEVER_RECOGNISED, place, message).help(
                    "the caller that sees least counts: list the gateway under `trustedHops`, not under `callers`",
                ),
            );
        }
    }
}
