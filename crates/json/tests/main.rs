//! What the crate promises to those who use it, one program.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod listing;
mod prediction;
mod search;
mod wrong_masks;
