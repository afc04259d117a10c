//! Which waypoint serves a Service or a pod.

use meshveil_objects::kinds::entry::Gateway;
use meshveil_objects::kinds::service::Service;
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::meta::Labels;
use meshveil_objects::well_known::annotation::CANARY_WEIGHT;
use meshveil_objects::well_known::label::{
    CANARY_WAYPOINT, CANARY_WAYPOINT_NAMESPACE, INGRESS_USE_WAYPOINT, USE_WAYPOINT, USE_WAYPOINT_NAMESPACE,
};

use crate::cluster::Cluster;

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

/// The Gateway of this name, if it serves this kind of destination and takes it from this namespace. Its class does not matter
/// (`gatewayToWaypointTransform` in istiod's pilot/pkg/serviceregistry/ambient/waypoints.go).
fn named<'m>(manifests: &'m Cluster, home: &str, name: &str, namespace: &str, serves: &[&str]) -> Waypoint<'m> {
    match manifests.gateways.iter().find(|g| g.meta.namespace == home && g.meta.name == name) {
        Some(gateway)
            if serves.contains(&gateway.waypoint_for())
                && gateway.takes_from(namespace, manifests.namespace_labels(namespace)) =>
        {
            Waypoint::Found(gateway)
        }
        _ => Waypoint::Missing(format!("{home}/{name}")),
    }
}

fn find<'m>(manifests: &'m Cluster, own: &Labels, namespace: &str, serves: &[&str]) -> Waypoint<'m> {
    let inherited = manifests.namespace_labels(namespace);
    let labels = if own.get(USE_WAYPOINT).is_some() { own } else { inherited };
    let Some(name) = labels.get(USE_WAYPOINT).filter(|name| *name != "none") else { return Waypoint::None };
    named(manifests, labels.get(USE_WAYPOINT_NAMESPACE).unwrap_or(namespace), name, namespace, serves)
}

const FOR_SERVICES: [&str; 2] = ["service", "all"];

/// The second waypoint of a Service, which gets a share of its connections (`buildWeightedWaypoints` in istiod's
/// pilot/pkg/serviceregistry/ambient/waypoints.go). It stands beside a first one, and where that is inherited from the
/// namespace it may be, too.
#[must_use]
pub fn canary_of<'m>(manifests: &'m Cluster, service: &Service) -> Option<&'m Gateway> {
    let (own, namespace) = (&service.meta.labels, service.meta.namespace.as_str());
    let inherits = own.get(USE_WAYPOINT).is_none();
    let inherited = manifests.namespaces.get(namespace).filter(|_| inherits);
    let labels = match (own.get(CANARY_WAYPOINT), inherited) {
        (None, Some(namespace)) => &namespace.labels,
        _ => own,
    };
    let name = labels.get(CANARY_WAYPOINT).filter(|name| !matches!(*name, "" | "none"))?;
    let Waypoint::Found(primary) = of_service(manifests, service) else { return None };
    let weight = service.meta.annotations.get(CANARY_WEIGHT);
    let weight = weight.or_else(|| inherited.and_then(|namespace| namespace.annotations.get(CANARY_WEIGHT)));
    let takes_some =
        weight.and_then(|weight| weight.parse::<u8>().ok()).is_some_and(|weight| (1..=100).contains(&weight));
    let home = labels.get(CANARY_WAYPOINT_NAMESPACE).unwrap_or(namespace);
    match named(manifests, home, name, namespace, &FOR_SERVICES) {
        Waypoint::Found(canary) if takes_some && canary != primary => Some(canary),
        _ => None,
    }
}

/// The waypoint of a Service.
#[must_use]
pub fn of_service<'m>(manifests: &'m Cluster, service: &Service) -> Waypoint<'m> {
    find(manifests, &service.meta.labels, &service.meta.namespace, &FOR_SERVICES)
}

/// The waypoint of pods addressed directly.
#[must_use]
pub fn of_workload<'m>(manifests: &'m Cluster, workload: &Workload) -> Waypoint<'m> {
    match find(manifests, &workload.labels, &workload.meta.namespace, &["workload", "all"]) {
        // A waypoint for Services leaves pod addresses alone; that is not a mistake of the label.
        Waypoint::Missing(_) if workload.labels.get(USE_WAYPOINT).is_none() => Waypoint::None,
        found => found,
    }
}

/// The pods of a Gateway: those that carry its name.
#[must_use]
pub fn pods(manifests: &Cluster, gateway: &Gateway) -> Option<usize> {
    manifests.workloads.iter().position(|workload| gateway.is_served_by(workload))
}

/// Whether an ingress gateway sends requests for a Service through its waypoint.
#[must_use]
pub fn from_ingress(manifests: &Cluster, service: &Service) -> bool {
    let own = service.meta.labels.get(INGRESS_USE_WAYPOINT);
    let inherited = || manifests.namespace_labels(&service.meta.namespace).get(INGRESS_USE_WAYPOINT);
    own.or_else(inherited) == Some("true")
}
