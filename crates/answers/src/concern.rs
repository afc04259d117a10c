//! Which objects can affect requests to a workload: the proxies on the path, and the namespaces whose policies apply
//! to them.

use std::collections::BTreeSet;

use meshveil_reach::manifest::Manifests;
use meshveil_reach::manifest::kinds::entry::Gateway;
use meshveil_reach::manifest::kinds::service::Service;
use meshveil_reach::mesh::gateway;
use meshveil_reach::mesh::waypoint::{self, Waypoint};

/// What can affect requests to one workload.
#[derive(Debug, Clone)]
pub(crate) struct Concern<'m> {
    /// The workload, and the pods of the waypoints and gateways before it.
    pub gates: Vec<usize>,
    /// The waypoints before it.
    pub waypoints: Vec<&'m Gateway>,
    namespaces: BTreeSet<&'m str>,
}

impl<'m> Concern<'m> {
    pub(crate) fn new(manifests: &'m Manifests, destination: usize) -> Self {
        let mut concern = Self { gates: vec![destination], waypoints: Vec::new(), namespaces: BTreeSet::new() };
        concern.namespaces.insert(&manifests.mesh.root_namespace);
        let Some(workload) = manifests.workloads.get(destination) else { return concern };
        concern.namespaces.insert(&workload.meta.namespace);
        let services: Vec<&Service> = manifests.services.iter().filter(|service| service.leads_to(workload)).collect();
        let of_services = services.iter().map(|service| waypoint::of_service(manifests, service));
        for found in of_services.chain([waypoint::of_workload(manifests, workload)]) {
            if let Waypoint::Found(gateway) = found {
                concern.namespaces.insert(&gateway.meta.namespace);
                concern.waypoints.push(gateway);
                concern.gates.extend(waypoint::pods(manifests, gateway));
            }
        }
        for route in &manifests.routes {
            if services.iter().any(|service| route.backends.iter().any(|backend| backend.is(service))) {
                for gateway in gateway::workloads(manifests, route) {
                    concern.gates.push(gateway);
                    let workload = manifests.workloads.get(gateway);
                    concern.namespaces.extend(workload.map(|workload| workload.meta.namespace.as_str()));
                }
            }
        }
        concern.gates.sort_unstable();
        concern.gates.dedup();
        concern
    }

    /// Whether Istio's policies of a namespace can decide about these requests: those of the pods' own namespaces and of the
    /// root namespace.
    pub(crate) fn obeys(&self, namespace: &str) -> bool {
        self.namespaces.contains(namespace)
    }
}
