//! A load generator: a fixed number of requests over a fixed number of keep-alive connections, one thread.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::Failure;
use crate::response::Reader;

/// Longest time without any byte before a run is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// What to ask for, and how often.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) port: u16,
    pub(crate) path: String,
    pub(crate) connections: usize,
    pub(crate) requests: usize,
    /// Length of every body; another one is an error.
    pub(crate) length: usize,
}

struct Connection {
    stream: TcpStream,
    reader: Reader,
}

/// The body at `path`.
pub(crate) fn fetch(port: u16, path: &str) -> Result<Vec<u8>, Failure> {
    let mut stream = std::net::TcpStream::connect(address(port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&request(path))?;
    let mut reader = Reader::new();
    let mut body = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err("the connection was closed in the middle of a response".into());
        }
        let bytes = buffer.get(..count).unwrap_or_default();
        if reader.take(bytes, Some(&mut body))?.is_some() {
            return Ok(body);
        }
    }
}

/// Sends all requests and waits for all responses; returns how long that took, without connecting.
pub(crate) fn run(load: &Load) -> Result<Duration, Failure> {
    let mut poll = Poll::new()?;
    let mut connections = Vec::new();
    for number in 0..load.connections.min(load.requests) {
        let stream = std::net::TcpStream::connect(address(load.port))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(number), Interest::READABLE)?;
        connections.push(Connection { stream, reader: Reader::new() });
    }
    let request = request(&load.path);
    let start = Instant::now();
    for connection in &mut connections {
        connection.send(&request)?;
    }
    let mut sent = connections.len();
    let mut done = 0;
    let mut events = Events::with_capacity(256);
    let mut buffer = vec![0; 256 << 10];
    while done < load.requests {
        match poll.poll(&mut events, Some(PATIENCE)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            other => other?,
        }
        if events.is_empty() {
            return Err(format!("`{}`: no answer for {PATIENCE:?}", load.path).into());
        }
        for event in &events {
            let Some(connection) = connections.get_mut(event.token().0) else {
                continue;
            };
            while let Some(length) = connection.receive(&mut buffer)? {
                if length != load.length {
                    return Err(format!("`{}`: a body of {length} bytes instead of {}", load.path, load.length).into());
                }
                done += 1;
                if sent < load.requests {
                    connection.send(&request)?;
                    sent += 1;
                }
            }
        }
    }
    Ok(start.elapsed())
}

impl Connection {
    /// A request is far smaller than an empty socket buffer, so one call takes it whole.
    fn send(&mut self, request: &[u8]) -> io::Result<()> {
        let count = self.stream.write(request)?;
        if count == request.len() { Ok(()) } else { Err(io::Error::other("a request was not taken whole")) }
    }

    /// Reads until a response is complete (its length) or there is nothing left to read.
    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Failure> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err("Envoy closed a connection".into()),
                Ok(count) => {
                    let bytes = buffer.get(..count).unwrap_or_default();
                    if let Some(length) = self.reader.take(bytes, None)? {
                        return Ok(Some(length));
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn address(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n").into_bytes()
}
