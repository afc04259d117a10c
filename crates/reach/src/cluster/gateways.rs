//! The pods that Istio makes for Gateways.

use meshveil_objects::Manifests;
use meshveil_objects::kinds::entry::Gateway;
use meshveil_objects::kinds::port::Protocol;
use meshveil_objects::kinds::workload::{Container, ContainerPort, Workload};
use meshveil_objects::meta::{Labels, Meta};
use meshveil_objects::well_known::{GATEWAY_CLASS, PROXY_CONTAINER, WAYPOINT_CLASS, label, port};
use meshveil_text::Span;

/// Adds the pods of each Gateway that Istio serves, where no manifest holds them.
pub(super) fn add_pods(objects: &mut Manifests) {
    for gateway in &objects.gateways {
        let is_made = matches!(gateway.class.as_str(), GATEWAY_CLASS | WAYPOINT_CLASS);
        if is_made && !objects.workloads.iter().any(|workload| gateway.is_served_by(workload)) {
            objects.workloads.push(pods(gateway));
        }
    }
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
    let container_port =
        |port: u16, span: Span| ContainerPort { name: None, port, protocol: Protocol::Tcp, host_port: None, span };
    let ports = gateway.listeners.iter().map(|listener| container_port(listener.port, listener.span));
    let container = Container {
        name: PROXY_CONTAINER.to_owned(),
        init: false,
        restarts: false,
        image: String::new(),
        arguments: Vec::new(),
        ports: ports.chain([container_port(port::HEALTH, span)]).collect(),
        user: None,
        group: None,
        privileged: false,
        capabilities: Vec::new(),
        has_command: false,
        first_argument: None,
        changes: None,
        span,
        security_span: span,
    };
    let meta = Meta {
        kind: "Gateway".to_owned(),
        name: name.clone(),
        owner: None,
        labels: Labels::default(),
        annotations: Labels::default(),
        ..gateway.meta.clone()
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
