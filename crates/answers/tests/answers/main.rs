//! Questions asked of whole clusters, without the command line.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod article;
mod bypasses;
mod checks;
#[path = "../../../reach/tests/cluster/mod.rs"]
mod cluster;
mod damaged;
mod what_if;

/// A whole cluster without a mistake, which fixtures change.
fn base(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../reach/tests/fixtures/{name}.yaml"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
