//! NetworkPolicy: only listed callers, only declared ports; out only what is declared and what a mesh needs.

use std::collections::BTreeMap;

use meshveil_objects::well_known::{
    ROOT_NAMESPACE, SYSTEM_NAMESPACE, label,
    port::{AGENT, HBONE, HEALTH, ISTIOD},
};
use meshveil_plan::Others;
use meshveil_policy::{Peer, PeerTo};
use meshveil_text::{
    Cidr, block, flow,
    yaml::{List, Map, quoted},
};

use crate::{
    Source, Target,
    document::{Document, Kind},
    source::labels,
};

const KIND: Kind = Kind { version: "networking.k8s.io/v1", kind: "NetworkPolicy" };

/// The address from which ztunnel passes on probes of the kubelet.
const AMBIENT_PROBES: &str = "169.254.7.127/32";

/// Every NetworkPolicy of the target.
pub(crate) fn documents(source: &Source<'_>) -> Vec<Document> {
    let mut documents = vec![default_deny(source)];
    match source.settings.target {
        Target::IstioAmbient => {
            documents.extend([from_waypoint(source), waypoint_in(source), waypoint_out(source)]);
        }
        Target::EnvoyGateway => documents.push(from_gateway(source)),
        Target::IstioSidecar | Target::Envoy => documents.push(callers(source)),
    }
    documents.push(egress(source));
    documents.extend(metrics(source));
    documents.extend(probes(source));
    documents.extend(source.policy.stores.iter().filter_map(|store| self::store(source, store)));
    documents
}

/// Labels of the waypoint's pods.
fn waypoint_pods(source: &Source<'_>) -> Map {
    flow!({ matchLabels: { (label::GATEWAY_NAME): quoted(source.waypoint()) } })
}

fn namespace(name: &str) -> Map {
    flow!({ matchLabels: { (label::NAMESPACE_NAME): quoted(name) } })
}

/// A peer of pods: both selectors in one item, so that both count.
fn pods(namespace: &str, pods: Option<&BTreeMap<String, String>>) -> Map {
    let pods = pods.map_or_else(|| flow!({}), |pods| flow!({ matchLabels: labels(pods) }));
    block!({ namespaceSelector: self::namespace(namespace), podSelector: pods })
}

/// The pods of the workload as a peer.
fn workload(source: &Source<'_>) -> Map {
    pods(&source.policy.namespace.value, Some(&source.policy.workload.selector.value))
}

fn block_of(cidr: Cidr) -> Map {
    block!({ ipBlock: flow!({ cidr: quoted(cidr.to_string()) }) })
}

fn port(number: u16, protocol: &str) -> Map {
    flow!({ port: number, protocol: protocol })
}

fn tcp(ports: impl IntoIterator<Item = u16>) -> List {
    flow!([..ports.into_iter().map(|number| port(number, "TCP"))])
}

/// The ports of a peer, in its protocol.
fn ports_of(peer: &Peer) -> List {
    peer.ports.iter().map(|number| port(number.value, peer.protocol.name())).collect()
}

/// Nothing in, nothing out, unless another policy says so.
fn default_deny(source: &Source<'_>) -> Document {
    let spec = block!({ podSelector: source.selector(), policyTypes: flow!(["Ingress", "Egress"]) });
    source.about_workload("nothing goes in or out", KIND, "default-deny", spec)
}

/// Connections from some peers to some ports of some pods.
fn ingress(pods: Map, from: List, ports: List) -> Map {
    block!({
        podSelector: pods,
        policyTypes: flow!(["Ingress"]),
        ingress: [{ from: from, ports: ports }],
    })
}

/// Connections from callers and trusted hops.
fn from_callers(source: &Source<'_>, pods: Map, ports: List) -> Map {
    let mut peers = List::default();
    if source.policy.others == Others::Masked {
        peers.comment("others: masked");
        peers.push(block!({ namespaceSelector: {} }));
    }
    for (comment, inbound) in source.inbound() {
        peers.comment(comment);
        peers.push(self::pods(&inbound.service_account.namespace, inbound.pods));
    }
    if peers.is_empty() {
        // An empty `from` would allow all sources; without a rule no source is allowed.
        return block!({ podSelector: pods, policyTypes: flow!(["Ingress"]), ingress: [] });
    }
    ingress(pods, peers, ports)
}

fn callers(source: &Source<'_>) -> Document {
    let spec = from_callers(source, source.selector(), tcp(source.ports()));
    source.about_workload("who may connect", KIND, "callers", spec)
}

/// Only what has been through the waypoint, and probes.
fn from_waypoint(source: &Source<'_>) -> Document {
    let waypoint = block!({
        namespaceSelector: namespace(&source.policy.namespace.value),
        podSelector: waypoint_pods(source),
    });
    let probes = flow!({ ipBlock: { cidr: AMBIENT_PROBES } });
    let spec = block!({
        podSelector: source.selector(),
        policyTypes: flow!(["Ingress"]),
        ingress: [
            { from: [waypoint], ports: tcp([HBONE]) },
            { from: flow!([probes]), ports: tcp(source.ports()) },
        ],
    });
    source.about_workload("only through the waypoint; probes", KIND, "callers", spec)
}

