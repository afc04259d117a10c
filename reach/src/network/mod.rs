//! NetworkPolicy.
pub mod cidr;
