//! The masks: one file each. A file defines a mask, the list below makes it one of the masks that can be written.

mod default;
mod drop;
mod email;
mod null;
mod partial;
mod pseudonym;
mod redact;

use crate::spec::masks;

// In the order of the reference page.
masks! {
    redact::Redact,
    null::Null,
    drop::Omit,
    partial::Partial,
    email::Email,
    pseudonym::Pseudonym,
    default::Neutral,
}

pub use pseudonym::Encoding;
