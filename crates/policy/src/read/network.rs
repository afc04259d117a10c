//! Who passes requests on, and whom the workload connects to.

use meshveil_text::Node;

use super::{Reader, map::Map, scalar};
use crate::{Client, Hop, Metrics, OwnPort, Peer, PeerTo, Protocol, Spanned, codes, schema};

/// The port on which a sidecar serves merged metrics.
const METRICS_PORT: u16 = 15020;

pub(super) fn hop(reader: &mut Reader<'_>, node: &Node) -> Option<Hop> {
    if node.text().is_some() {
        return scalar::service_account(reader, node).map(|service_account| Hop { service_account, pods: None });
    }
    let map = Map::read(reader, node, &schema::HOP)?;
    let account = map.required(reader, "serviceAccount").and_then(|node| scalar::service_account(reader, node));
    let pods = map.optional("pods").and_then(|node| scalar::labels(reader, node));
    Some(Hop { service_account: account?, pods })
}

/// A peer: [`schema::PEER`], or [`schema::STORE`].
pub(super) fn peer(reader: &mut Reader<'_>, node: &Node, object: &'static schema::Object) -> Option<Peer> {
    let map = Map::read(reader, node, object)?;
    let name = map.required(reader, "name").and_then(|node| scalar::name(reader, node));
    let ports = map.required(reader, "ports").map(|node| ports(reader, node));
    let protocol = protocol(reader, &map);
    let (mut own, mut others) = (Vec::new(), Vec::new());
    if object.key("peers").is_some() {
        own = map.optional("peers").map(|node| own_ports(reader, node)).unwrap_or_default();
        others = map.optional("clients").map(|node| clients(reader, node)).unwrap_or_default();
    }
    let to = pods_or_addresses(reader, node, &map)?;
    Some(Peer { name: name?, to, ports: ports?, protocol, peers: own, clients: others })
}

fn protocol(reader: &mut Reader<'_>, map: &Map<'_>) -> Protocol {
    let words = [("TCP", Protocol::Tcp), ("UDP", Protocol::Udp)];
    map.optional("protocol").and_then(|node| scalar::word(reader, node, &words)).unwrap_or_default()
}

/// Ports on which pods talk to each other.
pub(super) fn own_ports(reader: &mut Reader<'_>, node: &Node) -> Vec<OwnPort> {
    let mut ports = Vec::new();
    for node in scalar::items(reader, node) {
        let Some(map) = Map::read(reader, node, &schema::OWN_PORT) else { continue };
        let port = map.required(reader, "port").and_then(|node| scalar::port(reader, node));
        let protocol = protocol(reader, &map);
        ports.extend(port.map(|port| OwnPort { port, protocol }));
    }
    ports
}

/// Who else connects.
pub(super) fn clients(reader: &mut Reader<'_>, node: &Node) -> Vec<Client> {
    let mut clients = Vec::new();
    for node in scalar::items(reader, node) {
        let Some(map) = Map::read(reader, node, &schema::CLIENT) else { continue };
        let name = map.required(reader, "name").and_then(|node| scalar::name(reader, node));
        let ports = map.optional("ports").map(|node| ports(reader, node)).unwrap_or_default();
        let from = pods_or_addresses(reader, node, &map);
        clients.extend(name.zip(from).map(|(name, from)| Client { name, from, ports }));
    }
    clients
}

/// Pods, by namespace and labels, or addresses.
pub(super) fn pods_or_addresses(reader: &mut Reader<'_>, node: &Node, map: &Map<'_>) -> Option<PeerTo> {
    let namespace = map.optional("namespace");
    let namespace_name = namespace.and_then(|node| scalar::name(reader, node));
    let pods = map.optional("pods");
    let labels = pods.and_then(|node| scalar::labels(reader, node));
    let to = if let Some(cidr) = map.optional("cidr") {
        for other in [namespace, pods].into_iter().flatten() {
            reader.error(&codes::BAD_VALUE, other, "a peer is pods or addresses, not both").help =
                Some("make it two peers".to_owned());
        }
        PeerTo::Cidr(scalar::cidr(reader, cidr)?)
    } else if namespace.is_none() && pods.is_none() {
        reader.error(&codes::MISSING_KEY, node, "a peer needs pods, a namespace or an address block").help =
            Some("add `pods`, `namespace` or `cidr`".to_owned());
        return None;
    } else {
        let namespace = namespace_name.map_or_else(|| reader.namespace.to_owned(), |name| name.value);
        PeerTo::Pods { namespace, labels }
    };
    Some(to)
}

pub(super) fn metrics(reader: &mut Reader<'_>, node: &Node) -> Option<Metrics> {
    let map = Map::read(reader, node, &schema::METRICS)?;
    let namespace = map.required(reader, "namespace").and_then(|node| scalar::name(reader, node));
    let pods = map.optional("pods").and_then(|node| scalar::labels(reader, node));
    let ports = match map.optional("ports") {
        Some(node) => ports(reader, node),
        None => vec![Spanned { value: METRICS_PORT, span: node.span }],
    };
    Some(Metrics { namespace: namespace?, pods, ports })
}

pub(super) fn ports(reader: &mut Reader<'_>, node: &Node) -> Vec<Spanned<u16>> {
    if matches!(&node.value, meshveil_text::Value::List(items) if items.is_empty()) {
        reader.error(&codes::MISSING_KEY, node, "at least one port is needed");
    }
    scalar::items(reader, node).iter().filter_map(|node| scalar::port(reader, node)).collect()
}
