//! A request as far as it is known: what is not known stays open.

use std::net::IpAddr;

/// Something that is known, known to be absent, or not known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Fact<T> {
    /// It is this.
    Is(T),
    /// There is none.
    Absent,
    /// It may be anything, or absent.
    #[default]
    Unknown,
}

/// The HTTP part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Http {
    /// `GET`.
    pub method: Fact<String>,
    /// The path, with or without a query.
    pub path: Fact<String>,
    /// `:authority`.
    pub host: Fact<String>,
    /// Headers by lower-case name, each line by itself: one that matches is enough, as in Envoy since its fix of CVE-2026-26308 (before, all
    /// lines of a name were one text). Names that are not listed are as `headers_complete` says.
    pub headers: Vec<(String, Fact<String>)>,
    /// Whether headers that are not listed are absent; otherwise they are unknown.
    pub headers_complete: bool,
    /// `issuer/subject` of a verified token.
    pub request_principal: Fact<String>,
    /// Claims of a verified token.
    pub claims: Vec<(String, Vec<String>)>,
    /// Whether claims that are not listed are absent.
    pub claims_complete: bool,
}

/// A connection, and its request where the port speaks HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// `cluster.local/ns/shop/sa/web`; absent over plaintext.
    pub principal: Fact<String>,
    /// The address of the peer.
    pub source_ip: Fact<IpAddr>,
    /// The address of the original client, which a trusted proxy reports.
    pub remote_ip: Fact<IpAddr>,
    /// The pod's port.
    pub port: u16,
    /// The name asked for in the TLS handshake.
    pub sni: Fact<String>,
    /// The request; `None` where the port is taken for TCP.
    pub http: Option<Http>,
}
