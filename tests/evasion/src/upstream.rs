//! The upstream: it answers each request with the bytes of the case at hand, and does not look at HTTP's rules.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use meshveil_tests::raw_upstream::chunk;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::case::{Case, Framing};

/// What is sent next.
#[derive(Debug, Clone, Default)]
pub struct Script {
    pieces: Vec<Vec<u8>>,
    /// Whether the connection closes behind it.
    closes: bool,
}

impl Script {
    /// What a case says, with one of its two records.
    ///
    /// # Errors
    /// A body is malformed.
    pub fn of(case: &Case, other: bool) -> Result<Self> {
        if !case.pieces.is_empty() {
            let pieces = case.pieces.iter().map(|piece| piece.clone().into_bytes()).collect();
            return Ok(Self { pieces, closes: true });
        }
        let body = match &case.other_body {
            Some(body) if other => body.clone().into_bytes(),
            _ => case.body_bytes()?,
        };
        let headers = case.other_headers.as_ref().filter(|_| other).unwrap_or(&case.headers);
        let mut head = format!("HTTP/1.1 {}\r\n", case.status);
        for line in headers {
            head.push_str(line);
            head.push_str("\r\n");
        }
        match case.framing {
            Framing::Length if !matches!(case.status_code(), 204 | 304) => {
                head.push_str(&format!("content-length: {}\r\n", body.len()));
            }
            Framing::Chunked | Framing::Bytes => head.push_str("transfer-encoding: chunked\r\n"),
            Framing::Length | Framing::Raw | Framing::Close => {}
        }
        head.push_str("\r\n");
        let mut pieces = vec![head.into_bytes()];
        if case.method() != "HEAD" {
            match case.framing {
                Framing::Bytes => pieces.extend(body.iter().map(|byte| chunk(&[*byte]))),
                Framing::Chunked if !body.is_empty() => pieces.push(chunk(&body)),
                Framing::Chunked => {}
                Framing::Length | Framing::Raw | Framing::Close => pieces.push(body),
            }
            if matches!(case.framing, Framing::Chunked | Framing::Bytes) {
                let trailers: String = case.trailers.iter().map(|line| format!("{line}\r\n")).collect();
                pieces.push(format!("0\r\n{trailers}\r\n").into_bytes());
            }
        }
        Ok(Self { pieces, closes: case.framing == Framing::Close })
    }
}

/// A running upstream.
pub struct Upstream {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    server: JoinHandle<()>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Upstream {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let script = Arc::clone(&shared);
                // A proxy that hangs up early is a part of many cases.
                tokio::spawn(async move { serve(stream, &script).await.ok() });
            }
        });
        Ok(Self { address, script, server })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests like this from now on.
    pub fn play(&self, script: Script) {
        *self.script.lock().unwrap_or_else(PoisonError::into_inner) = script;
    }
}

async fn serve(mut stream: TcpStream, script: &Mutex<Script>) -> Result<()> {
    stream.set_nodelay(true)?;
    while read_request(&mut stream).await? {
        let script = script.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // Many pieces go without a pause: what follows at once is a chunk of its own all the same.
        let pause = Duration::from_millis(if script.pieces.len() > 8 { 0 } else { 1 });
        for piece in &script.pieces {
            stream.write_all(piece).await?;
            tokio::time::sleep(pause).await;
        }
        if script.closes {
            stream.shutdown().await?;
            // Reading on until the other side closes keeps the kernel from sending a reset in place of the last bytes.
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await?;
            return Ok(());
        }
    }
    Ok(())
}

/// Reads one request to its end; `false` where there is none.
async fn read_request(stream: &mut TcpStream) -> Result<bool> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            return Ok(false);
        }
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let header = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(|value| value.trim().to_owned()))
    };
    if header("transfer-encoding").is_some() {
        let mut body = Vec::new();
        while !body.ends_with(b"0\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).await?;
            body.extend(byte);
        }
    } else if let Some(length) = header("content-length").and_then(|length| length.parse().ok()) {
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
    }
    Ok(true)
}
