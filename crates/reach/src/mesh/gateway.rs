//! Which gateways serve a route.

use meshveil_objects::kinds::entry::{Parent, Route};
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::label;

use crate::cluster::Cluster;

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
    let is_parent = |w: &Workload| {
        let name = w.labels.get(label::GATEWAY_NAME);
        route.parents.iter().any(|p| {
            p.kind == "Gateway"
                && p.namespace == w.meta.namespace
                && Some(p.name.as_str()) == name
                && takes(manifests, p, route)
        })
    };
    let is_waypoint = |w: &Workload| manifests.gateways.iter().any(|g| g.is_waypoint() && g.is_served_by(w));
    pods.filter(|(_, w)| is_parent(w) && !is_waypoint(w)).map(|(at, _)| at).collect()
}

/// Whether a parent takes a route; one that no manifest holds may.
fn takes(manifests: &Cluster, parent: &Parent, route: &Route) -> bool {
    let mut gateways = manifests.gateways.iter();
    let found = gateways.find(|g| g.meta.namespace == parent.namespace && g.meta.name == parent.name);
    let namespace = &route.meta.namespace;
    found.is_none_or(|gateway| gateway.takes_from(namespace, manifests.namespace_labels(namespace)))
}
