//! Paths: from where, as whom, through which entry, to which port.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use meshveil_objects::kinds::port::Protocol;
use meshveil_objects::kinds::service::Service;
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::port::{HBONE, OF_PROXIES, SSH};

use crate::cluster::Plane;
use crate::mesh::{gateway, waypoint::canary_of};
use crate::network::Endpoint;
use crate::verdict::Reach;

/// What the source shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub enum Credential {
    /// Nothing.
    #[serde(rename = "plaintext")]
    Plaintext,
    /// The certificate of its ServiceAccount, in mutual TLS to the pod's port.
    #[serde(rename = "mTLS")]
    Mtls,
    /// The same certificate, in a tunnel to port 15008.
    #[serde(rename = "HBONE")]
    Hbone,
}

impl Credential {
    /// Short name for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Mtls => "mTLS",
            Self::Hbone => "HBONE",
        }
    }
}

/// The way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entry {
    /// The pod's address.
    Pod,
    /// A Service: index into [`meshveil_objects::Manifests::services`].
    Service(usize),
    /// A node's port or a load balancer in front of a Service.
    Node(usize),
    /// A node's port that leads straight to the pod.
    HostPort,
    /// A gateway or an Ingress: index into [`meshveil_objects::Manifests::routes`], and index of the gateway's workload.
    Gateway(usize, usize),
}

/// One path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    /// Who asks.
    pub source: Endpoint,
    /// Whose port: index into [`meshveil_objects::Manifests::workloads`].
    pub destination: usize,
    /// The way in.
    pub entry: Entry,
    /// What the source shows.
    pub credential: Credential,
    /// The pod's port (TCP).
    pub port: u16,
    /// Whether a container or a Service declares the port.
    pub declared: bool,
    /// Whether it takes the second waypoint of the Service, which gets a share of the connections.
    pub canary: bool,
}

