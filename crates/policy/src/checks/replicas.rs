//! Replicas that are callers of their own workload, and may not connect to it.

use meshveil_text::Finding;

use crate::{PeerTo, Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let selector = &policy.workload.selector.value;
    let own = policy.workload.service_account.as_ref().map(|account| &account.value);
    let reaches = policy.egress.iter().chain(&policy.stores).any(|peer| match &peer.to {
        PeerTo::Pods { namespace, labels } => {
            let fits = |labels: &std::collections::BTreeMap<String, String>| {
                labels.iter().all(|(key, value)| selector.get(key) == Some(value))
            };
            *namespace == policy.namespace.value
                && labels.as_ref().is_none_or(|labels| fits(&labels.value))
                && peer.ports.iter().any(|port| policy.workload.ports.iter().any(|own| own.port.value == port.value))
        }
        // Which pods have an address is not known here.
        PeerTo::Cidr(_) => true,
    });
    for caller in &policy.callers {
        let Some(account) = &caller.service_account else { continue };
        let is_own = account.value.namespace == policy.namespace.value && Some(&account.value.name) == own;
        if is_own && !reaches {
            let (name, port) = (&caller.name.value, policy.workload.ports.first().map_or(0, |port| port.port.value));
            let labels: Vec<String> = selector.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            let message = format!("`{name}` is the workload itself, and no rule lets its pods connect to each other");
            findings.push(Finding::new(&codes::REPLICAS_CUT_OFF, caller.name.span, message).help(format!(
                "add `egress: [{{ name: {name}, pods: {{ {} }}, ports: [{port}] }}]`",
                labels.join(", ")
            )));
        }
    }
}
