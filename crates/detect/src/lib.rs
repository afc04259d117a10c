//! What a value looks like, and what the name of a member means.
//!
//! [`looks`] holds every look that a value can have and finds them in texts, [`checksum`] the arithmetic of check digits, [`screen`]
//! looks into headers and what else arrives beside a body, [`dictionary`] says what names, formats and looks stand for. Nothing here
//! keeps a value.

pub mod checksum;
pub mod dictionary;
pub mod looks;
pub mod screen;
pub mod words;

pub use dictionary::Kind;
pub use looks::{Detector, Match, find, find_first};
pub use screen::looks_sensitive;
