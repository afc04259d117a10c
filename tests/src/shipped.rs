//! The set-up that is shipped in `envoy-config/`, moved to addresses and paths of this machine.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::artifact;
use crate::certificate::{Authority, Identity, spiffe};

/// The callers that the shipped plan knows.
pub const CALLERS: [&str; 3] = ["billing", "support", "frontend"];

/// A workload of the mesh that the shipped plan does not know.
pub const STRANGER: &str = "batch";

/// The name under which [`write_certificates`] writes a certificate with two URI names, `billing` first.
pub const TWO_NAMES: &str = "two-names";

/// Where things are on this machine. Port 0 is any free port.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// Envoy's listener.
    pub listener: SocketAddr,
    /// Envoy's admin interface.
    pub admin: SocketAddr,
    /// The sample shop.
    pub shop: SocketAddr,
    /// The directory of [`write_certificates`].
    pub certificates: &'a Path,
}

/// `envoy-config/envoy.yaml` with its addresses and paths replaced, and nothing else.
///
/// # Errors
/// The filter is not built, or the file does not name each place exactly as often as expected.
pub fn envoy_yaml(places: &Places<'_>) -> Result<String> {
    moved(fs::read_to_string(artifact::workspace().join("envoy-config/envoy.yaml"))?, places)
}

/// A configuration that `meshveil generate` wrote for the sample shop, with its addresses and paths replaced.
///
/// # Errors
/// As [`envoy_yaml`].
pub fn moved(mut text: String, places: &Places<'_>) -> Result<String> {
    let address = |host: &str, port: u16| format!("{{ address: \"{host}\", port_value: {port} }}");
    let here = |place: SocketAddr| address(&place.ip().to_string(), place.port());
    let replacements = [
        (address("127.0.0.1", 9901), here(places.admin), 1),
        (address("0.0.0.0", 8443), here(places.listener), 1),
        (address("customers", 8080), here(places.shop), 1),
        ("/etc/meshveil/certs/".to_owned(), format!("{}/", places.certificates.display()), 3),
        ("/etc/meshveil/meshveil_filter.wasm".to_owned(), artifact::filter()?.display().to_string(), 1),
    ];
    for (from, to, times) in replacements {
        let found = text.matches(&from).count();
        ensure!(found == times, "the configuration holds `{from}` {found} times, not {times}");
        text = text.replace(&from, &to);
    }
    Ok(text)
}

/// Writes `ca.pem`, `server.pem` and one certificate per caller and for the [`STRANGER`], each with its `.key`, and that of [`TWO_NAMES`],
/// to a directory.
///
/// # Errors
/// A certificate cannot be made or written.
pub fn write_certificates(directory: &Path) -> Result<()> {
    let authority = Authority::new()?;
    write_server(&authority, directory)?;
    for caller in CALLERS.into_iter().chain([STRANGER]) {
        write_identity(directory, caller, &authority.workload(&spiffe(caller))?)?;
    }
    let [billing, frontend] = ["billing", "frontend"].map(spiffe);
    write_identity(directory, TWO_NAMES, &authority.workload_of(&[&billing, &frontend])?)
}

/// Writes what Envoy itself needs to a directory: `ca.pem`, `server.pem` and `server.key`.
///
/// # Errors
/// A certificate cannot be made or written.
pub fn write_server(authority: &Authority, directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)?;
    fs::write(directory.join("ca.pem"), authority.certificate())?;
    write_identity(directory, "server", &authority.server()?)
}

fn write_identity(directory: &Path, name: &str, identity: &Identity) -> Result<()> {
    fs::write(directory.join(format!("{name}.pem")), &identity.certificate)?;
    fs::write(directory.join(format!("{name}.key")), &identity.key)?;
    Ok(())
}
