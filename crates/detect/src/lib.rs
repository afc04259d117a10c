//! What a value looks like, and what the name of a member means.
//!
//! [`checksum`] holds formats that check themselves, [`value`] every look that a value can have, [`screen`] looks into free text, [`dictionary`] what names,
//! formats and looks stand for. Nothing here keeps a value.

pub mod checksum;
pub mod dictionary;
pub mod screen;
pub mod value;
pub mod words;

pub use dictionary::Kind;
pub use screen::looks_sensitive;
pub use value::Detector;
