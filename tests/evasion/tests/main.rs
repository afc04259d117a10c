//! Every case against the filter as it is shipped, in a real Envoy.
#![expect(clippy::unwrap_used, reason = "tests")]

mod suite;
