//! Policies add up: one rule without peers undoes what the others narrow.

use super::rules;
use crate::checks::{Check, Context};
use crate::finding::{Finding, Severity};
use crate::network::{Direction, Endpoint};

pub const CHECK: Check = Check { code: "MV-N15", title: "one open policy undoes the narrow ones", run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let network = &context.reach.network;
    for (protected, workload) in context.each() {
        let endpoint = Endpoint::Workload(protected.workload);
        let policies = network.isolating_policies(endpoint, Direction::Ingress);
        let is_open = |at: &usize| {
            let policy = manifests.network_policies.get(*at)?;
            rules(policy)
                .find(|(d, _, rule)| *d == Direction::Ingress && rule.peers.is_empty())
                .map(|(_, _, rule)| (policy, rule))
        };
        let narrow = policies.iter().find(|at| is_open(at).is_none());
        let Some(narrow) = narrow.and_then(|at| manifests.network_policies.get(*at)) else { continue };
        for (policy, rule) in policies.iter().filter_map(is_open) {
            let message =
                format!("{} lets everyone in to `{}`, whatever the others say", policy.meta.title(), workload.title());
            let finding = Finding::new(CHECK.code, Severity::Error, rule.span, message)
                .label(narrow.meta.span, "this policy is undone")
                .help("policies add up: name the peers here too, or select other pods");
            findings.push(finding);
        }
    }
}
