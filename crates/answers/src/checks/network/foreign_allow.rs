//! Policies add up: one rule without peers undoes what the others narrow.

use super::rules;
use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::network_policy::{Peer, Ports, Rule};
use meshveil_reach::manifest::kinds::workload::{Protocol, Workload};
use meshveil_reach::manifest::selector::Selector;
use meshveil_reach::mesh::enrollment::HBONE;
use meshveil_reach::network::{Direction, Endpoint};
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::FOREIGN_ALLOW, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let network = &context.reach.network;
    for (protected, workload) in context.each() {
        let endpoint = Endpoint::Workload(protected.workload);
        let policies = network.isolating_policies(endpoint, Direction::Ingress);
        let ports = context.ports(protected, workload);
        let is_open = |at: &usize| {
            let policy = manifests.network_policies.get(*at)?;
            rules(policy)
                .find(|(d, _, rule)| *d == Direction::Ingress && is_for_all(rule) && leads_to(rule, workload, &ports))
                .map(|(_, _, rule)| (policy, rule))
        };
        let narrow = policies.iter().find(|at| is_open(at).is_none());
        let Some(narrow) = narrow.and_then(|at| manifests.network_policies.get(*at)) else { continue };
        for (policy, rule) in policies.iter().filter_map(is_open) {
            let message = format!(
                "{} allows all sources to connect to `{}`, whatever the other policies say",
                policy.meta.title(),
                workload.title()
            );
            let finding = Finding::new(CHECK.code, rule.span, message)
                .label(narrow.meta.span, "this policy is overridden")
                .help("policies add up: name the peers here too, or select other pods");
            findings.push(finding);
        }
    }
}

/// Whether a rule allows all sources: no peers at all, every pod, every address.
fn is_for_all(rule: &Rule) -> bool {
    let everyone = |peer: &Peer| match peer {
        Peer::Pods { namespaces: Some(namespaces), pods, .. } => {
            namespaces.is_everything() && pods.as_ref().is_none_or(Selector::is_everything)
        }
        Peer::Pods { .. } => false,
        Peer::Block(block) => block.cidr.is_everything() && block.except.is_empty(),
    };
    rule.peers.is_empty() || rule.peers.iter().any(everyone)
}

/// Whether a rule is for a port with sensitive responses, or for the tunnel to all of them.
fn leads_to(rule: &Rule, workload: &Workload, sensitive: &[u16]) -> bool {
    let holds = |ports: &Ports, port: u16| match ports {
        Ports::All => true,
        Ports::Range(first, last) => (*first..=*last).contains(&port),
        Ports::Named(name) => workload.named_port(name, Protocol::Tcp) == Some(port),
    };
    let mut tcp = rule.ports.iter().filter(|port| port.protocol == Protocol::Tcp);
    rule.ports.is_empty() || tcp.any(|port| sensitive.iter().chain(&[HBONE]).any(|number| holds(&port.ports, *number)))
}
