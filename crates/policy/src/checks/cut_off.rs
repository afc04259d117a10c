//! A caller that is a protected workload itself, and whose own policy does not let it connect.

use meshveil_text::Finding;

use crate::{PeerTo, Policy, Protocol, codes};

pub(super) fn check(policies: &[Policy], findings: &mut Vec<Finding>) {
    for policy in policies {
        for caller in &policy.callers {
            let Some(account) = &caller.service_account else { continue };
            let is_it = |own: &&Policy| {
                let name = own.workload.service_account.as_ref().map(|name| &name.value);
                own.namespace.value == account.value.namespace && name == Some(&account.value.name)
            };
            for own in policies.iter().filter(is_it).filter(|own| own.name.span != policy.name.span) {
                if reaches(own, policy) {
                    continue;
                }
                let (name, serving) = (&own.name.value, &policy.name.value);
                let message = format!(
                    "`{}` cannot connect: its own policy `{name}` does not allow connections to `{serving}`",
                    caller.name.value
                );
                let labels: Vec<String> =
                    policy.workload.selector.value.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                let port = policy.workload.ports.first().map_or(0, |port| port.port.value);
                findings.push(
                    Finding::new(&codes::CUT_OFF, account.span, message).label(own.name.span, "its own policy").help(
                        format!(
                            "there: `egress: [{{ name: {serving}, namespace: {}, pods: {{ {} }}, ports: [{port}] }}]`",
                            policy.namespace.value,
                            labels.join(", ")
                        ),
                    ),
                );
            }
        }
    }
}

/// Whether a policy lets its workload connect to some port of another.
fn reaches(own: &Policy, to: &Policy) -> bool {
    let selector = &to.workload.selector.value;
    own.egress.iter().chain(&own.stores).any(|peer| {
        let pods = match &peer.to {
            PeerTo::Pods { namespace, labels } => {
                let labels = labels.as_ref().map(|labels| &labels.value);
                *namespace == to.namespace.value
                    && labels.is_none_or(|labels| labels.iter().all(|(key, value)| selector.get(key) == Some(value)))
            }
            // Which pods have an address is not known here.
            PeerTo::Cidr(_) => true,
        };
        let port = |own: u16| peer.ports.iter().any(|port| port.value == own);
        pods && peer.protocol == Protocol::Tcp && to.workload.ports.iter().any(|to| port(to.port.value))
    })
}
