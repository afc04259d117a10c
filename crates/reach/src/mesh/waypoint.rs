//! Which waypoint serves a Service or a pod.

use crate::manifest::Manifests;
use crate::manifest::kinds::entry::Gateway;
use crate::manifest::kinds::service::Service;
use crate::manifest::kinds::workload::Workload;
use crate::manifest::meta::Labels;

const USE: &str = "istio.io/use-waypoint";
const USE_NAMESPACE: &str = "istio.io/use-waypoint-namespace";

/// What the labels of an object and its namespace say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waypoint<'m> {
    /// None is asked for.
    None,
    /// One is asked for that does not exist, or does not serve this kind of destination or this namespace: traffic goes
    /// without it.
    Missing(String),
    /// This one.
    Found(&'m Gateway),
}

fn find<'m>(manifests: &'m Manifests, own: &Labels, namespace: &str, serves: &[&str]) -> Waypoint<'m> {
    let inherited = manifests.namespace_labels(namespace);
    let labels = if own.get(USE).is_some() { own } else { inherited };
    let Some(name) = labels.get(USE).filter(|name| *name != "none") else { return Waypoint::None };
    let home = labels.get(USE_NAMESPACE).unwrap_or(namespace);
    let gateway =
        manifests.gateways.iter().find(|g| g.meta.namespace == home && g.meta.name == name && g.is_waypoint());
    match gateway {
        Some(gateway)
            if serves.contains(&gateway.waypoint_for())
                && gateway.takes_from(namespace, manifests.namespace_labels(namespace)) =>
        {
            Waypoint::Found(gateway)
        }
        _ => Waypoint::Missing(format!("{home}/{name}")),
    }
}

/// The waypoint of a Service.
#[must_use]
pub fn of_service<'m>(manifests: &'m Manifests, service: &Service) -> Waypoint<'m> {
    find(manifests, &service.meta.labels, &service.meta.namespace, &["service", "all"])
}

/// The waypoint of pods addressed directly.
#[must_use]
pub fn of_workload<'m>(manifests: &'m Manifests, workload: &Workload) -> Waypoint<'m> {
    match find(manifests, &workload.labels, &workload.meta.namespace, &["workload", "all"]) {
        // A waypoint for Services leaves pod addresses alone; that is no mistake of the label.
        Waypoint::Missing(_) if workload.labels.get(USE).is_none() => Waypoint::None,
        found => found,
    }
}

/// The pods of a Gateway: those that carry its name.
#[must_use]
pub fn pods(manifests: &Manifests, gateway: &Gateway) -> Option<usize> {
    let key = "gateway.networking.k8s.io/gateway-name";
    manifests.workloads.iter().position(|workload| {
        workload.meta.namespace == gateway.meta.namespace
            && workload.labels.get(key) == Some(gateway.meta.name.as_str())
    })
}

/// Whether an ingress gateway sends requests for a Service through its waypoint.
#[must_use]
pub fn from_ingress(manifests: &Manifests, service: &Service) -> bool {
    let key = "istio.io/ingress-use-waypoint";
    let own = service.meta.labels.get(key);
    own.or_else(|| manifests.namespace_labels(&service.meta.namespace).get(key)) == Some("true")
}
