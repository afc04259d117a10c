//! Runs Envoy with one worker and at most one wasm filter, and reads its CPU time and memory from `/proc`.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Failure, load};

/// Envoy's own default.
const BUFFER_LIMIT: u32 = 1 << 20;
/// CPU time in `/proc/PID/stat` counts in these per second (`USER_HZ`).
const TICKS: f64 = 100.0;

/// What runs between the listener and the router.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// For file names and the Envoy log.
    pub(crate) name: &'static str,
    /// The filter; none is Envoy alone.
    pub(crate) wasm: Option<PathBuf>,
    /// Plugin configuration.
    pub(crate) configuration: String,
    /// Bytes a body may be buffered to, where the default is too small for the filter to work at all.
    pub(crate) buffer_limit: Option<u32>,
}

/// A running Envoy; dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Envoy {
    child: Child,
    /// Port of the listener.
    pub(crate) port: u16,
}

/// Version of the Envoy at `program`.
pub(crate) fn version(program: &Path) -> Result<String, Failure> {
    let missing = |error: std::io::Error| format!("cannot run `{}`: {error}; run `make setup`", program.display());
    let output = Command::new(program).arg("--version").output().map_err(missing)?;
    let text = String::from_utf8_lossy(&output.stdout);
    // `<program>  version: <commit>/<version>/Clean/RELEASE/<tls library>`; the program may be a path.
    let version = text.split("version:").nth(1).and_then(|version| version.split('/').nth(1));
    version.map(str::to_owned).ok_or_else(|| format!("`{} --version` tells no version", program.display()).into())
}

impl Envoy {
    /// Starts Envoy in front of `upstream` and waits until it answers `/1KB`.
    pub(crate) fn start(program: &Path, directory: &Path, setup: &Setup, upstream: u16) -> Result<Self, Failure> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let configuration = directory.join(format!("envoy-{}.json", setup.name));
        let log = directory.join(format!("envoy-{}.log", setup.name));
        fs::write(&configuration, bootstrap(setup, port, upstream)?.to_string())?;
        let child = Command::new(program)
            .arg("-c")
            .arg(&configuration)
            .args(["--concurrency", "1", "--disable-hot-restart", "-l", "warning"])
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()?;
        let mut envoy = Self { child, port };
        let start = Instant::now();
        loop {
            let failure = match load::fetch(port, "/1KB") {
                Ok(_) => return Ok(envoy),
                Err(failure) => failure,
            };
            if envoy.child.try_wait()?.is_some() || start.elapsed() > Duration::from_secs(30) {
                return Err(format!(
                    "Envoy with filter `{}` does not answer ({failure}); see {}",
                    setup.name,
                    log.display()
                )
                .into());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn proc(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.child.id()))
    }

    /// CPU seconds used so far, in user and kernel mode, by all threads.
    pub(crate) fn cpu(&self) -> Result<f64, Failure> {
        let stat = fs::read_to_string(self.proc("stat"))?;
        // The second field, the name, is in parentheses and may hold spaces; utime and stime are fields 14 and 15.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let ticks: f64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
        Ok(ticks / TICKS)
    }

    /// Resident memory in bytes: now (`VmRSS`) and at its highest (`VmHWM`).
    pub(crate) fn memory(&self) -> Result<(u64, u64), Failure> {
        let status = fs::read_to_string(self.proc("status"))?;
        let field = |name: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"))
                .and_then(|number| number.parse::<u64>().ok())
                .map(|kilobytes| kilobytes * 1024)
                .ok_or_else(|| format!("`/proc/PID/status` has no `{name}`"))
        };
        Ok((field("VmRSS:")?, field("VmHWM:")?))
    }

    /// Makes `VmHWM` count from now.
    pub(crate) fn reset_peak(&self) -> Result<(), Failure> {
        Ok(fs::write(self.proc("clear_refs"), "5")?)
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do about either error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bootstrap(setup: &Setup, port: u16, upstream: u16) -> Result<Value, Failure> {
    let address = |port: u16| json!({ "socket_address": { "address": "127.0.0.1", "port_value": port } });
    let mut filters = Vec::new();
    if let Some(wasm) = &setup.wasm {
        let file = fs::canonicalize(wasm)
            .map_err(|error| format!("cannot read `{}`: {error}; run `make bench`", wasm.display()))?;
        filters.push(json!({
            "name": "wasm",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
                "config": {
                    "name": setup.name,
                    "failure_policy": "FAIL_RELOAD",
                    "configuration": {
                        "@type": "type.googleapis.com/google.protobuf.StringValue",
                        "value": setup.configuration,
                    },
                    "vm_config": {
                        "vm_id": setup.name,
                        "runtime": "envoy.wasm.runtime.v8",
                        "code": { "local": { "filename": file } },
                    },
                },
            },
        }));
    }
    filters.push(json!({
        "name": "envoy.filters.http.router",
        "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
    }));
    let limit = setup.buffer_limit.unwrap_or(BUFFER_LIMIT);
    Ok(json!({
        "static_resources": {
            "listeners": [{
                "name": "bench",
                "address": address(port),
                "per_connection_buffer_limit_bytes": limit,
                "filter_chains": [{ "filters": [{
                    "name": "envoy.filters.network.http_connection_manager",
                    "typed_config": {
                        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                        "stat_prefix": "bench",
                        "route_config": { "virtual_hosts": [{
                            "name": "bench",
                            "domains": ["*"],
                            "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": "upstream", "timeout": "60s" } }],
                        }] },
                        "http_filters": filters,
                    },
                }] }],
            }],
            "clusters": [{
                "name": "upstream",
                "connect_timeout": "5s",
                "type": "STATIC",
                "load_assignment": {
                    "cluster_name": "upstream",
                    "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": address(upstream) } }] }],
                },
            }],
        },
    }))
}
