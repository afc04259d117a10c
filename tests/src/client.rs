//! Clients with and without a certificate, over HTTP/1.1 and HTTP/2, that keep whatever arrived before a cut.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::certificate::Identity;

/// Which HTTP a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1
    Http1,
    /// HTTP/2
    Http2,
}

/// A response, whole or cut.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// All of its body that arrived.
    pub body: Vec<u8>,
    /// Its trailers.
    pub trailers: Option<HeaderMap>,
    /// Why the body ended early.
    pub cut: Option<String>,
}

impl Answer {
    /// The body as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The first line of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Collects a response.
    pub async fn collect(response: Response<Incoming>) -> Self {
        let (head, mut body) = response.into_parts();
        let mut answer =
            Self { status: head.status, headers: head.headers, body: Vec::new(), trailers: None, cut: None };
        while let Some(frame) = body.frame().await {
            match frame.map(http_body::Frame::into_data) {
                Ok(Ok(data)) => answer.body.extend_from_slice(&data),
                Ok(Err(other)) => answer.trailers = other.into_trailers().ok(),
                Err(error) => {
                    answer.cut = Some(error.to_string());
                    break;
                }
            }
        }
        answer
    }
}

/// A client of one server.
#[derive(Clone)]
pub struct Client {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    protocol: Protocol,
}

/// One connection of a client.
#[derive(Debug)]
pub enum Connection {
    /// One request at a time.
    Http1(http1::SendRequest<Empty<Bytes>>),
    /// Many at a time: clone it.
    Http2(http2::SendRequest<Empty<Bytes>>),
}

impl Client {
    /// A client that trusts `authority` and shows `identity`, if any.
    ///
    /// # Errors
    /// A certificate cannot be read.
    pub fn new(address: SocketAddr, authority: &str, identity: Option<&Identity>, protocol: Protocol) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.as_bytes())?)?;
        let provider = Arc::new(crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots);
        let mut tls = match identity {
            Some(identity) => builder.with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(identity.certificate.as_bytes())?],
                PrivateKeyDer::from_pem_slice(identity.key.as_bytes())?,
            )?,
            None => builder.with_no_client_auth(),
        };
        tls.alpn_protocols = vec![match protocol {
            Protocol::Http1 => b"http/1.1".to_vec(),
            Protocol::Http2 => b"h2".to_vec(),
        }];
        Ok(Self { address, tls: Arc::new(tls), protocol })
    }

    /// The same client of another address.
    #[must_use]
    pub fn at(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Opens a connection for bytes that the caller writes and reads.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn tls(&self) -> Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("localhost")?;
        TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await.context("TLS handshake")
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn connect(&self) -> Result<Connection> {
        let stream = TokioIo::new(self.tls().await?);
        Ok(match self.protocol {
            Protocol::Http1 => {
                let (sender, connection) = http1::handshake(stream).await?;
                tokio::spawn(connection.with_upgrades());
                Connection::Http1(sender)
            }
            Protocol::Http2 => {
                let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
                tokio::spawn(connection);
                Connection::Http2(sender)
            }
        })
    }

    /// `GET` over a new connection.
    ///
    /// # Errors
    /// No response arrived.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(Request::get(path)).await
    }

    /// Sends a request without body over a new connection.
    ///
    /// # Errors
    /// No response arrived.
    pub async fn send(&self, request: hyper::http::request::Builder) -> Result<Answer> {
        self.connect().await?.send(request).await
    }

    /// Writes bytes over a new connection and returns everything the server sends until it closes. The request should
    /// say `connection: close`.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn raw(&self, request: &[u8]) -> Result<Vec<u8>> {
        if self.protocol != Protocol::Http1 {
            bail!("bytes are sent over HTTP/1.1 only");
        }
        let mut stream = self.tls().await?;
        stream.write_all(request).await?;
        let mut received = Vec::new();
        // A server that closes without TLS's farewell has cut the answer; what came before counts.
        let _ = stream.read_to_end(&mut received).await;
        Ok(received)
    }
}

impl Connection {
    /// Sends a request without body and collects the response; `host` is added.
    ///
    /// # Errors
    /// No response arrived.
    pub async fn send(&mut self, request: hyper::http::request::Builder) -> Result<Answer> {
        Ok(Answer::collect(self.open(request).await?).await)
    }

    /// Sends a request without body and returns when the response headers are there.
    ///
    /// # Errors
    /// No response arrived.
    pub async fn open(&mut self, request: hyper::http::request::Builder) -> Result<Response<Incoming>> {
        let mut request = request.body(Empty::new())?;
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(match self {
            Self::Http1(sender) => {
                if !request.headers().contains_key("host") {
                    request.headers_mut().insert("host", hyper::header::HeaderValue::from_static("shop.test"));
                }
                sender.send_request(request).await?
            }
            Self::Http2(sender) => {
                *request.uri_mut() = format!("https://shop.test{path}").parse()?;
                sender.send_request(request).await?
            }
        })
    }
}
