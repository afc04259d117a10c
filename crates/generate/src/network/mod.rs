//! NetworkPolicy: only listed callers, only declared ports; out only what is declared and what a mesh needs.

mod egress;
mod peer;
mod store;

use meshveil_objects::well_known::{
    self, label,
    port::{AGENT, HBONE, HEALTH},
};
use meshveil_plan::Others;
use meshveil_text::{
    block, flow,
    yaml::{List, Map, quoted},
};

use crate::{
    Source, Target,
    document::{Document, Kind, Sheet, Step},
    source::part,
};
use peer::{block_of, from, ingress, own_ports, peer_of, pods, port, tcp, workload};

const KIND: Kind = Kind { version: "networking.k8s.io/v1", kind: "NetworkPolicy" };

/// Who may open a connection: nothing before it is enforced, as the API has no rehearsal.
pub(crate) fn sheet(source: &Source<'_>) -> Option<Sheet> {
    let sheet = || Sheet::new(Step::Locks, "network-policies", "Who may open a connection.", documents(source));
    source.enforces().then(sheet)
}

/// Every NetworkPolicy of the target.
fn documents(source: &Source<'_>) -> Vec<Document> {
    let mut documents = vec![default_deny(source)];
    match source.settings.target {
        Target::IstioAmbient => {
            documents.extend([from_waypoint(source), waypoint_in(source), egress::of_waypoint(source)]);
        }
        Target::EnvoyGateway => documents.push(from_gateway(source)),
        Target::IstioSidecar | Target::Envoy => documents.push(callers(source)),
    }
    documents.extend(replicas(source));
    documents.push(egress::of_workload(source));
    documents.extend(metrics(source));
    documents.extend(probes(source));
    documents.extend(source.policy.stores.iter().filter_map(|store| store::document(source, store)));
    documents
}

/// Labels of the waypoint's pods.
fn waypoint_pods(source: &Source<'_>) -> Map {
    flow!({ matchLabels: { (label::GATEWAY_NAME): quoted(source.waypoint()) } })
}

/// Nothing in, nothing out, unless another policy says so.
fn default_deny(source: &Source<'_>) -> Document {
    let spec = block!({ podSelector: source.selector(), policyTypes: flow!(["Ingress", "Egress"]) });
    source.about_workload("nothing goes in or out", KIND, "default-deny", spec)
}

