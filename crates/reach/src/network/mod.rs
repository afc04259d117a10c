//! NetworkPolicy (`networking.k8s.io/v1`): which connections the network lets through, and which rules decide.
//!
//! Semantics, from the API reference: a pod that no policy selects for a direction is open in that direction; one that
//! any policy selects is closed but for the union of all rules of all policies that select it. A connection needs the
//! egress side of its source and the ingress side of its destination; replies follow. Pods on the node's network are
//! beyond policies and beyond selectors: they count as the node's addresses.

pub mod bits;
pub mod blocks;
pub use meshveil_text::cidr;
pub mod classes;
pub mod compile;
pub mod connections;
pub mod explain;
pub mod matrix;
mod order;
pub mod ports;

pub use compile::{Endpoint, Network, NetworkOptions};
pub use explain::{AdminRef, Direction, NetworkVerdict, RuleRef, Side};
pub use matrix::Matrix;
pub use ports::PortSet;
