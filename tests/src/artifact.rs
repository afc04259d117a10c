//! Where the programs under test are: Envoy and the filter.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// The Envoy binary: `MESHVEIL_ENVOY`, or the one that `make setup` fetched.
///
/// # Errors
/// There is none; the message names the command that fetches it.
pub fn envoy() -> Result<PathBuf> {
    let path = from_environment("MESHVEIL_ENVOY").unwrap_or_else(|| workspace().join(".venv/bin/envoy"));
    ensure!(path.is_file(), "no Envoy at `{}`: run `make setup`", path.display());
    Ok(path)
}

/// The filter: `MESHVEIL_WASM`, or the release build in the target directory.
///
/// # Errors
/// It was not built; the message names the command that builds it.
pub fn filter() -> Result<PathBuf> {
    let path = from_environment("MESHVEIL_WASM").unwrap_or_else(|| {
        let target = from_environment("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        workspace().join(target).join("wasm32-wasip1/release/meshveil_filter.wasm")
    });
    ensure!(path.is_file(), "no filter at `{}`: run `make build`", path.display());
    Ok(path)
}

/// The root of the repository.
#[must_use]
pub fn workspace() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

fn from_environment(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
