//! Random connections and requests.

use std::net::Ipv4Addr;

use fastrand::Rng;
use serde_json::{Value, json};

use super::{CALLERS, DOMAINS, PORTS, likely, one_of, words};
use crate::objects::Mesh;
use crate::token::ISSUERS;

/// How a connection is secured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// Not at all.
    Plaintext,
    /// TLS with the certificate of a caller.
    Mtls {
        /// Its trust domain.
        domain: String,
        /// Its namespace and ServiceAccount.
        caller: (String, String),
    },
    /// TLS without a certificate.
    Tls,
}

/// What a TLS client offers to speak (ALPN).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocols {
    /// What a sidecar offers for HTTP.
    MeshHttp,
    /// What a sidecar offers for TCP.
    MeshTcp,
    /// What a client outside the mesh offers.
    Foreign,
}

impl Protocols {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::MeshHttp, Self::MeshTcp, Self::Foreign];

    /// The names.
    #[must_use]
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::MeshHttp => &["istio-http/1.1", "istio", "http/1.1"],
            Self::MeshTcp => &["istio-peer-exchange", "istio"],
            Self::Foreign => &["http/1.1"],
        }
    }
}

/// An HTTP request.
#[derive(Debug, Clone)]
pub struct Http {
    /// Its method.
    pub method: String,
    /// Its path with query.
    pub path: String,
    /// Its host.
    pub host: String,
    /// Other headers, line by line.
    pub headers: Vec<(String, String)>,
    /// The claims of its token.
    pub token: Option<Value>,
}

/// What is said on a connection.
#[derive(Debug, Clone)]
pub enum Ask {
    /// A request.
    Http(Http),
    /// Bytes that are not HTTP.
    Raw,
}

/// One connection.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The port.
    pub port: u16,
    /// The address it comes from.
    pub source: Ipv4Addr,
    /// How it is secured.
    pub transport: Transport,
    /// What TLS offers.
    pub protocols: Protocols,
    /// The name that TLS asks for.
    pub sni: Option<String>,
    /// What is said, one after the other.
    pub asks: Vec<Ask>,
}

/// Connections to the workload of a mesh.
pub fn visits(rng: &mut Rng, mesh: &Mesh) -> Vec<Visit> {
    (0..9).map(|_| visit(rng, mesh)).collect()
}

fn visit(rng: &mut Rng, mesh: &Mesh) -> Visit {
    // The first port is always HTTP.
    let port = one_of(rng, &[PORTS[0], PORTS[0], PORTS[1], PORTS[2], PORTS[3]]);
    let transport = match rng.u32(..100) {
        0..30 => Transport::Plaintext,
        30..92 => {
            let own = likely(rng, 80);
            let (namespace, account) = one_of(rng, &CALLERS);
            let domain = if own { mesh.trust_domain.clone() } else { one_of(rng, &DOMAINS).to_owned() };
            Transport::Mtls { domain, caller: (namespace.to_owned(), account.to_owned()) }
        }
        _ => Transport::Tls,
    };
    let must_be_http = port == PORTS[0];
    let raw = !must_be_http && likely(rng, 40);
    let protocols = match transport {
        Transport::Tls => one_of(rng, &[Protocols::MeshHttp, Protocols::Foreign]),
        _ if raw || likely(rng, 15) => Protocols::MeshTcp,
        _ => Protocols::MeshHttp,
    };
    let secured = transport != Transport::Plaintext;
    let sni = (secured && likely(rng, 70)).then(|| one_of(rng, &words::NAMES).to_owned());
    let count = if raw || transport == Transport::Tls { 1 } else { one_of(rng, &[1, 2, 3]) };
    let ask = |rng: &mut Rng| if raw { Ask::Raw } else { Ask::Http(http(rng)) };
    let asks = (0..count).map(|_| ask(rng)).collect();
    Visit { port, source: Ipv4Addr::from(one_of(rng, &words::SOURCES)), transport, protocols, sni, asks }
}

fn http(rng: &mut Rng) -> Http {
    let mut headers = Vec::new();
    for _ in 0..one_of(rng, &[0, 1, 1, 2]) {
        headers.push(("x-team".to_owned(), one_of(rng, &words::TEAMS).to_owned()));
    }
    if likely(rng, 30) {
        headers.push(("X-Trace".to_owned(), one_of(rng, &["1", "2", ""]).to_owned()));
    }
    if likely(rng, 30) {
        headers.push(("x-forwarded-for".to_owned(), one_of(rng, &words::FORWARDED).to_owned()));
    }
    Http {
        method: one_of(rng, &words::METHODS).to_owned(),
        path: one_of(rng, &words::PATHS).to_owned(),
        host: one_of(rng, &words::HOSTS).to_owned(),
        headers,
        token: likely(rng, 50).then(|| claims(rng)),
    }
}

fn claims(rng: &mut Rng) -> Value {
    let mut claims = json!({"iss": one_of(rng, &ISSUERS), "sub": one_of(rng, &words::SUBJECTS)});
    if likely(rng, 5) {
        claims = json!({"iss": one_of(rng, &ISSUERS)});
    }
    let groups = match rng.u32(..6) {
        0 => None,
        5 => Some(json!([["dev"], 7, "admin"])),
        1 => Some(json!("dev")),
        2 => Some(json!("dev ops")),
        3 => Some(json!(["dev", "admin"])),
        _ => Some(json!(["admin"])),
    };
    if let Some(groups) = groups {
        claims["groups"] = groups;
    }
    if rng.bool() {
        claims["aud"] = if rng.bool() { json!("api") } else { json!(["web", "api"]) };
    }
    if rng.bool() {
        claims["azp"] = json!("cli");
    }
    if rng.bool() {
        claims["realm"] = json!({"role": one_of(rng, &["dev", "admin"])});
    }
    claims
}
