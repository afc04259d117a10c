//! Peers, ports and rules, as NetworkPolicies write them.

use std::collections::BTreeMap;

use meshveil_objects::well_known::label;
use meshveil_policy::{
    Peer, PeerTo, Spanned,
    cluster::{OwnPort, Place},
};
use meshveil_text::{
    Cidr, block, flow,
    yaml::{List, Map, quoted},
};

use crate::{
    Source,
    source::{labels, part},
};

/// A namespace by its name.
pub(super) fn namespace(name: &str) -> Map {
    flow!({ matchLabels: { (label::NAMESPACE_NAME): quoted(name) } })
}

/// A peer of pods: both selectors in one item, so that both count.
pub(super) fn pods(namespace: &str, pods: Option<&BTreeMap<String, String>>) -> Map {
    let pods = pods.map_or_else(|| flow!({}), |pods| flow!({ matchLabels: labels(pods) }));
    block!({ namespaceSelector: self::namespace(namespace), podSelector: pods })
}

/// The pods of the workload as a peer.
pub(super) fn workload(source: &Source<'_>) -> Map {
    pods(&source.policy.namespace.value, Some(&source.policy.workload.selector.value))
}

/// A peer of addresses.
pub(super) fn block_of(cidr: Cidr) -> Map {
    block!({ ipBlock: flow!({ cidr: quoted(cidr.to_string()) }) })
}

/// A peer as the policy says it.
pub(super) fn peer_of(to: &PeerTo) -> Map {
    match to {
        PeerTo::Pods { namespace, labels } => pods(namespace, labels.as_ref().map(|labels| &labels.value)),
        PeerTo::Cidr(cidr) => block_of(cidr.value),
    }
}

pub(super) fn port(number: u16, protocol: &str) -> Map {
    flow!({ port: number, protocol: protocol })
}

pub(super) fn tcp(ports: impl IntoIterator<Item = u16>) -> List {
    flow!([..ports.into_iter().map(|number| port(number, "TCP"))])
}

/// Ports in both protocols of DNS.
pub(super) fn dns_ports(ports: impl IntoIterator<Item = u16>) -> List {
    flow!([..ports.into_iter().flat_map(|number| [port(number, "UDP"), port(number, "TCP")])])
}

/// The ports of a peer, in its protocol.
pub(super) fn ports_of(peer: &Peer) -> List {
    peer.ports.iter().map(|number| port(number.value, peer.protocol.name())).collect()
}

/// Ports on which pods talk to each other.
pub(super) fn own_ports(ports: &[OwnPort]) -> List {
    ports.iter().map(|own| port(own.port.value, own.protocol.name())).collect()
}

/// The ports of a place, or the usual one.
pub(super) fn numbers(ports: &[Spanned<u16>], usual: u16) -> Vec<u16> {
    if ports.is_empty() { vec![usual] } else { ports.iter().map(|port| port.value).collect() }
}

/// A rule of `egress` for each place of the cluster, with the port that it has where the policy names none.
pub(super) fn to_places<'p>(
    key: &str,
    places: impl IntoIterator<Item = &'p Place>,
    ports: impl Fn(Vec<u16>) -> List,
    usual: u16,
) -> Vec<Map> {
    let rule = |place: &Place| {
        let comment = part(&format!("cluster.{key}"));
        block!({ to: [#(comment) peer_of(&place.to)], ports: ports(numbers(&place.ports, usual)) })
    };
    places.into_iter().map(rule).collect()
}

/// Connections from some peers to some ports of some pods.
pub(super) fn ingress(pods: Map, rules: List) -> Map {
    block!({ podSelector: pods, policyTypes: flow!(["Ingress"]), ingress: rules })
}

/// A rule of `ingress`.
pub(super) fn from(peers: List, ports: List) -> Map {
    block!({ from: peers, ports: ports })
}
