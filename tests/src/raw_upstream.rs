//! An upstream of bytes: it writes exactly the pieces it was given, one by one, whatever HTTP says of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A running upstream.
pub struct RawUpstream {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for RawUpstream {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl RawUpstream {
    /// Answers the first request of every connection with what `pieces` has for its path, then closes it. They should say
    /// `connection: close`.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start<F>(pieces: F) -> Result<Self>
    where
        F: Fn(&str) -> Vec<Vec<u8>> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let pieces = Arc::new(pieces);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let pieces = Arc::clone(&pieces);
                // A proxy that hangs up early is a part of some tests.
                tokio::spawn(async move { answer(stream, &*pieces).await.ok() });
            }
        });
        Ok(Self { address, server })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn answer(mut stream: TcpStream, pieces: &(dyn Fn(&str) -> Vec<Vec<u8>> + Send + Sync)) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).await?;
        request.extend(byte);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default();
    for piece in pieces(path) {
        stream.write_all(&piece).await?;
        stream.flush().await?;
        // So that the reader sees the pieces one by one and not as one segment.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stream.shutdown().await?;
    // Reading on until the other side closes keeps the kernel from sending a reset in place of the last bytes.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await?;
    Ok(())
}

/// One piece of a body in the chunked coding (RFC 9112, section 7.1).
#[must_use]
pub fn chunk(data: &[u8]) -> Vec<u8> {
    let mut piece = format!("{:x}\r\n", data.len()).into_bytes();
    piece.extend_from_slice(data);
    piece.extend_from_slice(b"\r\n");
    piece
}
