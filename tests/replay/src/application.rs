//! The application behind Envoy: answers HTTP with 200 and anything else with `raw!`.

use std::net::SocketAddr;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it answers to bytes that are not HTTP.
pub const RAW: &[u8] = b"raw!";

/// What a client says that does not speak HTTP.
pub const PING: &[u8] = b"PING\r\n";

/// The first byte of a TLS connection.
const HANDSHAKE: u8 = 0x16;

/// A running application. Dropping it ends it.
pub struct Application {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for Application {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Application {
    /// Listens on a free port.
    ///
    /// # Errors
    /// There is none.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    // Envoy may close at any time.
                    let _ = answer(stream).await;
                });
            }
        });
        Ok(Self { address, server })
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

async fn answer(mut stream: TcpStream) -> Result<()> {
    let mut read = Vec::new();
    loop {
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
        if read.starts_with(PING) || read.first() == Some(&HANDSHAKE) {
            stream.write_all(RAW).await?;
            stream.shutdown().await?;
            while stream.read(&mut [0; 1024]).await? > 0 {}
            return Ok(());
        }
        while let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            read.drain(..end + 4);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
        }
    }
}