/// Connections from callers, trusted hops, and those who pass connections on.
fn from_callers(source: &Source<'_>, pods: Map, ports: List) -> Map {
    let mut peers = List::default();
    let mut rules = List::default();
    if source.policy.others == Others::Masked {
        peers.comment("others: masked");
        peers.push(block!({ namespaceSelector: {} }));
    }
    for (comment, inbound) in source.inbound() {
        peers.comment(comment);
        peers.push(self::pods(&inbound.service_account.namespace, inbound.pods));
    }
    for client in source.policy.passthrough.iter().filter(|client| client.ports.is_empty()) {
        peers.comment(part(&format!("passthrough.{}", client.name.value)));
        peers.push(peer_of(&client.from));
    }
    // An empty `from` would allow all sources; without a rule no source is allowed.
    if !peers.is_empty() {
        rules.push(from(peers, ports));
    }
    for client in source.policy.passthrough.iter().filter(|client| !client.ports.is_empty()) {
        let comment = part(&format!("passthrough.{}", client.name.value));
        let ports = tcp(client.ports.iter().map(|port| port.value));
        rules.push(from(block!([#(comment) peer_of(&client.from)]), ports));
    }
    ingress(pods, rules)
}

fn callers(source: &Source<'_>) -> Document {
    let tunnel = source.has_tunnels().then_some(HBONE);
    let spec = from_callers(source, source.selector(), tcp(source.ports().chain(tunnel)));
    source.about_workload("who may connect", KIND, "callers", spec)
}

/// Only what has been through the waypoint, and probes.
fn from_waypoint(source: &Source<'_>) -> Document {
    let waypoint = block!({
        namespaceSelector: peer::namespace(&source.policy.namespace.value),
        podSelector: waypoint_pods(source),
    });
    let probes = well_known::AMBIENT_PROBES.into_iter().map(|cidr| flow!({ ipBlock: { cidr: quoted(cidr) } }));
    let spec = block!({
        podSelector: source.selector(),
        policyTypes: flow!(["Ingress"]),
        ingress: [
            { from: [waypoint], ports: tcp([HBONE]) },
            # "Probes, on whatever port: these addresses are the node's own."
            { from: [..probes] },
        ],
    });
    source.about_workload("only through the waypoint; probes", KIND, "callers", spec)
}

fn waypoint_in(source: &Source<'_>) -> Document {
    let spec = from_callers(source, waypoint_pods(source), tcp([HBONE]));
    source.about_workload("who may connect to its waypoint", KIND, "waypoint-callers", spec)
}

/// Only the proxies of the policy's own Gateway, which mask: those of another Gateway do not.
fn from_gateway(source: &Source<'_>) -> Document {
    let namespace = source.policy.cluster.envoy_gateway.as_ref();
    let namespace = namespace.map_or("envoy-gateway-system", |namespace| &namespace.value);
    let proxies = block!({
        namespaceSelector: peer::namespace(namespace),
        podSelector: {
            matchLabels: {
                "app.kubernetes.io/managed-by": "envoy-gateway",
                "app.kubernetes.io/component": "proxy",
                "gateway.envoyproxy.io/owning-gateway-namespace": quoted(&source.policy.namespace.value),
                "gateway.envoyproxy.io/owning-gateway-name": quoted(&source.policy.name.value),
            },
        },
    });
    let spec = ingress(source.selector(), block!([from(block!([proxies]), tcp(source.ports()))]));
    source.about_workload("only through its own Gateway", KIND, "callers", spec)
}

/// Replicas of the workload talk to each other.
fn replicas(source: &Source<'_>) -> Option<Document> {
    let peers = &source.policy.workload.peers;
    let mut ports = own_ports(peers);
    if source.has_tunnels() {
        ports.push(port(HBONE, "TCP"));
    }
    if peers.is_empty() {
        return None;
    }
    let spec = ingress(source.selector(), block!([from(block!([workload(source)]), ports.flow())]));
    Some(source.document("workload.peers", "its replicas", KIND, "peers", spec))
}

/// Prometheus may read metrics, never on a port with data.
fn metrics(source: &Source<'_>) -> Option<Document> {
    let metrics = source.policy.metrics.as_ref()?;
    let (selector, what) = if source.settings.target == Target::IstioAmbient {
        (waypoint_pods(source), "who may read metrics of its waypoint")
    } else {
        (source.selector(), "who may read metrics")
    };
    let comment = part("metrics");
    let readers = pods(&metrics.namespace.value, metrics.pods.as_ref().map(|pods| &pods.value));
    let own = |port: &u16| !source.ports().any(|own| own == *port);
    let ports = tcp(metrics.ports.iter().map(|number| number.value).filter(own));
    if ports.is_empty() {
        return None;
    }
    let spec = ingress(selector, block!([from(block!([#(comment) readers]), ports)]));
    Some(source.about_workload(what, KIND, "metrics", spec))
}

/// The kubelet of any node may probe. Most network plugins let the own node in anyway.
fn probes(source: &Source<'_>) -> Option<Document> {
    if source.policy.probes.is_empty() {
        return None;
    }
    let ports = match source.settings.target {
        // The sidecar answers for the application: on one port its probes, on the other the sidecar's own.
        Target::IstioSidecar => tcp([AGENT, HEALTH]),
        Target::IstioAmbient => return None,
        Target::Envoy | Target::EnvoyGateway => tcp(source.ports()),
    };
    let nodes = block!([..source.policy.probes.iter().map(|cidr| block_of(cidr.value))]);
    let spec = ingress(source.selector(), block!([from(nodes, ports)]));
    Some(source.document("probes", "from nodes", KIND, "probes", spec))
}
