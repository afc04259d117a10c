//! Where pods may connect to: names, the control plane, the module's registry, and what the policy declares.

use meshveil_objects::well_known::{
    ROOT_NAMESPACE,
    port::{HBONE, ISTIOD},
};
use meshveil_policy::{Peer, PeerTo, cluster::Place};
use meshveil_text::{Cidr, block, flow, yaml::Map};

use super::{
    KIND,
    peer::{block_of, dns_ports, own_ports, peer_of, pods, port, ports_of, tcp, to_places, workload},
    waypoint_pods,
};
use crate::{Source, Target, document::Document, source::part};

/// The port of an image registry, and of `https://`.
const REGISTRY: u16 = 443;

/// Names, by the servers of the cluster and on the node.
fn dns(source: &Source<'_>) -> Vec<Map> {
    let cluster = &source.policy.cluster;
    let (namespace, number) = cluster.platform.dns();
    if !cluster.dns.is_empty() {
        return to_places("dns", &cluster.dns, dns_ports, number);
    }
    let on_node = cluster.platform.node_dns().iter().filter_map(|block| block.parse::<Cidr>().ok());
    vec![
        block!({ to: [pods(namespace, None)], ports: dns_ports([number]) }),
        // From where a node answers the port is the Service's.
        block!({
            to: [
                # "A cache of names on the node; where there is none, this address is nowhere."
                ..on_node.map(block_of),
            ],
            ports: dns_ports([53]),
        }),
    ]
}

/// The control plane.
fn istiod(source: &Source<'_>) -> Vec<Map> {
    match &source.policy.cluster.istiod {
        Some(place) => to_places("istiod", [place], tcp, ISTIOD),
        None => vec![block!({ to: [pods(ROOT_NAMESPACE, None)], ports: tcp([ISTIOD]) })],
    }
}

/// Where the proxy fetches the module.
fn registry(source: &Source<'_>) -> Vec<Map> {
    let places: &[Place] = &source.policy.cluster.registry;
    let mut rules = to_places("registry", places, tcp, REGISTRY);
    if let Some((cidr, number)) = source.settings.address().filter(|_| places.is_empty()) {
        rules.push(block!({ to: [# "Where the proxy fetches the module." block_of(cidr)], ports: tcp([number]) }));
    }
    rules
}

/// The proxy in front of the workload reaches it.
pub(super) fn of_waypoint(source: &Source<'_>) -> Document {
    let spec = block!({
        podSelector: waypoint_pods(source),
        policyTypes: flow!(["Egress"]),
        egress: [
            { to: [workload(source)], ports: tcp([HBONE]) },
            ..dns(source),
            ..istiod(source),
            ..registry(source),
        ],
    });
    source.about_workload("its waypoint reaches it, names, istiod and the module", KIND, "waypoint-egress", spec)
}

/// Names, the control plane, and what the policy declares.
pub(super) fn of_workload(source: &Source<'_>) -> Document {
    let is_sidecar = source.settings.target == Target::IstioSidecar;
    let what = if is_sidecar { "names, istiod, the module and what is declared" } else { "names and what is declared" };
    let mesh = is_sidecar.then(|| istiod(source).into_iter().chain(registry(source)));
    let stores = source.policy.stores.iter().map(|peer| declared(source, "stores", peer));
    let others = source.policy.egress.iter().map(|peer| declared(source, "egress", peer));
    let spec = block!({
        podSelector: source.selector(),
        policyTypes: flow!(["Egress"]),
        egress: [..dns(source), ..mesh.into_iter().flatten(), ..stores, ..others, ..replicas(source)],
    });
    source.about_workload(what, KIND, "egress", spec)
}

/// A rule of `egress`: what the policy declares under a key.
fn declared(source: &Source<'_>, key: &str, peer: &Peer) -> Map {
    let comment = part(&format!("{key}.{}", peer.name.value));
    let mut ports = ports_of(peer);
    if matches!(peer.to, PeerTo::Pods { .. }) && source.has_tunnels() {
        ports.push(port(HBONE, "TCP"));
    }
    block!({ to: [#(comment) peer_of(&peer.to)], ports: ports.flow() })
}

/// A rule of `egress`: replicas of the workload.
fn replicas(source: &Source<'_>) -> Option<Map> {
    let peers = &source.policy.workload.peers;
    let mut ports = own_ports(peers);
    if source.has_tunnels() {
        ports.push(port(HBONE, "TCP"));
    }
    let comment = part("workload.peers");
    (!peers.is_empty()).then(|| block!({ to: [#(comment) workload(source)], ports: ports.flow() }))
}
