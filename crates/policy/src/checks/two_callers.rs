//! Requests that are two callers at once, of which neither sees all that the other sees.

use std::collections::BTreeSet;

use meshveil_plan::Others;
use meshveil_text::{Finding, Span};

use super::views::Views;
use crate::{Caller, Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let views = Views::new(policy);
    let hops: BTreeSet<_> = policy.trusted_hops.iter().map(|hop| &hop.service_account.value).collect();
    let is_hop = |caller: &Caller| caller.service_account.as_ref().is_some_and(|account| hops.contains(&account.value));
    for (number, caller) in views.callers() {
        let Some(place) = claimed(caller) else { continue };
        let clashes = |(other, second): &(usize, &Caller)| {
            let after = claimed(second).is_some() && *other >= number;
            let incomparable = || !views.sees_no_more(number, *other) && !views.sees_no_more(*other, number);
            !after && can_be_both(caller, second, is_hop(second)) && incomparable()
        };
        let mut others = views.callers().filter(clashes);
        let Some((_, first)) = others.next() else { continue };
        let more = match others.count() {
            0 => String::new(),
            count => format!(" (and {count} more)"),
        };
        let becomes = match policy.others {
            Others::Deny => "it is refused",
            Others::Masked => "it gets the strictest view",
        };
        let message = format!(
            "a request can be `{}` and `{}`{more} at once, and neither sees all that the other sees: {becomes}",
            caller.name.value, first.name.value
        );
        findings.push(
            Finding::new(&codes::TWO_CALLERS, place, message)
                .label(first.name.span, "the other")
                .help("where one sees all that the other sees, the one that sees less counts"),
        );
    }
}

/// Where a caller is known by something that any connection can carry.
pub(super) fn claimed(caller: &Caller) -> Option<Span> {
    let jwt = caller.jwt.as_ref().map(|jwt| jwt.span);
    jwt.or_else(|| caller.header.as_ref().map(|header| header.span))
}

/// Whether a request with a claim or header of `one` can also be `other`, who may be a trusted hop.
fn can_be_both(one: &Caller, other: &Caller, is_hop: bool) -> bool {
    let by_claim = one.jwt.is_some() && (other.service_account.is_some() || other.header.is_some());
    let by_hop = one.header.is_some() && is_hop;
    // A claim may be a list; a header counts only when there is one line of it.
    let two_claims = one.jwt.as_ref().zip(other.jwt.as_ref()).is_some_and(|(one, other)| one.value != other.value);
    let headers = one.header.as_ref().zip(other.header.as_ref());
    let two_headers = headers.is_some_and(|(one, other)| one.value.name != other.value.name);
    by_claim || by_hop || two_claims || two_headers || (one.header.is_some() && other.jwt.is_some())
}
