//! Upstreams that people run: Python services behind gunicorn, from `tests/servers/`.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::artifact::workspace;

/// How often it is tried whether the service is up. Only a fault takes this long.
const TRIES: u32 = 600;

/// An address of loopback that is free now, for a program that has to be told where to listen.
///
/// # Errors
/// There is none.
pub fn free_address() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A running service; it ends with the value.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    _process: Child,
}

impl Server {
    /// Starts a module of `tests/servers/` behind gunicorn, on a free port of loopback.
    ///
    /// # Errors
    /// gunicorn was not fetched, or the service does not start.
    pub async fn gunicorn(module: &str) -> Result<Self> {
        let gunicorn = workspace().join(".venv/servers/bin/gunicorn");
        ensure!(gunicorn.is_file(), "no gunicorn at `{}`: run `make setup`", gunicorn.display());
        let address = free_address()?;
        let mut process = Command::new(gunicorn)
            .args(["--bind", &address.to_string(), "--workers", "1", "--threads", "4"])
            .arg(format!("{module}:application"))
            .current_dir(workspace().join("tests/servers"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("gunicorn does not start")?;
        for _ in 0..TRIES {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(Self { address, _process: process });
            }
            ensure!(process.try_wait()?.is_none(), "`{module}` ended at once");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("`{module}` does not listen on {address}")
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}
