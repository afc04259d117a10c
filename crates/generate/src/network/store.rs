//! Who reaches a store: the workload, the store's own pods, and those that the policy lists. Any other source would bypass
//! the filter.

use meshveil_objects::well_known::port::HBONE;
use meshveil_policy::{Peer, PeerTo, Protocol, Spanned};
use meshveil_text::{
    block, flow,
    yaml::{List, Map},
};

use super::{
    KIND,
    peer::{from, ingress, own_ports, peer_of, pods, port, ports_of, workload},
};
use crate::{
    Source,
    document::Document,
    source::{labels, part},
};

/// The policy of a store; none for one without labels, which would shut a whole namespace, and for addresses.
pub(super) fn document(source: &Source<'_>, store: &Peer) -> Option<Document> {
    let PeerTo::Pods { namespace, labels: Some(selector) } = &store.to else { return None };
    let with_tunnel = |mut ports: List| {
        if source.has_tunnels() {
            ports.push(port(HBONE, "TCP"));
        }
        ports.flow()
    };
    let mut rules = block!([from(block!([workload(source)]), with_tunnel(ports_of(store)))]);
    if !store.peers.is_empty() {
        rules.comment(part(&format!("stores.{}.peers", store.name.value)));
        let own: Map = pods(namespace, Some(&selector.value));
        rules.push(from(block!([own]), with_tunnel(own_ports(&store.peers))));
    }
    for client in &store.clients {
        rules.comment(part(&format!("stores.{}.clients.{}", store.name.value, client.name.value)));
        let (numbers, protocol): (&[Spanned<u16>], Protocol) =
            if client.ports.is_empty() { (&store.ports, store.protocol) } else { (&client.ports, Protocol::Tcp) };
        let ports = numbers.iter().map(|number| port(number.value, protocol.name())).collect();
        rules.push(from(block!([peer_of(&client.from)]), with_tunnel(ports)));
    }
    let spec = ingress(flow!({ matchLabels: labels(&selector.value) }), rules);
    let part = format!("stores.{}", store.name.value);
    let suffix = format!("store-{}", store.name.value);
    let mut document = source.document(&part, "only the workload connects, and who is listed", KIND, &suffix, spec);
    document.namespace = Some(namespace.clone());
    Some(document)
}
