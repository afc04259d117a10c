//! An upstream that is cheap: it writes bytes that were made once, for the test's own work not to be what is measured.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use meshveil_tests::raw_upstream::chunk;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::documents::{Size, clear};

/// The entity tag of every document.
const TAG: &str = "\"clear-1\"";

/// What answers.
pub struct Upstream {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Bodies {
    small: Vec<u8>,
    middle: Vec<u8>,
    large: Vec<u8>,
}

impl Upstream {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let [small, middle, large] = [Size::Small, Size::Middle, Size::Large].map(clear);
        let bodies = Arc::new(Bodies { small, middle, large });
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let bodies = Arc::clone(&bodies);
                // A proxy that hangs up early is a part of the test.
                tokio::spawn(async move { serve(stream, &bodies).await.ok() });
            }
        });
        Self { address, server }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Answers requests until one says that the connection ends with it.
async fn serve(mut stream: TcpStream, bodies: &Bodies) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut received = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = received.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(&received[..end]).into_owned();
        received.drain(..end);
        let path = head.split(' ').nth(1).unwrap_or_default();
        let is_current = head.lines().any(|line| line.eq_ignore_ascii_case(&format!("if-none-match: {TAG}")));
        if !answer(&mut stream, path, is_current, bodies).await? {
            return stream.shutdown().await;
        }
    }
}

const JSON: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

/// Whether the connection goes on.
async fn answer(stream: &mut TcpStream, path: &str, is_current: bool, bodies: &Bodies) -> std::io::Result<bool> {
    match path {
        "/small" if is_current => {
            stream.write_all(format!("HTTP/1.1 304 Not Modified\r\netag: {TAG}\r\n\r\n").as_bytes()).await?;
        }
        "/small" | "/middle" | "/large" => {
            let body = match path {
                "/small" => &bodies.small,
                "/middle" => &bodies.middle,
                _ => &bodies.large,
            };
            stream.write_all(format!("{JSON}etag: {TAG}\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes()).await?;
            stream.write_all(body).await?;
        }
        // For a second: what is in flight when something else happens.
        "/lasting" => {
            stream.write_all(format!("{JSON}transfer-encoding: chunked\r\n\r\n").as_bytes()).await?;
            for piece in bodies.middle.chunks(bodies.middle.len() / 50 + 1) {
                stream.write_all(&chunk(piece)).await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            stream.write_all(b"0\r\n\r\n").await?;
        }
        // The end of a body comes in trailers.
        "/trailers" => {
            stream.write_all(format!("{JSON}transfer-encoding: chunked\r\n\r\n").as_bytes()).await?;
            stream.write_all(&chunk(&bodies.small)).await?;
            stream.write_all(b"0\r\nx-end: 1\r\n\r\n").await?;
        }
        // The connection ends in the middle of a body.
        "/cut" => {
            let (half, _) = bodies.middle.split_at(bodies.middle.len() / 2 + 3);
            stream.write_all(format!("{JSON}content-length: {}\r\n\r\n", bodies.middle.len()).as_bytes()).await?;
            stream.write_all(half).await?;
            return Ok(false);
        }
        // JSON up to the middle.
        "/broken" => {
            let (half, _) = bodies.middle.split_at(bodies.middle.len() / 2);
            let length = half.len() + 2;
            stream.write_all(format!("{JSON}content-length: {length}\r\n\r\n").as_bytes()).await?;
            stream.write_all(half).await?;
            stream.write_all(b"}}").await?;
        }
        _ => {
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n", bodies.small.len());
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&bodies.small).await?;
        }
    }
    Ok(true)
}
