//! What the demo runs: the sample shop, and Envoy with the shipped configuration in front of it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use meshveil_tests::certificate::Identity;
use meshveil_tests::client::{Client, Protocol};
use meshveil_tests::envoy::Envoy;
use meshveil_tests::shipped::{self, Places};
use tokio::net::TcpListener;

/// A running demo. Dropping it ends Envoy; the shop ends with the program.
pub struct SetUp {
    envoy: Envoy,
    address: SocketAddr,
    shop: SocketAddr,
    certificates: PathBuf,
}

impl SetUp {
    /// Starts everything; files go to `directory`. Port 0 is any free port.
    pub async fn start(directory: &Path, port: u16, admin_port: u16) -> Result<Self> {
        let certificates = directory.join("certs");
        shipped::write_certificates(&certificates)?;
        let listener = TcpListener::bind(loopback(0)).await?;
        let shop = listener.local_addr()?;
        tokio::spawn(meshveil_shop::serve(listener));
        let places =
            Places { listener: loopback(port), admin: loopback(admin_port), shop, certificates: &certificates };
        let envoy = Envoy::start(directory, "envoy.yaml", &shipped::envoy_yaml(&places)?, 1).await?;
        let address = envoy.address("mesh").await?;
        Ok(Self { envoy, address, shop, certificates })
    }

    /// Envoy's version.
    pub async fn version(&self) -> Result<String> {
        self.envoy.version().await
    }

    /// Where Envoy listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where Envoy's admin page is.
    pub fn admin(&self) -> SocketAddr {
        self.envoy.admin()
    }

    /// Where the shop listens.
    pub fn shop(&self) -> SocketAddr {
        self.shop
    }

    /// A client with the certificate of a caller, or with none.
    pub fn client(&self, caller: Option<&str>) -> Result<Client> {
        let read = |name: &str| {
            let path = self.certificates.join(name);
            fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))
        };
        let identity = match caller {
            Some(name) => {
                Some(Identity { certificate: read(&format!("{name}.pem"))?, key: read(&format!("{name}.key"))? })
            }
            None => None,
        };
        Client::new(self.address, &read("ca.pem")?, identity.as_ref(), Protocol::Http2)
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}
