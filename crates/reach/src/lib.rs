//! Who can reach which workload, by which path, and which rule of which object decided: from manifests alone, with
//! no cluster.
//!
//! Stages, in the order data meets them: [`manifest`] (texts to objects), [`network`] (NetworkPolicy), [`mesh`]
//! (Istio: injection, mutual TLS, authorisation, filters), [`verdict`] (both together), [`checks`] (known mistakes and
//! ways round), [`fault`] (what one weakened object lets out), [`newcomer`] (what a pod that nobody knows yet gets).

pub mod checks;
mod concern;
pub mod fault;
pub use meshveil_text::finding;
pub mod manifest;
pub mod mesh;
pub mod network;
pub mod newcomer;
pub mod verdict;

pub use finding::{Files, Finding, Fix, Severity, Span};
pub use manifest::Manifests;
pub use verdict::{Options, Reach};
