//! Documents, rules and the ways to mask them that are compared; shared by the native and the wasm benchmark.

pub mod contestants;
pub mod documents;
mod random;
mod rule;

pub use rule::{MASK, Rule, many};
