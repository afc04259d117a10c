//! `ipBlock` with addresses of pods or Services: pods change theirs, and Service addresses are never seen.

use super::rules;
use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::network_policy::Peer;
use meshveil_reach::network::cidr::Cidr;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::CLUSTER_BLOCK, run };

/// Ranges that common distributions give to pods and Services.
const USUAL: [(&str, &str); 9] = [
    ("10.244.0.0/16", "pods"),
    ("10.42.0.0/16", "pods"),
    ("10.128.0.0/14", "pods"),
    ("100.64.0.0/10", "pods"),
    ("10.96.0.0/12", "Services"),
    ("10.43.0.0/16", "Services"),
    ("172.30.0.0/16", "Services"),
    ("10.152.183.0/24", "Services"),
    ("172.20.0.0/16", "Services"),
];

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for policy in &manifests.network_policies {
        for peer in rules(policy).flat_map(|(_, _, rule)| &rule.peers) {
            let Peer::Block(block) = peer else { continue };
            if block.cidr.is_everything() {
                continue;
            }
            let pods = manifests.workloads.iter().filter(|w| w.host_network.is_none());
            let known = pods.flat_map(|w| &w.addresses).find(|a| block.cidr.contains(**a));
            let usual = USUAL
                .iter()
                .find(|(text, _)| text.parse::<Cidr>().is_ok_and(|range| range.contains_block(&block.cidr)));
            let what = match (known, usual) {
                (Some(address), _) => format!("holds the pod address {address}"),
                (None, Some((range, of))) => format!("lies in {range}, where clusters usually put {of}"),
                (None, None) => continue,
            };
            let help =
                "name pods by `podSelector` and `namespaceSelector`; `ipBlock` is for addresses outside the cluster";
            let message = format!("`{}` {what}", block.cidr);
            findings.push(Finding::new(CHECK.code, block.span, message).help(help));
        }
    }
}
