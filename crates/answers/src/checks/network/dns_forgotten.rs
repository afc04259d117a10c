//! Egress is restricted, and DNS is not allowed.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::workload::Protocol;
use meshveil_reach::network::{Direction, Endpoint};
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::DNS_FORGOTTEN, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let network = &context.reach.network;
    for (at, policy) in context.manifests().network_policies.iter().enumerate() {
        // A default deny has no rules: it is not a mistake. One that opens something is where names are needed.
        if !policy.isolates_egress || policy.egress.is_empty() {
            continue;
        }
        let lacking = network.selected(at).into_iter().find(|workload| !resolves(context, *workload, Protocol::Udp));
        if let Some(workload) = lacking {
            let title = context.manifests().workloads.get(workload).map(|w| w.title()).unwrap_or_default();
            let message = format!("`{title}` may connect to some destinations, but not query DNS (UDP 53)");
            let span = policy.egress_span.unwrap_or(policy.meta.span);
            let help =
                "allow UDP and TCP 53 to the cluster's DNS pods (5353 on OpenShift, 169.254.20.10 with NodeLocal)";
            findings.push(Finding::new(CHECK.code, span, message).help(help));
        }
    }
}

/// Whether any egress rule lets a workload out to a DNS port.
pub(super) fn resolves(context: &Context<'_, '_>, workload: usize, protocol: Protocol) -> bool {
    let network = &context.reach.network;
    let endpoint = Endpoint::Workload(workload);
    let policies = network.isolating_policies(endpoint, Direction::Egress);
    let manifests = context.manifests();
    policies.is_empty()
        || policies.iter().filter_map(|policy| manifests.network_policies.get(*policy)).any(|policy| {
            policy.egress.iter().any(|rule| {
                rule.ports.is_empty()
                    || rule.ports.iter().any(|port| {
                        use meshveil_reach::manifest::kinds::network_policy::Ports;
                        port.protocol == protocol
                            && match &port.ports {
                                Ports::All => true,
                                Ports::Range(first, last) => [53, 5353].iter().any(|dns| first <= dns && dns <= last),
                                Ports::Named(name) => name.starts_with("dns"),
                            }
                    })
            })
        })
}
