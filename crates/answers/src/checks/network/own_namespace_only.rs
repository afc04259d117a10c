//! `podSelector: {}` in a peer is the own namespace only, not every pod of the cluster.

use super::rules;
use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::network_policy::Peer;
use meshveil_reach::network::Direction;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::OWN_NAMESPACE_ONLY, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let network = &context.reach.network;
    for (at, policy) in context.manifests().network_policies.iter().enumerate() {
        let selected = network.selected(at);
        for (direction, index, rule) in rules(policy) {
            let [Peer::Pods { pods: Some(pods), namespaces: None, span }] = rule.peers.as_slice() else { continue };
            if !pods.is_everything() || selected.is_empty() {
                continue;
            }
            // Where the namespace holds other pods the rule does something; here it does not.
            let named = network.rule_workloads(at, direction == Direction::Ingress, index);
            if named.iter().all(|workload| selected.contains(workload)) && selected.len() == 1 {
                let message = format!(
                    "`podSelector: {{}}` means the pods of `{}`, which has no others than the selected ones",
                    policy.meta.namespace
                );
                let help = "write `namespaceSelector: {}` for every pod of the cluster, or name the namespaces";
                findings.push(Finding::new(CHECK.code, *span, message).help(help));
            }
        }
    }
}
