//! A port's name that no destination has: the rule opens nothing there.

use super::rules;
use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::network_policy::Ports;
use meshveil_reach::network::Direction;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::NAMED_PORT_ABSENT, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let network = &context.reach.network;
    for (at, policy) in manifests.network_policies.iter().enumerate() {
        for (direction, index, rule) in rules(policy) {
            let destinations = match direction {
                Direction::Ingress => network.selected(at),
                Direction::Egress => network.rule_workloads(at, false, index),
            };
            for port in &rule.ports {
                let Ports::Named(name) = &port.ports else { continue };
                let lacks = |workload: &usize| {
                    manifests.workloads.get(*workload).is_some_and(|w| w.named_port(name, port.protocol).is_none())
                };
                let lacking: Vec<&usize> = destinations.iter().filter(|w| lacks(w)).collect();
                // An egress rule to many may name a port that only some have; an ingress rule is about its own pods.
                let all = lacking.len() == destinations.len();
                let Some(first) = lacking.first().filter(|_| all || direction == Direction::Ingress) else { continue };
                let title = manifests.workloads.get(**first).map(|w| w.title()).unwrap_or_default();
                let message = format!(
                    "`{title}` has no {} port named `{name}`: the rule opens nothing there",
                    port.protocol.name()
                );
                let help = "name the container port, or write its number";
                findings.push(Finding::new(CHECK.code, port.span, message).help(help));
            }
        }
    }
}
