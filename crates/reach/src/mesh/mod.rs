//! What Istio adds: who is in the mesh, whose plaintext is refused, who is let in, and where the filter runs.

pub mod admission;
pub mod authorization;
pub mod enrollment;
pub mod filter;
pub mod gateway;
pub mod matching;
pub mod mtls;
pub mod protocol;
pub mod request;
pub mod trust;
pub mod waypoint;

pub use authorization::{Decision, Scope, Truth};
pub use enrollment::{Capture, Enrollment, Plane};
pub use filter::FilterNames;
pub use protocol::PortProtocol;
pub use request::{Fact, Http, Request};
