//! One running Envoy: started, watched, asked, and always ended.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::artifact;

/// Key of keyed masks in tests and in the demo.
pub const KEY: &str = "only-for-tests-and-the-demo-0123456789";

/// The key that follows it where keys change; Envoy finds it in `MESHVEIL_KEY_NEXT`.
pub const NEXT_KEY: &str = "the-one-that-follows-in-tests-9876543210";

/// How long Envoy may take to come up. Only a hang takes this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs its arguments and ends them when standard input closes, which it does however the parent ends.
const WATCHED: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
( cat <&3 >/dev/null; kill -9 $program 2>/dev/null ) &
watcher=$!
exec 3<&-
wait $program
status=$?
kill $watcher 2>/dev/null
exit $status
"#;

/// A running Envoy. Dropping it ends the process.
pub struct Envoy {
    process: Process,
    admin: SocketAddr,
    directory: PathBuf,
}

struct Process {
    child: Child,
    lifeline: Option<ChildStdin>,
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // It ends by SIGKILL: there is nothing to wait for but the kernel.
        let _ = self.child.wait();
    }
}

impl Envoy {
    /// Starts Envoy with a configuration (JSON or YAML, by the extension of `name`) and waits until it is ready. Files
    /// go to `directory`: the configuration, `envoy.log`, `access.log` (with what is logged to standard output).
    ///
    /// # Errors
    /// There is no Envoy, or it refuses the configuration; the message ends with its log.
    pub async fn start(directory: &Path, name: &str, configuration: &str, workers: u32) -> Result<Self> {
        Self::start_with_key(directory, name, configuration, workers, KEY).await
    }

    /// [`Envoy::start`] with another key of keyed masks than [`KEY`].
    ///
    /// # Errors
    /// As [`Envoy::start`].
    pub async fn start_with_key(
        directory: &Path,
        name: &str,
        configuration: &str,
        workers: u32,
        key: &str,
    ) -> Result<Self> {
        Self::start_program(&artifact::envoy()?, directory, name, configuration, workers, key).await
    }

