//! The independent check of the engine: a naive masker over whole documents ([`oracle`]), cases as data ([`case`]), random
//! documents and rules ([`generate`]), and what "the engine agrees" means ([`agree`]).
//!
//! Nothing of the engine is used but its parser of queries, its masks of single scalars, and patterns.
#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "this crate is a test; a panic in it is a failure of that test"
)]

pub mod agree;
pub mod case;
pub mod events;
pub mod fuzz;
pub mod generate;
pub mod input;
pub mod number;
pub mod oracle;
pub mod proxy;
pub mod select;
pub mod shrink;
pub mod tree;

/// The key of keyed masks in all tests.
pub const KEY: &str = "0123456789abcdef0123456789abcdef";
