//! Connections as a caller makes them: plaintext, or TLS with or without a real certificate, from a chosen address.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll};

use anyhow::{Context, Result};
use meshveil_tests::certificate::{Authority, Identity};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{self, CryptoProvider};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use crate::application::{PING, RAW};
use crate::generate::requests::{Ask, Protocols, Transport, Visit};
use crate::token;

/// What came back for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The application's.
    Served,
    /// The application's, who saw bytes that are not HTTP.
    Raw,
    /// 403 of the RBAC filter, with Envoy's reason.
    Forbidden(String),
    /// Nothing: the connection ended.
    Closed,
    /// Anything else.
    Other(String),
}

/// Callers' certificates and TLS settings.
pub struct Clients {
    configurations: HashMap<(Option<String>, Protocols), Arc<ClientConfig>>,
}

/// The server's certificate proves nothing here.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// A connection that remembers the first bytes that came.
struct Recorder {
    stream: TcpStream,
    seen: Vec<u8>,
}

impl AsyncRead for Recorder {
    fn poll_read(mut self: Pin<&mut Self>, task: &mut Task<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(task, buffer);
        if self.seen.len() < 64 {
            let new = &buffer.filled()[before..];
            self.seen.extend_from_slice(new);
        }
        result
    }
}

impl AsyncWrite for Recorder {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Task<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(task, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(task)
    }
}

fn configuration(identity: Option<&Identity>, protocols: Protocols) -> Result<ClientConfig> {
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyServer(provider)));
    let mut configuration = match identity {
        Some(identity) => builder.with_client_auth_cert(
            vec![CertificateDer::from_pem_slice(identity.certificate.as_bytes())?],
            PrivateKeyDer::from_pem_slice(identity.key.as_bytes())?,
        )?,
        None => builder.with_no_client_auth(),
    };
    configuration.alpn_protocols = protocols.names().iter().map(|name| name.as_bytes().to_vec()).collect();
    configuration.resumption = Resumption::disabled();
    Ok(configuration)
}

impl Clients {
    /// Signs a certificate for each SPIFFE id.
    ///
    /// # Errors
    /// A certificate cannot be made.
    pub fn new(authority: &Authority, ids: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut configurations = HashMap::new();
        for protocols in Protocols::ALL {
            configurations.insert((None, protocols), Arc::new(configuration(None, protocols)?));
        }
        for id in ids {
            let identity = authority.workload(&id)?;
            for protocols in Protocols::ALL {
                let configuration = configuration(Some(&identity), protocols)?;
                configurations.insert((Some(id.clone()), protocols), Arc::new(configuration));
            }
        }
        Ok(Self { configurations })
    }

    /// Makes a connection and sends its requests one after the other; one answer for each.
    ///
    /// # Errors
    /// The address does not listen, or an identity has no certificate.
    pub async fn visit(&self, visit: &Visit, address: Ipv4Addr) -> Result<Vec<Answer>> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((visit.source, 0)))?;
        let target = SocketAddr::from((address, visit.port));
        let stream = socket.connect(target).await.with_context(|| format!("{} to {target}", visit.source))?;
        stream.set_nodelay(true)?;
        let mut recorder = Recorder { stream, seen: Vec::new() };
        let identity = match &visit.transport {
            Transport::Plaintext => return Ok(converse(&mut recorder, &visit.asks).await),
            Transport::Mtls { domain, caller } => Some(spiffe(domain, caller)),
            Transport::Tls => None,
        };
        let configuration = self.configurations.get(&(identity, visit.protocols)).context("no such identity")?;
        // A name that is an address is not sent.
        let name = visit.sni.clone().unwrap_or_else(|| "127.0.0.1".to_owned());
        let connector = TlsConnector::from(Arc::clone(configuration));
        let handshake = connector.connect(ServerName::try_from(name)?, recorder).into_fallible().await;
        Ok(match handshake {
            Ok(mut stream) => converse(&mut stream, &visit.asks).await,
            Err((_, recorder)) => {
                let seen = &recorder.seen;
                let answer = if seen.starts_with(RAW) {
                    Answer::Raw
                } else if seen.starts_with(b"HTTP/") {
                    Answer::Other(String::from_utf8_lossy(seen).lines().next().unwrap_or_default().to_owned())
                } else {
                    Answer::Closed
                };
                vec![answer; visit.asks.len()]
            }
        })
    }
}

/// The SPIFFE id of a caller.
#[must_use]
pub fn spiffe(domain: &str, (namespace, account): &(String, String)) -> String {
    format!("spiffe://{domain}/ns/{namespace}/sa/{account}")
}

async fn converse(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), asks: &[Ask]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for ask in asks {
        // After the end of a connection there is nothing more to hear.
        answers.push(one(stream, ask).await.unwrap_or(Answer::Closed));
    }
    answers
}

async fn one(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), ask: &Ask) -> io::Result<Answer> {
    match ask {
        Ask::Raw => stream.write_all(PING).await?,
        Ask::Http(http) => {
            let mut text = format!("{} {} HTTP/1.1\r\nhost: {}\r\n", http.method, http.path, http.host);
            for (name, value) in &http.headers {
                text += &format!("{name}: {value}\r\n");
            }
            if let Some(claims) = &http.token {
                text += &format!("authorization: Bearer {}\r\n", token::sign(claims));
            }
            text += "content-length: 0\r\n\r\n";
            stream.write_all(text.as_bytes()).await?;
        }
    }
    stream.flush().await?;
    let mut read = Vec::new();
    loop {
        if read.starts_with(RAW) {
            return Ok(Answer::Raw);
        }
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let field = |name: &str| {
                let mut lines = head.lines().filter_map(|line| line.split_once(": "));
                lines.find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
            };
            let length: usize = field("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            if read.len() >= end + 4 + length {
                let body = String::from_utf8_lossy(&read[end + 4..]).into_owned();
                let status = head.split(' ').nth(1).unwrap_or_default().to_owned();
                return Ok(match (status.as_str(), body.as_str()) {
                    ("200", "ok") => Answer::Served,
                    ("403", "RBAC: access denied") => Answer::Forbidden(field("x-details").unwrap_or_default()),
                    _ => Answer::Other(format!("{status} {body}")),
                });
            }
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(Answer::Closed);
        }
    }
}
