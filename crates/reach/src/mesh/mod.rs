//! What Istio adds: which connections proxies see, whose plaintext is refused, who is let in, and where the filter runs.

pub mod admission;
pub mod authorization;
pub mod capture;
pub mod client_tls;
pub mod filter;
pub mod gateway;
pub mod matching;
pub mod mtls;
pub mod patches;
pub mod protocol;
pub mod request;
pub mod trust;
pub mod waypoint;
mod ztunnel;

pub use crate::cluster::{Enrollment, Plane};
pub use authorization::{AuthorizationReason, Decision, Scope, Truth};
pub use capture::{BypassReason, Capture};
pub use filter::{FilterNames, MissingReason};
pub use protocol::{PortProtocol, ProtocolReason};
pub use request::{Fact, Http, Request};

/// Old paths of what decides about a workload's proxy.
pub mod enrollment {
    pub use crate::cluster::enrollment::*;
    pub use crate::mesh::capture::*;
    pub use meshveil_objects::well_known::port::{HBONE, NEVER_CAPTURED};
}
