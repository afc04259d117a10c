//! Texts that people write (policies, manifests), places in them, findings about them, and the values that policies and
//! manifests share.

pub mod cidr;
pub mod codes;
mod documents;
pub mod finding;
mod nearest;
pub mod printable;
mod scalars;
mod tabs;
pub mod tree;
pub mod yaml;

pub use cidr::Cidr;
pub use codes::Code;
pub use documents::Documents;
pub use finding::{FileId, Files, Finding, Fix, Label, Severity, Span};
pub use nearest::nearest;
pub use tree::{Key, Node, Value};
