//! The independent check of the reachability engine's network part: random clusters as manifests ([`generate`]), a judge
//! of single packets ([`packet`]), and what "the engine agrees" means ([`agree`]).
//!
//! How independence is kept: the judge was written from the API reference of `networking.k8s.io/v1` and
//! `policy.networking.k8s.io/v1alpha1`, and from `docs/reference/reachability.md` where the API leaves a question open,
//! by someone who had not read `crates/reach/src`. It reads the YAML with a parser of its own ([`objects`]), computes with
//! addresses in a library, and decides one packet at a time with loops over everything. Only [`agree`] may name a
//! type of `meshveil-reach`. Keep it so: a change of the engine must not change the judge.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "this crate is a test; a panic in it is a failure of that test"
)]

pub mod agree;
pub mod cluster;
pub mod enforced;
pub mod generate;
pub mod objects;
pub mod packet;
pub mod selector;
pub mod shrink;
pub mod tally;
