//! A configuration that cases run against: written by the generator from a policy, or any other bootstrap of Envoy.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use meshveil_generate::{Settings, Target, Version};
use meshveil_policy::Policies;
use meshveil_tests::certificate::{Authority, spiffe};
use meshveil_tests::client::{Client, Protocol};
use meshveil_tests::envoy::{Envoy, KEY};
use meshveil_tests::shipped::{Places, moved, write_server};
use meshveil_tests::token;
use serde::Deserialize;
use tempfile::TempDir;

use crate::case::Case;
use crate::exchange::TOKEN_KEY;
use crate::upstream::Upstream;

/// A configuration as `setups.toml` says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// A file of `policies/`, without `.yaml`.
    pub policy: String,
    /// Changes of the policy.
    #[serde(default)]
    pub policy_changes: Vec<[String; 2]>,
    /// Changes of the generated configuration.
    #[serde(default)]
    pub changes: Vec<[String; 2]>,
    /// A file of `filters/` between the client and the masking filter.
    #[serde(default)]
    pub before: Option<String>,
    /// A file of `filters/` between the masking filter and its guard.
    #[serde(default)]
    pub behind: Option<String>,
    /// The key of keyed masks, where it is another one.
    #[serde(default)]
    pub key: Option<String>,
    /// Values that must not arrive at a caller that sees no field.
    #[serde(default)]
    pub forbidden: Vec<String>,
    /// Other filters cannot be put in this place.
    #[serde(default)]
    pub only_ours: bool,
}

/// The directory of the data.
#[must_use]
pub fn data() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every set-up by name.
///
/// # Errors
/// The file is malformed.
pub fn read_all() -> Result<BTreeMap<String, Setup>> {
    Ok(toml::from_str(&fs::read_to_string(data().join("setups.toml"))?)?)
}

/// Where filters of the generated chain begin.
const MASKING: &str = "                  - name: \"meshveil\"\n";
const GUARD: &str = "                  # No request that the filter has not seen.\n";

/// What the generator writes to standard output goes to a file here, so that it can be read.
const ACCESS_LOG: &str = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog\n";

fn replaced(text: &str, from: &str, to: &str) -> Result<String> {
    ensure!(text.contains(from), "nothing to replace: `{from}`");
    Ok(text.replace(from, to))
}

impl Setup {
    /// The policy.
    ///
    /// # Errors
    /// The file is missing, or a change does not fit it.
    pub fn policy_text(&self) -> Result<String> {
        let mut text = fs::read_to_string(data().join(format!("policies/{}.yaml", self.policy)))?;
        for [from, to] in &self.policy_changes {
            text = replaced(&text, from, to)?;
        }
        Ok(text)
    }

    /// The policy, read.
    ///
    /// # Errors
    /// It has faults.
    pub fn policies(&self) -> Result<Policies> {
        let policies = Policies::from_texts([("policy.yaml", self.policy_text()?)]);
        let faults: Vec<&str> = policies.findings.iter().map(|finding| finding.message.as_str()).collect();
        ensure!(policies.is_sound(), "the policy `{}` is not understood: {}", self.policy, faults.join("; "));
        Ok(policies)
    }

    fn configuration(&self, directory: &Path) -> Result<String> {
        let policies = self.policies()?;
        let settings = Settings {
            target: Target::Envoy,
            istio: Version::new(1, 29),
            envoy: Version::new(1, 40),
            url: "./meshveil_filter.wasm".to_owned(),
            sha256: None,
            environments: Vec::new(),
        };
        let written =
            meshveil_generate::generate(&policies.policies, &settings).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let yaml = written.files.into_iter().find(|file| file.path == "envoy.yaml").context("no envoy.yaml")?;
        let path = format!(
            "envoy.extensions.access_loggers.file.v3.FileAccessLog\n                      path: {}\n",
            directory.join("access.log").display()
        );
        let mut text = replaced(&yaml.text, ACCESS_LOG, &path)?;
        for [from, to] in &self.changes {
            text = replaced(&text, from, to)?;
        }
        let filter = |name: &str| -> Result<String> {
            let keys = token::keys(TOKEN_KEY);
            Ok(fs::read_to_string(data().join(format!("filters/{name}.yaml")))?.replace("@keys@", &keys))
        };
        if let Some(name) = &self.before {
            text = replaced(&text, MASKING, &format!("{}{MASKING}", filter(name)?))?;
        }
        if let Some(name) = &self.behind {
            text = replaced(&text, GUARD, &format!("{}{GUARD}", filter(name)?))?;
        }
        Ok(text)
    }

