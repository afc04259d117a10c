//! The list of connections, one per line, sorted, in the form other analysers print.

use crate::network::compile::{Endpoint, Network};
use crate::network::matrix::Matrix;
use crate::network::ports::PortSet;

/// One connection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Connection {
    /// The source, as [`Network::title`] names it.
    pub source: String,
    /// The destination.
    pub destination: String,
    /// The ports.
    pub ports: PortSet,
}

impl std::fmt::Display for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} => {} : {}", self.source, self.destination, self.ports)
    }
}

impl Matrix {
    /// Every connection between different workloads, and between workloads and addresses, sorted. Neighbouring ranges
    /// of addresses with the same ports are one.
    #[must_use]
    pub fn connections(&self, network: &Network<'_>) -> Vec<Connection> {
        self.list(network, |_| false)
    }

    /// The same with what pods on the node's network reach: a node's own connections to its pods pass every policy, and
    /// such a pod may run on the node of any other.
    #[must_use]
    pub fn possible_connections(&self, network: &Network<'_>) -> Vec<Connection> {
        self.list(network, |source| network.workload(source).is_some_and(|workload| workload.host_network.is_some()))
    }

    fn list(&self, network: &Network<'_>, passes_all: impl Fn(Endpoint) -> bool) -> Vec<Connection> {
        let all = PortSet::all();
        let mut found = Vec::new();
        let workloads: Vec<Endpoint> = (0..network.manifests.workloads.len()).map(Endpoint::Workload).collect();
        for destination in &workloads {
            for source in workloads.iter().filter(|source| *source != destination) {
                let ports = if passes_all(*source) { &all } else { self.ports(*source, *destination) };
                if !ports.is_empty() {
                    let (source, destination) = (network.title(*source), network.title(*destination));
                    found.push(Connection { source, destination, ports: ports.clone() });
                }
            }
        }
        for workload in &workloads {
            let title = network.title(*workload);
            for (range, ports) in joined(network, |range| self.ports(range, *workload)) {
                found.push(Connection { source: range, destination: title.clone(), ports: ports.clone() });
            }
            for (range, ports) in joined(network, |range| self.ports(*workload, range)) {
                found.push(Connection { source: title.clone(), destination: range, ports: ports.clone() });
            }
        }
        found.sort();
        found
    }
}

/// Neighbouring ranges with the same ports, joined and named; those with none are left out.
fn joined<'p>(network: &Network<'_>, ports: impl Fn(Endpoint) -> &'p PortSet) -> Vec<(String, &'p PortSet)> {
    let mut joined: Vec<(crate::network::blocks::AddressRange, &PortSet)> = Vec::new();
    for (at, range) in network.ranges().iter().enumerate() {
        let ports = ports(Endpoint::Range(at));
        match joined.last_mut() {
            Some((last, known)) if last.family == range.family && *known == ports => last.last = range.last,
            _ => joined.push((*range, ports)),
        }
    }
    joined.retain(|(_, ports)| !ports.is_empty());
    joined.into_iter().map(|(range, ports)| (format!("{range}[External]"), ports)).collect()
}
