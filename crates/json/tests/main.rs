//! What the crate promises to those who use it, one program.
#![expect(clippy::unwrap_used, reason = "a test")]

mod wrong_masks;
