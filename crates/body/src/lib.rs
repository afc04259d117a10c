//! What a body is, and how it is masked: a pipeline of stages, each of which can be cut at any byte.
//!
//! [`media_type`] and [`coding`] read what headers say of a body: its [`Representation`]. The [`Pipeline`] for it undoes the
//! coding, then takes the [`framing`] apart into documents, then masks the documents.

mod ascii;
pub mod coding;
mod fault;
pub mod framing;
pub mod media_type;
mod pipeline;
mod stage;

pub use coding::Coding;
pub use fault::Fault;
pub use framing::Framing;
pub use media_type::{Charset, MediaType};
pub use meshveil_json::{Report, Rewrite};
pub use pipeline::{Pipeline, Representation};
pub use stage::{Stage, Then};
