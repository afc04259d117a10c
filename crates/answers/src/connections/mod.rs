//! Every connection that the network lets through.

use std::fmt;

use meshveil_reach::{
    Reach,
    network::{Matrix, PortSet},
};
use schemars::JsonSchema;
use serde::Serialize;

/// The ports on which one endpoint reaches another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Connection {
    /// A workload, or a range of addresses.
    pub source: String,
    /// The same.
    pub destination: String,
    /// `TCP 80,443, UDP 53`.
    #[serde(serialize_with = "crate::as_text")]
    #[schemars(with = "String")]
    pub ports: PortSet,
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} => {} : {}", self.source, self.destination, self.ports)
    }
}

/// Connections between different workloads, and between workloads and addresses, sorted.
#[must_use]
pub fn connections(reach: &Reach<'_>) -> Vec<Connection> {
    let mut found = Matrix::new(&reach.network).possible_connections(&reach.network);
    found.dedup(); // Of objects that are given twice.
    let one = |known: meshveil_reach::network::connections::Connection| Connection {
        source: known.source,
        destination: known.destination,
        ports: known.ports,
    };
    found.into_iter().map(one).collect()
}
