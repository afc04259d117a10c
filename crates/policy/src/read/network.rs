//! Who passes requests on, and whom the workload connects to.

use meshveil_text::Node;

use super::{Reader, map::Map, scalar};
use crate::{Hop, Metrics, Peer, PeerTo, Protocol, Spanned, codes, schema};

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

pub(super) fn peer(reader: &mut Reader<'_>, node: &Node) -> Option<Peer> {
    let map = Map::read(reader, node, &schema::PEER)?;
    let name = map.required(reader, "name").and_then(|node| scalar::name(reader, node));
    let ports = map.required(reader, "ports").map(|node| ports(reader, node));
    let words = [("TCP", Protocol::Tcp), ("UDP", Protocol::Udp)];
    let protocol = map.optional("protocol").and_then(|node| scalar::word(reader, node, &words)).unwrap_or_default();
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
    Some(Peer { name: name?, to, ports: ports?, protocol })
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

fn ports(reader: &mut Reader<'_>, node: &Node) -> Vec<Spanned<u16>> {
    if matches!(&node.value, meshveil_text::Value::List(items) if items.is_empty()) {
        reader.error(&codes::MISSING_KEY, node, "at least one port is needed");
    }
    scalar::items(reader, node).iter().filter_map(|node| scalar::port(reader, node)).collect()
}
