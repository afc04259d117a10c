//! Masks: what stands in for a sensitive value, whatever the value came in. A mask takes a typed value and writes a typed
//! value; who calls it decodes and quotes.
//!
//! A mask is one file in [`masks`]: its documentation, its parameters, what it does, and what it reveals. Readers, JSON
//! schema, reference page, messages and the order of masks follow from that.

mod definition;
mod error;
mod fill;
mod keys;
mod mac;
mod masks;
mod parameter;
mod read;
#[cfg(not(target_family = "wasm"))]
pub mod reference;
mod reveals;
mod spec;
#[cfg(test)]
mod tests;
mod trace;
mod value;

pub use definition::{Container, Entry, Example, Mask};
pub use error::MaskError;
pub use keys::{KeyFault, Keys};
pub use mac::{Mac, digest};
pub use masks::*;
pub use parameter::{Argument, Kind, MAX_CHARACTERS, MaskLength, Parameter, Slot, Written};
pub use reveals::{Characters, Reveals};
pub use trace::Trace;
pub use value::{Context, Output, Sink, Value};
