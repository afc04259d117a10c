//! The masks: one file each. A file defines a mask, the list below makes it one of the masks that can be written.

mod date;
mod default;
mod drop;
mod email;
mod network;
mod null;
mod partial;
mod pseudonym;
mod redact;
mod replace;
mod round;
mod url;

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
    date::Date,
    network::Network,
    round::Round,
    url::Url,
    replace::Replace,
}

pub use date::Precision;
pub use pseudonym::Encoding;
pub use replace::{Otherwise, Shape};
