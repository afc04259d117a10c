//! Questions about a cluster and the policies that protect it, each with its answer as data.
//!
//! [`cluster`] reads policies and manifests; then one module per question: [`matrix`] (who gets which field in which form),
//! [`connections`], [`explain`] (why), [`diff`] (what a change means), [`expect`] (whether sentences hold),
//! [`unknown_pods`] (what a pod that is not in the manifests would get), [`faults`] (what leaks when one object fails),
//! [`checks`] (known mistakes and bypasses) and [`fixes`]. Answers hold names, forms, places and reasons; nothing here
//! reads files or prints.

pub mod accepted;
pub mod checks;
pub mod cluster;
mod concern;
pub mod connections;
pub mod diff;
mod document;
pub mod expect;
pub mod explain;
pub mod faults;
pub mod fixes;
pub mod matrix;
pub mod names;
mod place;
mod schema;
pub mod unknown_pods;
pub mod words;
mod works;

pub use cluster::Cluster;
pub use document::{Counts, Document};
pub use place::Place;

use std::fmt::Display;

use meshveil_policy::Policy;
use meshveil_reach::{Reach, network::Endpoint};
use serde::Serializer;

/// `namespace/name` of a policy.
fn name_of(policy: &Policy) -> String {
    format!("{}/{}", policy.namespace.value, policy.name.value)
}

/// Whether an endpoint is one whose access to a workload is of interest: not the workload itself, and no waypoint.
fn is_source(reach: &Reach<'_>, endpoint: Endpoint, destination: usize) -> bool {
    match endpoint {
        Endpoint::Workload(at) => at != destination && !reach.is_waypoint(at),
        Endpoint::Range(_) => true,
    }
}

/// Serialises what a value is in words.
fn as_text<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
