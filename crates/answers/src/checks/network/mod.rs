//! Classic mistakes in NetworkPolicy.

mod allow_all;
mod cluster_block;
mod dns_forgotten;
mod dns_udp_only;
mod empty_peers;
mod foreign_allow;
mod ignored_rules;
mod matches_nothing;
mod missing_namespace;
mod missing_protocol;
mod named_port_absent;
mod or_peers;
mod or_rules;
mod own_namespace_only;
mod service_port;

use crate::checks::Check;
use meshveil_reach::manifest::kinds::network_policy::{NetworkPolicy, Rule};
use meshveil_reach::network::Direction;

/// Every check of this folder.
pub const ALL: [Check; 15] = [
    or_rules::CHECK,
    or_peers::CHECK,
    empty_peers::CHECK,
    allow_all::CHECK,
    own_namespace_only::CHECK,
    matches_nothing::CHECK,
    ignored_rules::CHECK,
    dns_forgotten::CHECK,
    dns_udp_only::CHECK,
    service_port::CHECK,
    missing_protocol::CHECK,
    named_port_absent::CHECK,
    missing_namespace::CHECK,
    cluster_block::CHECK,
    foreign_allow::CHECK,
];

/// Rules that count, with their direction and index.
pub(super) fn rules(policy: &NetworkPolicy) -> impl Iterator<Item = (Direction, usize, &Rule)> {
    let ingress = policy.ingress.iter().enumerate().filter(|_| policy.isolates_ingress);
    let egress = policy.egress.iter().enumerate().filter(|_| policy.isolates_egress);
    ingress
        .map(|(at, rule)| (Direction::Ingress, at, rule))
        .chain(egress.map(|(at, rule)| (Direction::Egress, at, rule)))
}

/// `{}`, also with both lists written, but empty (or `ports: []` alone).
fn is_empty(rule: &Rule) -> bool {
    rule.peers.is_empty() && rule.ports.is_empty() && (rule.peers_given.is_none() || rule.ports_given.is_some())
}

/// `from` or `to`.
pub(super) fn peers_key(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    }
}
