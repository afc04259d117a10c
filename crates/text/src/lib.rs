//! Texts that people write (policies, manifests), places in them, and findings about them.

pub mod codes;
pub mod finding;
pub mod tree;

pub use codes::Code;
pub use finding::{FileId, Files, Finding, Fix, Label, Severity, Span};
pub use tree::{Key, Node, Value};
