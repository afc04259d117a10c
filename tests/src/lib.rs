//! Harness of the end-to-end tests and the demo: a real Envoy, upstreams, certificates, clients.
//!
//! Everything listens on free loopback ports, and everything that was started ends with the value that stands for it.

pub mod artifact;
pub mod certificate;
pub mod client;
pub mod envoy;
pub mod mesh;
pub mod plan;
pub mod raw_upstream;
pub mod server;
pub mod shipped;
pub mod token;
pub mod upstream;