    /// [`Envoy::start_with_key`] with another Envoy than that of the tests.
    ///
    /// # Errors
    /// As [`Envoy::start`].
    pub async fn start_program(
        binary: &Path,
        directory: &Path,
        name: &str,
        configuration: &str,
        workers: u32,
        key: &str,
    ) -> Result<Self> {
        let configuration_path = directory.join(name);
        fs::write(&configuration_path, configuration)?;
        let log = directory.join("envoy.log");
        let admin_path = directory.join("admin");
        let mut child = Command::new("/bin/sh")
            .args(["-c", WATCHED, "sh"])
            .arg(binary)
            .args(["--disable-hot-restart", "--log-level", "warning", "--file-flush-interval-msec", "20"])
            .args(["--concurrency", &workers.to_string()])
            .arg("--log-path")
            .arg(&log)
            .arg("--admin-address-path")
            .arg(&admin_path)
            .arg("--config-path")
            .arg(&configuration_path)
            // A listener that was replaced lets its connections end for this long.
            .args(["--drain-time-s", "60"])
            .env("MESHVEIL_KEY", key)
            .env("MESHVEIL_KEY_NEXT", NEXT_KEY)
            .stdin(Stdio::piped())
            .stdout(fs::File::create(directory.join("access.log"))?)
            .stderr(fs::File::create(directory.join("envoy.stderr"))?)
            .spawn()
            .context("cannot start Envoy")?;
        let lifeline = child.stdin.take();
        let mut process = Process { child, lifeline };
        let begun = Instant::now();
        loop {
            if let Some(status) = process.child.try_wait()? {
                let log = fs::read_to_string(&log).unwrap_or_default();
                let stderr = fs::read_to_string(directory.join("envoy.stderr")).unwrap_or_default();
                bail!("Envoy did not start ({status}):\n{stderr}{log}");
            }
            if let Some(admin) = fs::read_to_string(&admin_path).ok().and_then(|text| text.trim().parse().ok()) {
                let envoy = Self { process, admin, directory: directory.to_owned() };
                if envoy.ask("/ready").await.is_ok_and(|text| text.trim() == "LIVE") {
                    return Ok(envoy);
                }
                process = envoy.process;
            }
            ensure!(begun.elapsed() < PATIENCE, "Envoy is not ready after {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Address of the admin page.
    #[must_use]
    pub fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// Resident memory of the process, in KiB.
    ///
    /// # Errors
    /// The process has ended.
    pub fn resident(&self) -> Result<u64> {
        let shell = self.process.child.id();
        let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"))?;
        for child in children.split_whitespace() {
            let status = fs::read_to_string(format!("/proc/{child}/status"))?;
            let field = |name: &str| status.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()));
            if field("Name:").is_some_and(|name| name == "envoy")
                && let Some(resident) = field("VmRSS:")
            {
                return Ok(resident.trim_end_matches(" kB").parse()?);
            }
        }
        bail!("Envoy has ended")
    }

    /// Its version, such as `1.40.0`.
    ///
    /// # Errors
    /// The admin interface does not answer.
    pub async fn version(&self) -> Result<String> {
        let information: Value = serde_json::from_str(&self.ask("/server_info").await?)?;
        let version = information.get("version").and_then(Value::as_str).unwrap_or_default();
        // Commit, version, state of the tree, build type, TLS library.
        version.split('/').nth(1).map(str::to_owned).context("Envoy does not tell its version")
    }

    /// Where a listener listens.
    ///
    /// # Errors
    /// There is no such listener.
    pub async fn address(&self, listener: &str) -> Result<SocketAddr> {
        let listeners: Value = serde_json::from_str(&self.ask("/listeners?format=json").await?)?;
        let of_name = |status: &&Value| status.get("name").and_then(Value::as_str) == Some(listener);
        let status = listeners.get("listener_statuses").and_then(Value::as_array).into_iter().flatten().find(of_name);
        let address = status.and_then(|status| status.pointer("/local_address/socket_address"));
        let field = |name| address.and_then(|address| address.get(name));
        let (Some(host), Some(port)) =
            (field("address").and_then(Value::as_str), field("port_value").and_then(Value::as_u64))
        else {
            bail!("no listener `{listener}`");
        };
        let host = if host == "0.0.0.0" { "127.0.0.1" } else { host };
        Ok(format!("{host}:{port}").parse()?)
    }

    /// Reads a page of the admin interface.
    ///
    /// # Errors
    /// It does not answer, or not with 200.
    pub async fn ask(&self, path: &str) -> Result<String> {
        page(self.admin, "GET", path).await
    }

    /// Changes something through the admin interface (`POST`).
    ///
    /// # Errors
    /// It does not answer, or not with 200.
    pub async fn tell(&self, path: &str) -> Result<String> {
        page(self.admin, "POST", path).await
    }

    /// The value of a counter or gauge; 0 when it does not exist.
    ///
    /// # Errors
    /// The admin interface does not answer.
    pub async fn statistic(&self, name: &str) -> Result<u64> {
        let page = self.ask("/stats").await?;
        let value = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        Ok(value.map_or(Ok(0), str::parse)?)
    }

    /// Waits until something is true of this Envoy: it counts and logs after the client has its answer.
    ///
    /// # Errors
    /// It does not become true.
    pub async fn until(&self, what: &str, mut holds: impl AsyncFnMut(&Self) -> Result<bool>) -> Result<()> {
        let begun = Instant::now();
        while !holds(self).await? {
            ensure!(begun.elapsed() < PATIENCE, "never: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Waits for a line of the access log that holds `part`.
    ///
    /// # Errors
    /// No such line comes.
    pub async fn access_line(&self, part: &str) -> Result<String> {
        let path = self.directory.join("access.log");
        let find = || {
            let log = fs::read_to_string(&path).unwrap_or_default();
            log.lines().find(|line| line.contains(part)).map(str::to_owned)
        };
        self.until(part, async |_| Ok(find().is_some())).await?;
        find().context("the access log shrank")
    }

    /// Envoy's own log so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.join("envoy.log")).unwrap_or_default()
    }
}

/// What a server on this machine answers to a request without a body.
///
/// # Errors
/// It does not answer, or not with 200.
pub async fn page(server: SocketAddr, method: &str, path: &str) -> Result<String> {
    let stream = TcpStream::connect(server).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::builder().method(method).uri(path).header("host", "admin").body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    ensure!(status == 200, "{method} {path}: {status}");
    Ok(String::from_utf8(body.to_vec())?)
}

/// Checks a configuration with `envoy --mode validate`.
///
/// # Errors
/// It is not valid; the message is what Envoy says.
pub fn validate(configuration: &Path) -> Result<()> {
    validate_with(&artifact::envoy()?, configuration)
}

/// [`validate`], with another Envoy.
///
/// # Errors
/// As [`validate`].
pub fn validate_with(envoy: &Path, configuration: &Path) -> Result<()> {
    let output = Command::new(envoy)
        .args(["--mode", "validate", "--log-level", "error", "--config-path"])
        .arg(configuration)
        .env("MESHVEIL_KEY", KEY)
        .output()?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "Envoy refuses `{}`:\n{out}{err}", configuration.display());
    Ok(())
}
