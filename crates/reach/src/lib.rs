//! Who can reach which workload, by which path, and which rule of which object decided: from manifests alone, with
//! no cluster.
//!
//! Stages, in the order data meets them: objects as written (`meshveil-objects`), [`cluster`] (what follows from them),
//! [`network`] (NetworkPolicy), [`mesh`] (Istio: capture, mutual TLS, authorisation, filters), [`edge`] (Envoy Gateway:
//! listeners, certificates of clients, filters of routes), [`verdict`] (all together).

pub mod cluster;
pub mod edge;
pub use meshveil_text::finding;
pub mod mesh;
pub mod network;
pub mod verdict;

pub use cluster::Cluster;
pub use finding::{Files, Finding, Fix, Severity, Span};
pub use manifest::Manifests;
pub use verdict::{Options, Reach};

/// Old paths of the objects.
pub mod manifest {
    pub use crate::cluster::Cluster as Manifests;
    pub use meshveil_objects::*;
    pub use meshveil_text::tree;
}
