//! NetworkPolicy: only listed callers, only declared ports; out only what is declared and what a mesh needs.

use std::{collections::BTreeMap, fmt::Write};

use meshveil_objects::well_known::port::{AGENT, HBONE, HEALTH, ISTIOD};
use meshveil_objects::well_known::{ROOT_NAMESPACE, SYSTEM_NAMESPACE};
use meshveil_plan::Others;
use meshveil_policy::{Peer, PeerTo};

use crate::{
    Source, Target,
    document::Document,
    yaml::{indented, labels, list, quoted},
};

const VERSION: &str = "networking.k8s.io/v1";
const KIND: &str = "NetworkPolicy";

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

/// The start of a NetworkPolicy of the protected pods.
fn of_workload(source: &Source<'_>, what: &str, suffix: &str) -> Document {
    let mut document = source.about_workload(what, VERSION, KIND, suffix);
    document.spec = format!("  podSelector: {{ matchLabels: {} }}\n", source.selector());
    document
}

/// The start of a NetworkPolicy of the waypoint's pods.
fn of_waypoint(source: &Source<'_>, what: &str, suffix: &str) -> Document {
    let mut document = source.about_workload(what, VERSION, KIND, suffix);
    document.spec = format!("  podSelector: {{ matchLabels: {} }}\n", waypoint_pods(source));
    document
}

fn waypoint_pods(source: &Source<'_>) -> String {
    format!("{{ gateway.networking.k8s.io/gateway-name: {} }}", quoted(&source.waypoint()))
}

/// A peer of pods: both selectors in one item, so that both count.
fn pods(namespace: &str, pods: Option<&BTreeMap<String, String>>) -> String {
    let pods = pods.map_or_else(|| "{}".to_owned(), |pods| format!("{{ matchLabels: {} }}", labels(pods)));
    format!(
        "- namespaceSelector: {{ matchLabels: {{ kubernetes.io/metadata.name: {} }} }}\n  podSelector: {pods}\n",
        quoted(namespace)
    )
}

fn port(number: u16) -> String {
    format!("{{ port: {number}, protocol: TCP }}")
}

/// Nothing in, nothing out, unless another policy says so.
fn default_deny(source: &Source<'_>) -> Document {
    let mut document = of_workload(source, "nothing goes in or out", "default-deny");
    document.spec.push_str("  policyTypes: [Ingress, Egress]\n");
    document
}

fn callers(source: &Source<'_>) -> Document {
    let mut document = of_workload(source, "who may connect", "callers");
    document.spec.push_str(&from_callers(source, &source.ports(port)));
    document
}

/// Ingress from callers and trusted hops, on these ports.
fn from_callers(source: &Source<'_>, ports: &str) -> String {
    let mut peers = String::new();
    if source.policy.others == Others::Masked {
        peers.push_str("# others: masked\n- namespaceSelector: {}\n");
    }
    for (comment, inbound) in source.inbound() {
        let _ = write!(peers, "# {comment}\n{}", pods(&inbound.service_account.namespace, inbound.pods));
    }
    if peers.is_empty() {
        // An empty `from` would let everybody in; no rule lets nobody in.
        return "  policyTypes: [Ingress]\n  ingress: []\n".to_owned();
    }
    format!("  policyTypes: [Ingress]\n  ingress:\n    - from:\n{}      ports: {ports}\n", indented(&peers, 8))
}

/// Only what has been through the waypoint, and probes.
fn from_waypoint(source: &Source<'_>) -> Document {
    let mut document = of_workload(source, "only through the waypoint; probes", "callers");
    let waypoint = format!(
        "- namespaceSelector: {{ matchLabels: {{ kubernetes.io/metadata.name: {} }} }}\n  podSelector: {{ matchLabels: {} }}\n",
        quoted(&source.policy.namespace.value),
        waypoint_pods(source)
    );
    let _ = write!(
        document.spec,
        "  policyTypes: [Ingress]\n  ingress:\n    - from:\n{}      ports: [{}]\n    - from: [{{ ipBlock: {{ cidr: {AMBIENT_PROBES} }} }}]\n      ports: {}\n",
        indented(&waypoint, 8),
        port(HBONE),
        source.ports(port),
    );
    document
}

fn waypoint_in(source: &Source<'_>) -> Document {
    let mut document = of_waypoint(source, "who may connect to its waypoint", "waypoint-callers");
    document.spec.push_str(&from_callers(source, &format!("[{}]", port(HBONE))));
    document
}

fn waypoint_out(source: &Source<'_>) -> Document {
    let mut document = of_waypoint(source, "its waypoint reaches it, names and istiod", "waypoint-egress");
    let workload = pods(&source.policy.namespace.value, Some(&source.policy.workload.selector.value));
    let _ = write!(
        document.spec,
        "  policyTypes: [Egress]\n  egress:\n    - to:\n{}      ports: [{}]\n{}{}",
        indented(&workload, 8),
        port(HBONE),
        rule(&dns(), "[{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }]"),
        rule(&pods(ROOT_NAMESPACE, None), &format!("[{}]", port(ISTIOD))),
    );
    document
}

