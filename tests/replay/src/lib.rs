//! The check of the reachability engine's mesh part against a real Envoy: random Istio objects ([`generate`]), Envoy's
//! configuration as istiod makes it ([`translate`]), requests with real certificates ([`client`]), and what "the engine
//! agrees" means ([`compare`]).
//!
//! How independence is kept: [`translate`] was written from istiod's sources by someone who had not read
//! `crates/reach/src/mesh/authorization.rs`, and shares no type with the engine, which reads YAML. Only [`compare`] may name a
//! type of `meshveil-reach`. Keep it so: a change of the engine must not change the translator.
#![expect(clippy::indexing_slicing, clippy::panic, reason = "this crate is a test; a panic in it is a failure")]

pub mod application;
pub mod client;
pub mod compare;
pub mod generate;
pub mod objects;
pub mod read;
pub mod replay;
pub mod token;
pub mod translate;
