//! What a value looks like, and what the name of a member means.
//!
//! [`looks`] holds every look that a value can have and finds them in texts, [`checksum`] the arithmetic of check digits, [`screen`]
//! looks into headers and what else arrives beside a body, [`dictionary`] says what names, formats and looks stand for, [`net`] looks
//! through all values of a document for some of it. Nothing here keeps a value.

pub mod checksum;
pub mod dictionary;
pub mod looks;
pub mod net;
pub mod screen;
pub mod words;

pub use dictionary::Kind;
pub use looks::{Detector, Kinds, Match, find, find_first, find_of};
pub use net::{Hint, Hints, Net, NetFault};
pub use screen::looks_sensitive;