    /// Starts Envoy with what the generator writes.
    ///
    /// # Errors
    /// The policy has faults, or Envoy refuses the configuration.
    pub async fn start(&self) -> Result<Running> {
        let directory = tempfile::Builder::new().prefix("meshveil-").tempdir()?;
        let text = self.configuration(directory.path())?;
        Running::start(directory, self.key.as_deref().unwrap_or(KEY), |places| moved(text, places)).await
    }
}

/// Another filter: a bootstrap of Envoy with `@upstream@`, `@certificates@`, `@access-log@` and perhaps `@processor@`, the port
/// of a Python program that is started with it (by that of `.venv/servers`), and `@target@`, the directory that cargo builds to.
/// Its listener is named `mesh` and has port 0, like the admin page.
#[derive(Debug, Clone)]
pub struct Contestant {
    /// The column of the table.
    pub name: String,
    /// The file.
    pub bootstrap: PathBuf,
    /// The program beside Envoy; its argument is the port that it serves.
    pub program: Option<PathBuf>,
}

impl Contestant {
    /// Starts Envoy with it.
    ///
    /// # Errors
    /// Envoy refuses the configuration.
    pub async fn start(&self) -> Result<Running> {
        let directory = tempfile::Builder::new().prefix("meshveil-").tempdir()?;
        let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
        let target = meshveil_tests::artifact::workspace().join(target);
        let helper = match &self.program {
            Some(program) => Some(Helper::start(program).await?),
            None => None,
        };
        let port = helper.as_ref().map_or(0, |helper| helper.port);
        let text = fs::read_to_string(&self.bootstrap)
            .with_context(|| self.bootstrap.display().to_string())?
            .replace("@access-log@", &directory.path().join("access.log").display().to_string())
            .replace("@target@", &target.display().to_string())
            .replace("@processor@", &port.to_string());
        let mut running = Running::start(directory, KEY, |places| {
            let certificates = places.certificates.display().to_string();
            Ok(text.replace("@upstream@", &places.shop.port().to_string()).replace("@certificates@", &certificates))
        })
        .await?;
        running.helper = helper;
        Ok(running)
    }
}

/// A program beside Envoy. It ends with the value that stands for it, as its standard input closes.
struct Helper {
    process: Child,
    port: u16,
}

impl Drop for Helper {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // Nothing is left to do where it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Helper {
    async fn start(program: &Path) -> Result<Self> {
        let python = meshveil_tests::artifact::workspace().join(".venv/servers/bin/python");
        ensure!(python.is_file(), "no `{}`: run `make setup`", python.display());
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = Command::new(python)
            .arg(program)
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut helper = Self { process, port };
        for _ in 0..600 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(helper);
            }
            if let Some(status) = helper.process.try_wait()? {
                bail!("`{}` ended with {status}", program.display());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("`{}` does not serve its port", program.display())
    }
}

/// A running Envoy with its upstream.
pub struct Running {
    /// Envoy.
    pub envoy: Envoy,
    /// What answers its requests.
    pub upstream: Upstream,
    address: SocketAddr,
    authority: Authority,
    directory: TempDir,
    helper: Option<Helper>,
}

impl Running {
    async fn start(
        directory: TempDir,
        key: &str,
        configuration: impl FnOnce(&Places<'_>) -> Result<String>,
    ) -> Result<Self> {
        let certificates = directory.path().join("certs");
        let authority = Authority::new()?;
        write_server(&authority, &certificates)?;
        let upstream = Upstream::start().await?;
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let places =
            Places { listener: anywhere, admin: anywhere, shop: upstream.address(), certificates: &certificates };
        let text = configuration(&places)?;
        let envoy = Envoy::start_with_key(directory.path(), "envoy.yaml", &text, 1, key).await?;
        let address = envoy.address("mesh").await?;
        Ok(Self { envoy, upstream, address, authority, directory, helper: None })
    }

    /// A client with the certificate of a case.
    ///
    /// # Errors
    /// The certificate cannot be made.
    pub fn client(&self, case: &Case, protocol: Protocol) -> Result<Client> {
        let own = [spiffe(&case.caller)];
        let uris = if case.certificate.is_empty() { own.as_slice() } else { &case.certificate };
        let uris: Vec<&str> = uris.iter().map(String::as_str).collect();
        let identity = self.authority.workload_of(&uris)?;
        Client::new(self.address, self.authority.certificate(), Some(&identity), protocol)
    }

    /// What Envoy has logged so far.
    #[must_use]
    pub fn logs(&self) -> Vec<u8> {
        let access = fs::read(self.directory.path().join("access.log")).unwrap_or_default();
        [access, self.envoy.log().into_bytes()].concat()
    }
}
