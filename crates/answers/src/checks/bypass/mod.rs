//! Bypasses of the masking filter, B1 to B17, B30, and B40 to B43.

mod competing_plaintext;
mod container_identity;
mod early_containers;
mod edge;
mod excluded_from_capture;
mod filter_gap;
mod label_only_trust;
mod never_captured;
mod node_port;
mod not_enforced;
mod not_injected;
mod open_egress;
mod proxy_weakened;
mod route_by_others;
mod shared_account;
mod shared_store;
mod skipped_waypoint;
mod tcp_port;
mod undeclared_port;

use crate::checks::Check;

/// Every check of this folder.
pub const ALL: [Check; 22] = [
    tcp_port::CHECK,
    undeclared_port::CHECK,
    excluded_from_capture::CHECK,
    never_captured::CHECK,
    not_injected::CHECK,
    proxy_weakened::CHECK,
    container_identity::CHECK,
    not_enforced::CHECK,
    competing_plaintext::CHECK,
    skipped_waypoint::CHECK,
    shared_account::CHECK,
    label_only_trust::CHECK,
    shared_store::CHECK,
    filter_gap::CHECK,
    open_egress::CHECK,
    early_containers::CHECK,
    node_port::CHECK,
    route_by_others::CHECK,
    edge::REPLACED,
    edge::NO_CERTIFICATE,
    edge::OTHER_ROUTE,
    edge::PROXY_PATCHED,
];
