//! DNS over UDP only: answers that do not fit one packet fail.

use super::dns_forgotten::resolves;
use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::network_policy::Ports;
use meshveil_reach::manifest::kinds::workload::Protocol;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::DNS_UDP_ONLY, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let network = &context.reach.network;
    for (at, policy) in context.manifests().network_policies.iter().enumerate().filter(|(_, p)| p.isolates_egress) {
        for port in policy.egress.iter().flat_map(|rule| &rule.ports) {
            let dns =
                port.protocol == Protocol::Udp && matches!(port.ports, Ports::Range(53, 53) | Ports::Range(5353, 5353));
            if dns && network.selected(at).iter().any(|workload| !resolves(context, *workload, Protocol::Tcp)) {
                let message = "DNS is allowed over UDP only: long answers come over TCP";
                let help = "allow TCP on the same port too";
                findings.push(Finding::new(CHECK.code, port.span, message).help(help));
            }
        }
    }
}
