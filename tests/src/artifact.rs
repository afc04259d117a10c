//! Where the programs under test are: Envoy and the filter.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};

/// The Envoy binary: `MESHVEIL_ENVOY`, or the one that `make setup` fetched.
///
/// # Errors
/// There is none; the message names the command that fetches it.
pub fn envoy() -> Result<PathBuf> {
    let path = from_environment("MESHVEIL_ENVOY").unwrap_or_else(|| workspace().join(".venv/bin/envoy"));
    ensure!(path.is_file(), "no Envoy at `{}`: run `make setup`", path.display());
    Ok(path)
}

/// An older Envoy, which `make setup` fetched.
///
/// # Errors
/// There is none; the message names the command that fetches it.
pub fn older_envoy() -> Result<PathBuf> {
    let path = workspace().join(".venv/envoy-older/envoy/_bin/envoy");
    ensure!(path.is_file(), "no Envoy at `{}`: run `make setup`", path.display());
    Ok(path)
}

/// The filter: `MESHVEIL_WASM`, or what `make filter` left in the target directory.
///
/// # Errors
/// It was not built, or its sources are newer; the message names the command that builds it.
pub fn filter() -> Result<PathBuf> {
    let path = from_environment("MESHVEIL_WASM").unwrap_or_else(|| {
        let target = from_environment("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        workspace().join(target).join("wasm32-wasip1/filter/meshveil_filter.wasm")
    });
    ensure!(path.is_file(), "no filter at `{}`: run `make filter`", path.display());
    if let Some(source) = newer_source(&path) {
        bail!("the filter is older than `{}`: run `make filter`", source.display());
    }
    Ok(path)
}

/// A directory of Node.js packages: `MESHVEIL_NODE_MODULES`, or the one that `make setup` filled.
///
/// # Errors
/// There is none; the message names the command that fills it.
pub fn node_modules() -> Result<PathBuf> {
    let path = from_environment("MESHVEIL_NODE_MODULES").unwrap_or_else(|| workspace().join(".venv/node/node_modules"));
    ensure!(path.is_dir(), "no Node.js packages at `{}`: run `make setup`", path.display());
    Ok(path)
}

/// A program of Debian that `make setup` fetched: in `MESHVEIL_REGISTRY_TOOLS`, or below `.venv/`.
///
/// # Errors
/// It is not there; the message names the command that fetches it.
pub fn tool(name: &str) -> Result<PathBuf> {
    let directory = from_environment("MESHVEIL_REGISTRY_TOOLS").unwrap_or_else(|| workspace().join(".venv/debian/bin"));
    let path = directory.join(name);
    ensure!(path.is_file(), "no `{}`: run `make setup`", path.display());
    Ok(path)
}

/// A source of the module that changed after it was built, by the list of sources that cargo leaves beside it. Without
/// this, tests could pass on yesterday's filter.
fn newer_source(module: &Path) -> Option<PathBuf> {
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let built = changed(module)?;
    let list = fs::read_to_string(module.with_extension("d")).ok()?;
    let sources = list.lines().filter_map(|line| line.split_once(": ")).flat_map(|(_, sources)| sources.split(' '));
    sources.map(PathBuf::from).find(|source| changed(source).is_some_and(|changed| changed > built))
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
