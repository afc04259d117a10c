//! Paths: from where, as whom, through which entry, to which port.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use meshveil_objects::kinds::envoy_gateway::Certificates;
use meshveil_objects::kinds::port::Protocol;
use meshveil_objects::kinds::service::{Service, ServicePort};
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::meta::Meta;
use meshveil_objects::well_known::annotation;
use meshveil_objects::well_known::port::{HBONE, OF_PROXIES, SSH};

use crate::cluster::{Cluster, Plane};
use crate::edge;
use crate::mesh::authorization::Scope;
use crate::mesh::{gateway, waypoint::canary_of};
use crate::network::{Endpoint, PortSet};
use crate::verdict::{Doubt, Possible, Reach};

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
    /// What may lead here and is not known: index into [`Reach::doubts`].
    Unread(usize),
    /// A listener of Envoy Gateway: index into [`Reach::passages`].
    Listener(usize),
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

    /// Every path from a source to a workload: each credential the source has, each entry, each declared port, and of the
    /// undeclared ports that the network lets through one of each kind that rules tell apart.
    #[must_use]
    pub fn paths(&self, source: Endpoint, destination: usize) -> Vec<Path> {
        let Some(workload) = self.manifests.workloads.get(destination) else { return Vec::new() };
        let declared = self.declared_ports(workload);
        let (mut paths, mut edges) = (Vec::new(), Vec::new());
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
                if credential == Credential::Plaintext {
                    for (passage, credential) in self.listeners_to(source, destination, services, *port) {
                        let entry = Entry::Listener(passage);
                        let path =
                            Path { source, destination, entry, credential, port: *port, declared: true, canary: false };
                        edges.push(path);
                    }
                    for doubt in self.doubts.leading_to(services) {
                        add(Entry::Unread(doubt), *port, true);
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
            for port in self.undeclared_ports(source, destination, credential, &declared) {
                add(Entry::Pod, port, false);
            }
        }
        paths.append(&mut edges);
        paths
    }

    /// The listeners of Envoy Gateway that lead to a port by one of its Services, each without and with a certificate where it
    /// asks for one and the source has one.
    fn listeners_to(
        &self,
        source: Endpoint,
        destination: usize,
        services: &[usize],
        port: u16,
    ) -> Vec<(usize, Credential)> {
        let Some(workload) = self.manifests.workloads.get(destination) else { return Vec::new() };
        let leads = |(service, wanted): &(usize, Option<u16>)| {
            let ports =
                self.manifests.services.get(*service).map(|service| service.ports.as_slice()).unwrap_or_default();
            let fits = |known: &ServicePort| {
                known.protocol == Protocol::Tcp
                    && wanted.is_none_or(|wanted| wanted == known.port)
                    && known.resolve(workload) == Some(port)
            };
            services.contains(service) && ports.iter().any(fits)
        };
        let mut found = Vec::new();
        for at in self.edge.leading_to(services) {
            let Some(passage) = self.edge.passages.get(at) else { continue };
            let is_own = source == Endpoint::Workload(passage.proxies) || passage.proxies == destination;
            if is_own || !passage.services.iter().any(leads) {
                continue;
            }
            found.push((at, Credential::Plaintext));
            if matches!(source, Endpoint::Workload(_)) && passage.clients.certificates != Certificates::NotAsked {
                found.push((at, Credential::Mtls));
            }
        }
        found
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

    /// The ports on which one endpoint reaches another, or may reach it for what is known.
    #[must_use]
    pub fn ports_between(&self, source: Endpoint, destination: Endpoint) -> PortSet {
        let in_doubt = [source, destination].into_iter().any(|end| self.connecting(end).is_some());
        if in_doubt { PortSet::all() } else { self.network.ports_between(source, destination) }
    }

    /// What may let the network connect an endpoint, whatever NetworkPolicies say.
    pub(super) fn connecting(&self, endpoint: Endpoint) -> Option<usize> {
        self.doubts.connecting(&self.network.workload(endpoint)?.meta.namespace)
    }

    /// The script that runs in a proxy beside the masking filter.
    pub(super) fn script(&self, scope: Scope<'_>) -> Option<usize> {
        self.doubts.script(self.manifests, scope)
    }

    /// Every object that may open something without it being known.
    #[must_use]
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts.all
    }

    /// The index of what is not known of a passage.
    pub(super) fn doubt_at(&self, doubt: &edge::Doubt) -> Option<usize> {
        self.doubts.all.iter().position(|known| known.effect == Possible::Edge(doubt.clone()))
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
            Plane::Outside if self.principal(source).is_none() => vec![Credential::Plaintext],
            Plane::Ambient => vec![Credential::Plaintext, Credential::Hbone],
            Plane::Sidecar | Plane::Proxy | Plane::Outside if to_ambient => {
                vec![Credential::Plaintext, Credential::Hbone]
            }
            Plane::Sidecar | Plane::Proxy | Plane::Outside => vec![Credential::Plaintext, Credential::Mtls],
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

    /// Undeclared ports that the network allows, one for each kind that rules tell apart: every port that something names, and
    /// the lowest that nothing does.
    fn undeclared_ports(
        &self,
        source: Endpoint,
        destination: usize,
        credential: Credential,
        declared: &BTreeMap<u16, Vec<usize>>,
    ) -> Vec<u16> {
        let ports = self.ports_between(source, Endpoint::Workload(destination));
        let free = |port: &u16| !declared.contains_key(port) && !OF_PROXIES.contains(port) && *port != SSH;
        let named = self.told_apart(destination);
        let unnamed = |port: &u16| free(port) && !named.contains(port);
        if credential == Credential::Hbone {
            if !ports.contains(Protocol::Tcp, HBONE) {
                return Vec::new();
            }
            return (1024..).find(unnamed).into_iter().chain(named.iter().copied().filter(free)).collect();
        }
        // Above 1024 first: that is where applications listen.
        let intervals = ports.intervals(Protocol::Tcp);
        let high = intervals.iter().flat_map(|(first, last)| (*first).max(1024)..=*last);
        let low = intervals.iter().flat_map(|(first, last)| *first..=*last);
        let lowest = high.chain(low).find(unnamed);
        let open = named.iter().copied().filter(|port| free(port) && ports.contains(Protocol::Tcp, *port));
        lowest.into_iter().chain(open).collect()
    }

    /// The ports that anything but NetworkPolicy tells apart from others at a workload.
    fn told_apart(&self, workload: usize) -> &BTreeSet<u16> {
        static NONE: BTreeSet<u16> = BTreeSet::new();
        let found = self.told_apart.get(workload).zip(self.manifests.workloads.get(workload));
        found.map_or(&NONE, |(known, workload)| known.get_or_init(|| singled_out(self.manifests, workload)))
    }
}

/// The ports that annotations, AuthorizationPolicies, PeerAuthentications, Sidecars, extensions and patches name, where they
/// may concern a workload.
fn singled_out(manifests: &Cluster, workload: &Workload) -> BTreeSet<u16> {
    let root = manifests.mesh.root_namespace.as_str();
    let concerns = |meta: &Meta| meta.namespace == workload.meta.namespace || meta.namespace == root;
    let listed = [annotation::INCLUDE_INBOUND_PORTS, annotation::EXCLUDE_INBOUND_PORTS, annotation::STATUS_PORT];
    let texts = listed.iter().filter_map(|key| workload.annotations.get(key)).flat_map(|list| list.split(','));
    let mut ports: BTreeSet<u16> = texts.filter_map(|port| port.trim().parse().ok()).collect();
    for policy in manifests.authorization_policies.iter().filter(|policy| concerns(&policy.meta)) {
        for rule in &policy.rules {
            let operations = rule.to.iter().map(|operation| &operation.ports);
            let conditions = rule.when.iter().filter(|condition| condition.key == "destination.port");
            let values = operations.chain(conditions.map(|condition| &condition.values));
            ports.extend(values.flat_map(|v| v.any.iter().chain(&v.none)).filter_map(|port| port.parse::<u16>().ok()));
        }
    }
    let peers = manifests.peer_authentications.iter().filter(|policy| concerns(&policy.meta));
    ports.extend(peers.flat_map(|policy| policy.ports.iter().map(|(port, _, _)| *port)));
    let sidecars = manifests.sidecars.iter().filter(|sidecar| concerns(&sidecar.meta));
    ports.extend(sidecars.flat_map(|sidecar| sidecar.ingress.iter().map(|listener| listener.port)));
    let extensions = manifests.extensions.iter().filter(|extension| concerns(&extension.meta));
    ports.extend(extensions.flat_map(|e| &e.matches).flat_map(|one| one.ports.iter().copied()));
    let filters = manifests.envoy_filters.iter().filter(|filter| concerns(&filter.meta));
    ports.extend(filters.flat_map(|filter| &filter.patches).filter_map(|patch| patch.conditions.port));
    ports.remove(&0);
    ports
}
