//! The same thing twice in one list.

use std::collections::BTreeMap;

use meshveil_plan::Sees;
use meshveil_text::{Finding, Span};

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for caller in &policy.callers {
        if let Sees::Fields(names) = &caller.sees {
            twice(names.iter().cloned().zip(caller.sees_spans.iter().copied()), findings);
        }
    }
    twice(policy.workload.ports.iter().map(|port| (port.port.value.to_string(), port.port.span)), findings);
    let hops = policy.trusted_hops.iter().map(|hop| &hop.service_account);
    twice(hops.map(|account| (format!("{}/{}", account.value.namespace, account.value.name), account.span)), findings);
    for peer in policy.stores.iter().chain(&policy.egress) {
        twice(peer.ports.iter().map(|port| (port.value.to_string(), port.span)), findings);
    }
    twice(policy.probes.iter().map(|cidr| (cidr.value.to_string(), cidr.span)), findings);
}

fn twice(items: impl Iterator<Item = (String, Span)>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeMap::new();
    for (item, span) in items {
        let message = format!("`{item}` is listed twice");
        if let Some(first) = seen.get(&item) {
            findings.push(
                Finding::new(&codes::LISTED_TWICE, span, message)
                    .label(*first, "the first")
                    .help("one of the two was probably meant to be another"),
            );
        } else {
            seen.insert(item, span);
        }
    }
}
