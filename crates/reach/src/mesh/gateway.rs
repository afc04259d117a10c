//! Which gateways serve a route.

use meshveil_objects::kinds::entry::{Parent, Route};
use meshveil_objects::kinds::service::Service;
use meshveil_objects::kinds::traffic::IstioGateway;
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::{GATEWAY_CLASS, annotation, label};

use crate::cluster::Cluster;
use crate::edge::proxies;

/// The workloads that serve a route: the pods of its parents, or, for an Ingress, known ingress controllers.
#[must_use]
pub fn workloads(manifests: &Cluster, route: &Route) -> Vec<usize> {
    let pods = manifests.workloads.iter().enumerate();
    if route.meta.kind == "Ingress" {
        // Each with the class that is its own by convention. A class of another name may belong to any controller.
        const CONTROLLERS: [(&str, &str, &str); 6] = [
            ("app.kubernetes.io/name", "ingress-nginx", "nginx"),
            ("app.kubernetes.io/name", "traefik", "traefik"),
            ("app", "ingress-nginx", "nginx"),
            ("app", "traefik", "traefik"),
            ("app.kubernetes.io/component", "ingress-controller", ""),
            ("istio", "ingressgateway", "istio"),
        ];
        let conventional = |class: &&str| CONTROLLERS.iter().any(|(_, _, own)| own == class);
        let class = route.class.as_deref().filter(conventional);
        let known = |w: &Workload| {
            CONTROLLERS.iter().any(|(key, value, own)| {
                w.labels.get(key) == Some(*value) && class.is_none_or(|class| own.is_empty() || *own == class)
            })
        };
        return pods.filter(|(_, w)| known(w)).map(|(at, _)| at).collect();
    }
    let is_waypoint = |w: &Workload| manifests.gateways.iter().any(|g| g.is_waypoint() && g.is_served_by(w));
    let own: Vec<&Parent> = route.parents.iter().filter(|parent| !is_at_edge(manifests, parent)).collect();
    let serves = |w: &Workload| own.iter().any(|parent| is_of(manifests, parent, route, w));
    pods.filter(|(_, w)| serves(w) && !is_waypoint(w)).map(|(at, _)| at).collect()
}

/// Whether a parent is a Gateway of Envoy Gateway: see [`crate::edge`].
fn is_at_edge(manifests: &Cluster, parent: &Parent) -> bool {
    parent.kind == "Gateway" && proxies::is_served(manifests, &parent.namespace, &parent.name)
}

/// Whether pods serve a parent of a route.
fn is_of(manifests: &Cluster, parent: &Parent, route: &Route, pods: &Workload) -> bool {
    match parent.kind.as_str() {
        "Gateway" => {
            parent.namespace == pods.meta.namespace
                && Some(parent.name.as_str()) == pods.labels.get(label::GATEWAY_NAME)
                && takes(manifests, parent, route)
        }
        // Istio's own Gateway selects pods in any namespace.
        "IstioGateway" => istio_gateway(manifests, parent).is_some_and(|gateway| {
            let fits = |value: &str, wanted: &[String]| wanted.iter().any(|wanted| wanted == value);
            gateway.selector.iter().all(|r| pods.labels.get(&r.key).is_some_and(|value| fits(value, &r.values)))
        }),
        _ => false,
    }
}

fn istio_gateway<'m>(manifests: &'m Cluster, parent: &Parent) -> Option<&'m IstioGateway> {
    let mut gateways = manifests.istio_gateways.iter();
    gateways.find(|gateway| gateway.meta.namespace == parent.namespace && gateway.meta.name == parent.name)
}

/// Whether pods may serve a route that no manifest holds: those of the controller of an Ingress, or of one of the gateways.
#[must_use]
pub fn is_unknown(manifests: &Cluster, route: &Route) -> bool {
    if route.meta.kind == "Ingress" {
        return workloads(manifests, route).is_empty();
    }
    route.parents.iter().any(|parent| {
        let is_here = || manifests.workloads.iter().any(|pods| is_of(manifests, parent, route, pods));
        match parent.kind.as_str() {
            "Gateway" => !is_at_edge(manifests, parent) && takes(manifests, parent, route) && !is_here(),
            "IstioGateway" => !is_here(),
            // Of requests inside the mesh.
            "Service" | "ServiceEntry" => false,
            // A set of listeners, or something else that some Gateway may serve.
            _ => true,
        }
    })
}

/// Whether addresses outside the cluster get to the pods of a gateway at all: by a port of the nodes, a load balancer, or
/// another way in. Pods without any Service may have one that no manifest holds.
#[must_use]
pub fn is_open_outside(manifests: &Cluster, pods: &Workload) -> bool {
    let services: Vec<&Service> = manifests.services.iter().filter(|service| service.leads_to(pods)).collect();
    if pods.host_network.is_some()
        || pods.ports().any(|port| port.host_port.is_some())
        || services.iter().any(|service| service.opens_nodes())
        || manifests.routes.iter().any(|route| services.iter().any(|s| route.backends.iter().any(|b| b.is(s))))
        || manifests.skipped.iter().any(|skipped| services.iter().any(|s| skipped.may_lead_to(s)))
    {
        return true;
    }
    let mut served = manifests.gateways.iter().filter(|gateway| gateway.is_served_by(pods));
    if let Some(gateway) = served.find(|gateway| proxies::is_envoy_gateways(manifests, gateway)) {
        return !proxies::are_inside(manifests, gateway);
    }
    // For Gateways of its class Istio makes the Service, of the type that an annotation names.
    let own = manifests.gateways.iter().find(|gateway| gateway.is_served_by(pods) && gateway.class == GATEWAY_CLASS);
    match own {
        Some(gateway) => gateway.meta.annotations.get(annotation::SERVICE_TYPE) != Some("ClusterIP"),
        None => services.is_empty(),
    }
}

/// Whether a parent takes a route; one that no manifest holds may.
fn takes(manifests: &Cluster, parent: &Parent, route: &Route) -> bool {
    let mut gateways = manifests.gateways.iter();
    let found = gateways.find(|g| g.meta.namespace == parent.namespace && g.meta.name == parent.name);
    let namespace = &route.meta.namespace;
    found.is_none_or(|gateway| {
        !gateway.is_waypoint() && gateway.takes_from(namespace, manifests.namespace_labels(namespace))
    })
}
