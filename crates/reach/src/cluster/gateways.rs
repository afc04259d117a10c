//! The pods that Istio and Envoy Gateway make for Gateways.

use meshveil_objects::Manifests;
use meshveil_objects::kinds::entry::Gateway;
use meshveil_objects::kinds::port::Protocol;
use meshveil_objects::kinds::workload::{Container, ContainerPort, Workload};
use meshveil_objects::meta::{Labels, Meta};
use meshveil_objects::well_known::{GATEWAY_CLASS, PROXY_CONTAINER, WAYPOINT_CLASS, label, port};
use meshveil_text::Span;

use crate::edge::proxies;

/// Adds the pods of each Gateway that Istio or Envoy Gateway serves, where no manifest holds them.
pub(super) fn add_pods(objects: &mut Manifests) {
    let home = proxies::namespace(objects);
    for at in 0..objects.gateways.len() {
        let Some(gateway) = objects.gateways.get(at) else { continue };
        if objects.workloads.iter().any(|workload| gateway.is_served_by(workload)) {
            continue;
        }
        let made = match gateway.class.as_str() {
            GATEWAY_CLASS | WAYPOINT_CLASS => pods(gateway),
            _ if proxies::is_envoy_gateways(objects, gateway) => {
                of_envoy_gateway(gateway, &home, proxies::are_shared(objects, gateway))
            }
            _ => continue,
        };
        objects.workloads.push(made);
    }
}

/// The proxies that Envoy Gateway makes for one Gateway, or for all of its class (`EnvoyLabels` in
/// internal/infrastructure/kubernetes/proxy): beside its controller, in another namespace than the Gateway.
fn of_envoy_gateway(gateway: &Gateway, home: &str, shared: bool) -> Workload {
    let (namespace, own) = (gateway.meta.namespace.as_str(), gateway.meta.name.as_str());
    let name = if shared { format!("envoy-{}", gateway.class) } else { format!("envoy-{namespace}-{own}") };
    let mut labels = Labels::from([
        ("app.kubernetes.io/name", "envoy"),
        ("app.kubernetes.io/component", "proxy"),
        ("app.kubernetes.io/managed-by", "envoy-gateway"),
    ]);
    if shared {
        labels.imply(label::OWNING_CLASS, &gateway.class);
    } else {
        labels.imply(label::OWNING_GATEWAY, own);
        labels.imply(label::OWNING_GATEWAY_NAMESPACE, namespace);
    }
    // Ports that only root may listen on are moved up (`ContainerPort` of the infrastructure).
    let ports = gateway.listeners.iter().map(|listener| {
        let port = if listener.port < 1024 { listener.port.saturating_add(10_000) } else { listener.port };
        (port, listener.span)
    });
    let container = proxy("envoy", ports.collect(), gateway.meta.span);
    let meta = Meta { namespace: home.to_owned(), ..gateway.meta.clone() };
    made(meta, name, labels, container)
}

/// The pods that Istio makes for one Gateway.
fn pods(gateway: &Gateway) -> Workload {
    let name = if gateway.is_waypoint() { gateway.meta.name.clone() } else { format!("{}-istio", gateway.meta.name) };
    let mut labels = Labels::from([
        (label::GATEWAY_NAME, gateway.meta.name.as_str()),
        (label::GATEWAY_CLASS_NAME, gateway.class.as_str()),
        (label::DATAPLANE_MODE, "none"),
    ]);
    labels.imply(label::CANONICAL_NAME, &name);
    let span = gateway.meta.span;
    let ports = gateway.listeners.iter().map(|listener| (listener.port, listener.span));
    let container = proxy(PROXY_CONTAINER, ports.chain([(port::HEALTH, span)]).collect(), span);
    made(gateway.meta.clone(), name, labels, container)
}

/// The container of a proxy that listens on ports.
fn proxy(name: &str, ports: Vec<(u16, Span)>, span: Span) -> Container {
    let port =
        |(port, span): (u16, Span)| ContainerPort { name: None, port, protocol: Protocol::Tcp, host_port: None, span };
    Container {
        name: name.to_owned(),
        init: false,
        restarts: false,
        image: String::new(),
        arguments: Vec::new(),
        ports: ports.into_iter().map(port).collect(),
        user: None,
        group: None,
        privileged: false,
        capabilities: Vec::new(),
        has_command: false,
        first_argument: None,
        changes: None,
        span,
        security_span: span,
    }
}

/// Pods that a controller makes for a Gateway, under an account of their own name.
fn made(gateway: Meta, name: String, labels: Labels, container: Container) -> Workload {
    let span = gateway.span;
    let meta = Meta {
        kind: "Gateway".to_owned(),
        name: name.clone(),
        owner: None,
        labels: Labels::default(),
        annotations: Labels::default(),
        ..gateway
    };
    Workload {
        meta,
        labels,
        annotations: Labels::default(),
        service_account: name,
        service_account_span: span,
        host_network: None,
        containers: vec![container],
        user: None,
        group: None,
        stores: Vec::new(),
        addresses: Vec::new(),
        is_running: false,
        has_ended: false,
        span,
        labels_span: None,
    }
}
