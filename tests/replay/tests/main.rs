//! The reachability engine beside a real Envoy, one program.

mod agreement;
mod generated;