impl Reach<'_> {
    /// The TCP ports that containers or Services declare, each with the Services that lead there.
    #[must_use]
    pub fn declared_ports(&self, workload: &Workload) -> BTreeMap<u16, Vec<usize>> {
        let own = workload.ports().filter(|port| port.protocol == Protocol::Tcp);
        let mut ports: BTreeMap<u16, Vec<usize>> = own.map(|port| (port.port, Vec::new())).collect();
        for at in self.services.get(workload.meta.namespace.as_str()).into_iter().flatten().copied() {
            if let Some(service) = self.manifests.services.get(at).filter(|service| service.leads_to(workload)) {
                for port in service.ports.iter().filter(|port| port.protocol == Protocol::Tcp) {
                    if let Some(number) = port.resolve(workload) {
                        ports.entry(number).or_default().push(at);
                    }
                }
            }
        }
        for services in ports.values_mut() {
            services.dedup();
        }
        ports.retain(|port, _| !OF_PROXIES.contains(port));
        ports
    }

    /// Every path from a source to a workload: each credential the source has, each entry, each declared port, and one
    /// undeclared port that the network lets through, if there is one.
    #[must_use]
    pub fn paths(&self, source: Endpoint, destination: usize) -> Vec<Path> {
        let Some(workload) = self.manifests.workloads.get(destination) else { return Vec::new() };
        let declared = self.declared_ports(workload);
        let mut paths = Vec::new();
        for credential in self.credentials(source, destination) {
            let mut add = |entry: Entry, port: u16, declared: bool| {
                let path = Path { source, destination, entry, credential, port, declared, canary: false };
                paths.push(path);
                if self.has_canary(&path) {
                    paths.push(Path { canary: true, ..path });
                }
            };
            for (port, services) in &declared {
                if matches!(source, Endpoint::Workload(_)) || self.enrolled(destination) != Plane::Proxy {
                    add(Entry::Pod, *port, true);
                }
                for service in services.iter().filter(|_| matches!(source, Endpoint::Workload(_))) {
                    add(Entry::Service(*service), *port, true);
                }
                // A gateway takes any source, from inside too, and connects with its own identity.
                for (route, gateway) in self.gateways_to(services) {
                    let own = source == Endpoint::Workload(gateway) || gateway == destination;
                    if credential == Credential::Plaintext && !own {
                        add(Entry::Gateway(route, gateway), *port, true);
                    }
                }
                if matches!(source, Endpoint::Range(_)) {
                    for service in services {
                        if self.manifests.services.get(*service).is_some_and(Service::opens_nodes) {
                            add(Entry::Node(*service), *port, true);
                        }
                    }
                    if workload.ports().any(|p| p.port == *port && p.host_port.is_some()) {
                        add(Entry::HostPort, *port, true);
                    }
                }
            }
            if let Some(port) = self.undeclared_port(source, destination, credential, &declared) {
                add(Entry::Pod, port, false);
            }
        }
        paths
    }

    /// Every path from a source to one port of a workload, whether it is declared and whether the network lets it through.
    #[must_use]
    pub fn paths_to_port(&self, source: Endpoint, destination: usize, port: u16) -> Vec<Path> {
        let declared: Vec<Path> =
            self.paths(source, destination).into_iter().filter(|path| path.declared && path.port == port).collect();
        if !declared.is_empty() {
            return declared;
        }
        let path = |credential| Path {
            source,
            destination,
            entry: Entry::Pod,
            credential,
            port,
            declared: false,
            canary: false,
        };
        self.credentials(source, destination).into_iter().map(path).collect()
    }

    /// Whether some connections on a path take a second waypoint.
    fn has_canary(&self, path: &Path) -> bool {
        let services = &self.manifests.services;
        match path.entry {
            Entry::Service(at) if path.credential == Credential::Hbone => {
                services.get(at).is_some_and(|service| canary_of(self.manifests, service).is_some())
            }
            Entry::Gateway(route, _) => self.manifests.routes.get(route).is_some_and(|route| {
                let led_to = |service: &&Service| route.backends.iter().any(|backend| backend.is(service));
                services.iter().filter(led_to).any(|service| canary_of(self.manifests, service).is_some())
            }),
            _ => false,
        }
    }

    /// What carries the traffic of a workload.
    #[must_use]
    pub fn enrolled(&self, workload: usize) -> Plane {
        self.enrollments.get(workload).map_or(Plane::Outside, |e| e.plane)
    }

    fn credentials(&self, source: Endpoint, destination: usize) -> Vec<Credential> {
        let Endpoint::Workload(source) = source else { return vec![Credential::Plaintext] };
        let to_ambient = self.enrolled(destination) == Plane::Ambient;
        match self.enrolled(source) {
            Plane::Outside => vec![Credential::Plaintext],
            Plane::Ambient => vec![Credential::Plaintext, Credential::Hbone],
            Plane::Sidecar | Plane::Proxy if to_ambient => vec![Credential::Plaintext, Credential::Hbone],
            Plane::Sidecar | Plane::Proxy => vec![Credential::Plaintext, Credential::Mtls],
        }
    }

    /// Routes that lead to one of the Services, with the workload of their gateway.
    fn gateways_to(&self, services: &[usize]) -> BTreeSet<(usize, usize)> {
        services.iter().filter_map(|service| self.ways.get(service)).flatten().copied().collect()
    }

    /// By Service: the routes that lead to it, with the workloads of their gateways.
    pub(super) fn ways(&self) -> HashMap<usize, Vec<(usize, usize)>> {
        let mut ways: HashMap<usize, Vec<(usize, usize)>> = HashMap::new();
        for (at, route) in self.manifests.routes.iter().enumerate() {
            let gateways = gateway::workloads(self.manifests, route);
            for backend in route.backends.iter().filter(|_| !gateways.is_empty()) {
                for service in self.services.get(backend.namespace.as_str()).into_iter().flatten() {
                    if self.manifests.services.get(*service).is_some_and(|s| backend.is(s)) {
                        ways.entry(*service).or_default().extend(gateways.iter().map(|gateway| (at, *gateway)));
                    }
                }
            }
        }
        ways
    }

    /// The lowest undeclared port that the network allows.
    fn undeclared_port(
        &self,
        source: Endpoint,
        destination: usize,
        credential: Credential,
        declared: &BTreeMap<u16, Vec<usize>>,
    ) -> Option<u16> {
        let ports = self.network.ports_between(source, Endpoint::Workload(destination));
        let free = |port: &u16| !declared.contains_key(port) && !OF_PROXIES.contains(port) && *port != SSH;
        if credential == Credential::Hbone {
            return ports.contains(Protocol::Tcp, HBONE).then(|| (1024..).find(free)).flatten();
        }
        // Above 1024 first: that is where applications listen.
        let intervals = ports.intervals(Protocol::Tcp);
        let high = intervals.iter().flat_map(|(first, last)| (*first).max(1024)..=*last);
        let low = intervals.iter().flat_map(|(first, last)| *first..=*last);
        high.chain(low).find(free)
    }
}