/// Only Envoy Gateway's proxies, which mask.
fn from_gateway(source: &Source<'_>) -> Document {
    let mut document = of_workload(source, "only through Envoy Gateway", "callers");
    let proxies = "- namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: envoy-gateway-system } }\n  podSelector: { matchLabels: { app.kubernetes.io/managed-by: envoy-gateway, app.kubernetes.io/component: proxy } }\n";
    let _ = write!(
        document.spec,
        "  policyTypes: [Ingress]\n  ingress:\n    - from:\n{}      ports: {}\n",
        indented(proxies, 8),
        source.ports(port),
    );
    document
}

fn dns() -> String {
    pods(SYSTEM_NAMESPACE, None)
}

/// One rule of `egress`.
fn rule(peers: &str, ports: &str) -> String {
    format!("    - to:\n{}      ports: {ports}\n", indented(peers, 8))
}

/// Names, the control plane, and what the policy declares.
fn egress(source: &Source<'_>) -> Document {
    let is_sidecar = source.settings.target == Target::IstioSidecar;
    let what = if is_sidecar { "names, istiod and what is declared" } else { "names and what is declared" };
    let mut document = of_workload(source, what, "egress");
    document.spec.push_str("  policyTypes: [Egress]\n  egress:\n");
    document.spec.push_str(&rule(&dns(), "[{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }]"));
    if is_sidecar {
        document.spec.push_str(&rule(&pods(ROOT_NAMESPACE, None), &format!("[{}]", port(ISTIOD))));
    }
    for (key, peers) in [("stores", &source.policy.stores), ("egress", &source.policy.egress)] {
        for peer in peers {
            let comment = format!("# {} {key}.{}\n", source.place(peer.name.span), peer.name.value);
            let to = match &peer.to {
                PeerTo::Pods { namespace, labels } => pods(namespace, labels.as_ref().map(|labels| &labels.value)),
                PeerTo::Cidr(cidr) => format!("- ipBlock: {{ cidr: {} }}\n", quoted(&cidr.value.to_string())),
            };
            let protocol = peer.protocol.name();
            let mut ports: Vec<String> =
                peer.ports.iter().map(|port| format!("{{ port: {}, protocol: {protocol} }}", port.value)).collect();
            if source.settings.target == Target::IstioAmbient && matches!(peer.to, PeerTo::Pods { .. }) {
                ports.push(port(HBONE));
            }
            document.spec.push_str(&rule(&(comment + &to), &list(ports)));
        }
    }
    document
}

/// Prometheus may read metrics.
fn metrics(source: &Source<'_>) -> Option<Document> {
    let metrics = source.policy.metrics.as_ref()?;
    let mut document = if source.settings.target == Target::IstioAmbient {
        of_waypoint(source, "who may read metrics of its waypoint", "metrics")
    } else {
        of_workload(source, "who may read metrics", "metrics")
    };
    let comment = format!("# {} metrics\n", source.place(metrics.namespace.span));
    let peers = comment + &pods(&metrics.namespace.value, metrics.pods.as_ref().map(|pods| &pods.value));
    let ports = list(metrics.ports.iter().map(|number| port(number.value)));
    let _ = write!(
        document.spec,
        "  policyTypes: [Ingress]\n  ingress:\n    - from:\n{}      ports: {ports}\n",
        indented(&peers, 8)
    );
    Some(document)
}

/// The kubelet of any node may probe. Most network plugins let the own node in anyway.
fn probes(source: &Source<'_>) -> Option<Document> {
    let first = source.policy.probes.first()?;
    let ports = match source.settings.target {
        // The sidecar answers for the application: on one port its probes, on the other the sidecar's own.
        Target::IstioSidecar => list([port(AGENT), port(HEALTH)]),
        Target::IstioAmbient => return None,
        Target::Envoy | Target::EnvoyGateway => source.ports(port),
    };
    let mut document = of_workload(source, "probes from nodes", "probes");
    document.comment = format!("{} probes: from nodes", source.place(first.span));
    let peers: String = source
        .policy
        .probes
        .iter()
        .map(|cidr| format!("- ipBlock: {{ cidr: {} }}\n", quoted(&cidr.value.to_string())))
        .collect();
    let _ = write!(
        document.spec,
        "  policyTypes: [Ingress]\n  ingress:\n    - from:\n{}      ports: {ports}\n",
        indented(&peers, 8)
    );
    Some(document)
}

/// Only the workload reads its store: whoever else could would get round the filter.
fn store(source: &Source<'_>, store: &Peer) -> Option<Document> {
    // Without labels it would shut a whole namespace.
    let PeerTo::Pods { namespace, labels: Some(selector) } = &store.to else { return None };
    let what = format!("stores.{}: only the workload connects", store.name.value);
    let mut document = source.document(store.name.span, &what, VERSION, KIND, &format!("store-{}", store.name.value));
    document.namespace = Some(namespace.clone());
    let workload = pods(&source.policy.namespace.value, Some(&source.policy.workload.selector.value));
    let protocol = store.protocol.name();
    let ports = list(store.ports.iter().map(|port| format!("{{ port: {}, protocol: {protocol} }}", port.value)));
    document.spec = format!(
        "  podSelector: {{ matchLabels: {} }}\n  policyTypes: [Ingress]\n  ingress:\n    - from:\n{}      ports: {ports}\n",
        labels(&selector.value),
        indented(&workload, 8),
    );
    Some(document)
}
