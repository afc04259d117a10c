//! A fast upstream: HTTP/1.1 with keep-alive, one thread, one fixed JSON body per path.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

const LISTENER: Token = Token(usize::MAX);

/// Serves `bodies`, by path, until the process ends. A path with `/off` in front is the same. Returns the port.
pub(crate) fn start(bodies: &[(String, Arc<Vec<u8>>)]) -> io::Result<u16> {
    let responses: HashMap<String, Arc<Vec<u8>>> = bodies
        .iter()
        .map(|(path, body)| {
            let mut response =
                format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len())
                    .into_bytes();
            response.extend_from_slice(body);
            (path.clone(), Arc::new(response))
        })
        .collect();
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().map_err(io::Error::other)?)?;
    let port = listener.local_addr()?.port();
    let poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    std::thread::Builder::new().name("upstream".to_owned()).spawn(move || {
        if let Err(error) = serve(poll, &listener, &responses) {
            eprintln!("error: upstream stopped: {error}");
        }
    })?;
    Ok(port)
}

struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    response: Option<(Arc<Vec<u8>>, usize)>,
}

fn serve(mut poll: Poll, listener: &TcpListener, responses: &HashMap<String, Arc<Vec<u8>>>) -> io::Result<()> {
    let mut events = Events::with_capacity(256);
    let mut connections: HashMap<Token, Connection> = HashMap::new();
    let mut next = 0;
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            other => other?,
        }
        for event in &events {
            if event.token() == LISTENER {
                loop {
                    let mut stream = match listener.accept() {
                        Ok((stream, _)) => stream,
                        Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                        Err(error) => return Err(error),
                    };
                    stream.set_nodelay(true)?;
                    let token = Token(next);
                    next += 1;
                    poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
                    let connection = Connection { stream, request: Vec::new(), response: None };
                    connections.insert(token, connection);
                }
            } else if let Some(connection) = connections.get_mut(&event.token())
                && !matches!(connection.advance(responses), Ok(true))
            {
                // Closed by Envoy, or a request for a path that is not served: dropping it closes it.
                connections.remove(&event.token());
            }
        }
    }
}

impl Connection {
    /// Reads and writes as far as possible. False: the connection is to be closed.
    fn advance(&mut self, responses: &HashMap<String, Arc<Vec<u8>>>) -> io::Result<bool> {
        let mut buffer = [0; 4096];
        loop {
            if let Some((response, sent)) = &mut self.response {
                let rest = response.get(*sent..).unwrap_or_default();
                if !rest.is_empty() {
                    match self.stream.write(rest) {
                        Ok(count) => *sent += count,
                        Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                        Err(error) => return Err(error),
                    }
                    continue;
                }
                self.response = None;
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(false),
                Ok(count) => self.request.extend_from_slice(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(error) => return Err(error),
            }
            if self.request.ends_with(b"\r\n\r\n") {
                let Some(response) = path(&self.request).and_then(|path| responses.get(path)) else {
                    return Ok(false);
                };
                self.response = Some((Arc::clone(response), 0));
                self.request.clear();
            }
        }
    }
}

fn path(request: &[u8]) -> Option<&str> {
    let line = request.split(|byte| *byte == b'\r').next()?;
    let path = std::str::from_utf8(line).ok()?.split(' ').nth(1)?;
    Some(path.strip_prefix("/off").unwrap_or(path))
}
