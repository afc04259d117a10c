//! Every case against the filter as it is shipped, in a real Envoy.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod suite;
