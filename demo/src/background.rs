//! `make demo-up` and `make demo-down`: the demo as a process of its own that ends when it is told to.

use std::fs;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use meshveil_tests::artifact;
use tokio::io::AsyncReadExt as _;
use tokio::net::UnixListener;

use crate::set_up::SetUp;

/// Ports that the printed commands name.
const PORT: u16 = 8443;
const ADMIN_PORT: u16 = 9901;

fn directory() -> PathBuf {
    artifact::workspace().join(".demo")
}

/// The socket on which the running demo hears that it should end.
fn control() -> PathBuf {
    directory().join("control")
}

/// Starts the demo in the background and returns when it is ready.
pub fn up() -> Result<()> {
    if UnixStream::connect(control()).is_ok() {
        println!("The demo is running already.");
        return explain();
    }
    // Files of an earlier run, which did not end by `down`.
    if directory().exists() {
        fs::remove_dir_all(directory())?;
    }
    fs::create_dir_all(directory())?;
    let log = directory().join("log");
    let mut child = Command::new(std::env::current_exe()?)
        .arg("serve")
        .stdin(Stdio::null())
        .stdout(fs::File::create(&log)?)
        .stderr(fs::OpenOptions::new().append(true).open(&log)?)
        .process_group(0)
        .spawn()?;
    while UnixStream::connect(control()).is_err() {
        if let Some(status) = child.try_wait()? {
            bail!("the demo did not start ({status}):\n{}", fs::read_to_string(&log)?);
        }
        sleep(Duration::from_millis(50));
    }
    explain()
}

fn explain() -> Result<()> {
    let certificates = directory().join("certs");
    let certificates = certificates.strip_prefix(std::env::current_dir()?).unwrap_or(&certificates).display();
    println!("Admin page: http://127.0.0.1:{ADMIN_PORT}");
    println!("As support (or billing, frontend; batch may not):");
    println!(
        "  curl --cacert {certificates}/ca.pem --cert {certificates}/support.pem --key {certificates}/support.key \
         https://localhost:{PORT}/customers/c-1001"
    );
    println!("Paths: /customers /orders /payments /export/customers.ndjson /healthz. End it with `make demo-down`.");
    Ok(())
}

/// Runs the demo until a client writes to the control socket.
pub async fn serve() -> Result<()> {
    let set_up = SetUp::start(&directory(), PORT, ADMIN_PORT).await?;
    // Bound last: that it is there says that everything is.
    let listener = UnixListener::bind(control()).context("cannot listen on the control socket")?;
    loop {
        let (mut stream, _) = listener.accept().await?;
        // `up` connects and says nothing; only `down` says something.
        if stream.read(&mut [0]).await.is_ok_and(|read| read > 0) {
            // In this order: who finds the socket closed finds the ports free.
            drop(set_up);
            drop(listener);
            return Ok(());
        }
    }
}

/// Ends the running demo and returns when it has ended.
pub fn down() -> Result<()> {
    let Ok(mut stream) = UnixStream::connect(control()) else {
        println!("The demo is not running.");
        return Ok(());
    };
    stream.write_all(b"x")?;
    while UnixStream::connect(control()).is_ok() {
        sleep(Duration::from_millis(20));
    }
    fs::remove_dir_all(directory())?;
    println!("The demo has ended.");
    Ok(())
}
