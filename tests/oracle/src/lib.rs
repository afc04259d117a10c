//! A masker that is too simple to be wrong: the whole document as a tree, every rule applied to every node, no chunks, no
//! automaton. What the streaming engine does must agree with it.

pub mod cases;
pub mod generate;
mod masker;
pub mod stream;
mod tree;

pub use masker::{Masked, Masker};
pub use tree::is_json;
