//! One request and its response on the way through the masks, whatever the proxy.
//!
//! [`exchange`] follows one request and its response, [`eligibility`] decides what becomes of a response,
//! [`configuration`] is what all exchanges share. A shell implements [`Host`] for its proxy, hands each callback to an
//! [`Exchange`] and does what the [`Flow`] says.

pub mod accept;
pub mod configuration;
pub mod eligibility;
pub mod entity_tag;
pub mod exchange;
pub mod host;
pub mod identity;
pub mod local_reply;
mod metadata;
pub mod problem;
pub mod request_headers;
pub mod response_headers;
pub mod route;
pub mod telemetry;
pub mod writes;

pub use configuration::Configuration;
pub use exchange::{Exchange, Flow};
pub use host::Host;
