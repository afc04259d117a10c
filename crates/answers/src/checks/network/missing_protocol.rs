//! A missing protocol means TCP: DNS and other UDP services stay closed.

use super::rules;
use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::network_policy::Ports;
use meshveil_reach::manifest::kinds::workload::Protocol;
use meshveil_reach::network::Direction;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::MISSING_PROTOCOL, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let network = &context.reach.network;
    for (at, policy) in manifests.network_policies.iter().enumerate() {
        for (direction, index, rule) in rules(policy) {
            let destinations = match direction {
                Direction::Ingress => network.selected(at),
                Direction::Egress => network.rule_workloads(at, false, index),
            };
            let declares = |protocol: Protocol, number: u16| {
                let workloads = destinations.iter().filter_map(|workload| manifests.workloads.get(*workload));
                workloads.flat_map(|w| w.ports()).any(|p| p.port == number && p.protocol == protocol)
            };
            for port in rule.ports.iter().filter(|port| !port.protocol_given) {
                let Ports::Range(first, last) = port.ports else { continue };
                let udp_too =
                    rule.ports.iter().any(|other| other.protocol == Protocol::Udp && other.ports == port.ports);
                let dns = direction == Direction::Egress && first == 53;
                let udp_only = declares(Protocol::Udp, first) && !declares(Protocol::Tcp, first);
                if first == last && !udp_too && (dns || udp_only) {
                    let message = format!("port {first} without `protocol` is TCP only");
                    let help = format!("add `{{ port: {first}, protocol: UDP }}`");
                    findings.push(Finding::new(CHECK.code, port.span, message).help(help));
                }
            }
        }
    }
}
