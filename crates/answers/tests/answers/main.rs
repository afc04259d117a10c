//! Questions asked of whole clusters, without the command line.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod article;
mod bypasses;
mod checks;
mod classes;
#[path = "../../../reach/tests/cluster/mod.rs"]
mod cluster;
mod damaged;
mod examples;
mod questions;
mod schema;
mod what_if;
