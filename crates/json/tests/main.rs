//! What the crate promises to those who use it, one program.

mod allocations;
mod wrong_masks;