fn waypoint_in(source: &Source<'_>) -> Document {
    let spec = from_callers(source, waypoint_pods(source), tcp([HBONE]));
    source.about_workload("who may connect to its waypoint", KIND, "waypoint-callers", spec)
}

fn waypoint_out(source: &Source<'_>) -> Document {
    let spec = block!({
        podSelector: waypoint_pods(source),
        policyTypes: flow!(["Egress"]),
        egress: [{ to: [workload(source)], ports: tcp([HBONE]) }, dns(), istiod()],
    });
    source.about_workload("its waypoint reaches it, names and istiod", KIND, "waypoint-egress", spec)
}

/// Only Envoy Gateway's proxies, which mask.
fn from_gateway(source: &Source<'_>) -> Document {
    let proxies = block!({
        namespaceSelector: flow!({ matchLabels: { (label::NAMESPACE_NAME): "envoy-gateway-system" } }),
        podSelector: flow!({
            matchLabels: {
                "app.kubernetes.io/managed-by": "envoy-gateway",
                "app.kubernetes.io/component": "proxy",
            },
        }),
    });
    let spec = ingress(source.selector(), block!([proxies]), tcp(source.ports()));
    source.about_workload("only through Envoy Gateway", KIND, "callers", spec)
}

/// A rule of `egress`: names.
fn dns() -> Map {
    block!({ to: [pods(SYSTEM_NAMESPACE, None)], ports: flow!([port(53, "UDP"), port(53, "TCP")]) })
}

/// A rule of `egress`: the control plane.
fn istiod() -> Map {
    block!({ to: [pods(ROOT_NAMESPACE, None)], ports: tcp([ISTIOD]) })
}

/// Names, the control plane, and what the policy declares.
fn egress(source: &Source<'_>) -> Document {
    let is_sidecar = source.settings.target == Target::IstioSidecar;
    let what = if is_sidecar { "names, istiod and what is declared" } else { "names and what is declared" };
    let stores = source.policy.stores.iter().map(|peer| declared(source, "stores", peer));
    let others = source.policy.egress.iter().map(|peer| declared(source, "egress", peer));
    let spec = block!({
        podSelector: source.selector(),
        policyTypes: flow!(["Egress"]),
        egress: [dns(), ..is_sidecar.then(istiod), ..stores, ..others],
    });
    source.about_workload(what, KIND, "egress", spec)
}

/// A rule of `egress`: what the policy declares under a key.
fn declared(source: &Source<'_>, key: &str, peer: &Peer) -> Map {
    let comment = format!("{} {key}.{}", source.place(peer.name.span), peer.name.value);
    let is_ambient = source.settings.target == Target::IstioAmbient;
    let mut ports = ports_of(peer);
    let to = match &peer.to {
        PeerTo::Pods { namespace, labels } => {
            ports.extend(is_ambient.then(|| port(HBONE, "TCP")));
            pods(namespace, labels.as_ref().map(|labels| &labels.value))
        }
        PeerTo::Cidr(cidr) => block_of(cidr.value),
    };
    block!({ to: [#(comment) to], ports: ports.flow() })
}

/// Prometheus may read metrics.
fn metrics(source: &Source<'_>) -> Option<Document> {
    let metrics = source.policy.metrics.as_ref()?;
    let (selector, what) = if source.settings.target == Target::IstioAmbient {
        (waypoint_pods(source), "who may read metrics of its waypoint")
    } else {
        (source.selector(), "who may read metrics")
    };
    let comment = format!("{} metrics", source.place(metrics.namespace.span));
    let readers = pods(&metrics.namespace.value, metrics.pods.as_ref().map(|pods| &pods.value));
    let ports = tcp(metrics.ports.iter().map(|number| number.value));
    let spec = ingress(selector, block!([#(comment) readers]), ports);
    Some(source.about_workload(what, KIND, "metrics", spec))
}

/// The kubelet of any node may probe. Most network plugins let the own node in anyway.
fn probes(source: &Source<'_>) -> Option<Document> {
    let first = source.policy.probes.first()?;
    let ports = match source.settings.target {
        // The sidecar answers for the application: on one port its probes, on the other the sidecar's own.
        Target::IstioSidecar => tcp([AGENT, HEALTH]),
        Target::IstioAmbient => return None,
        Target::Envoy | Target::EnvoyGateway => tcp(source.ports()),
    };
    let nodes = block!([..source.policy.probes.iter().map(|cidr| block_of(cidr.value))]);
    let spec = ingress(source.selector(), nodes, ports);
    Some(source.document(first.span, "probes: from nodes", KIND, "probes", spec))
}

/// Only the workload reads its store: any other source that reaches it would bypass the filter.
fn store(source: &Source<'_>, store: &Peer) -> Option<Document> {
    // Without labels it would shut a whole namespace.
    let PeerTo::Pods { namespace, labels: Some(selector) } = &store.to else { return None };
    let pods = flow!({ matchLabels: labels(&selector.value) });
    let spec = ingress(pods, block!([workload(source)]), ports_of(store).flow());
    let what = format!("stores.{}: only the workload connects", store.name.value);
    let mut document = source.document(store.name.span, &what, KIND, &format!("store-{}", store.name.value), spec);
    document.namespace = Some(namespace.clone());
    Some(document)
}
