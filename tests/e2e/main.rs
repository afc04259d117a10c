//! End-to-end tests: the filter in a real Envoy. One file per behaviour.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod bodies;
mod broken;
mod callers;
mod configuration;
mod crash;
mod django;
mod document;
mod generated;
mod header_callers;
mod jwt_callers;
mod load;
mod monitoring;
mod no_body;
mod other_filters;
mod predicted;
mod refused;
mod representations;
mod requests;
mod routes;
mod shipped;
mod soak;
mod telemetry;
mod trailers;
mod verify;
