//! The kinds that are read, each as a struct that holds what reachability depends on.

pub mod admin_policy;
pub mod admission;
pub mod entry;
pub mod envoy_filter;
pub mod envoy_gateway;
pub mod extension;
pub mod network_policy;
pub mod port;
pub mod rbac;
pub mod security;
pub mod service;
pub mod traffic;
pub mod workload;
