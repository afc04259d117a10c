//! Which protocol the proxy takes a port for: HTTP filters run on HTTP only.

use crate::finding::Span;
use crate::manifest::Manifests;
use crate::manifest::kinds::workload::{Protocol, Workload};
use crate::mesh::enrollment::sidecar_of;

/// What the proxy takes a port for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// HTTP: HTTP filters run.
    Http,
    /// TCP, TLS or another protocol: no HTTP filter runs.
    Tcp,
    /// The first bytes decide: whoever connects chooses.
    Sniffed,
}

/// The protocol of a port, and what decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortProtocol {
    /// What the proxy takes it for.
    pub kind: Kind,
    /// Whether a Service or a Sidecar declares the port.
    pub declared: bool,
    /// The reason, in words.
    pub why: String,
    /// The place that decided.
    pub span: Span,
}

/// Ports that are taken for TCP if nothing names their protocol.
const WELL_KNOWN_TCP: [u16; 4] = [25, 53, 3306, 27017];

/// Reads a Service port's protocol from `appProtocol`, else from the start of its name.
#[must_use]
pub fn of_service_port(app_protocol: Option<&str>, name: Option<&str>, port: u16) -> Kind {
    let text = match app_protocol {
        Some("kubernetes.io/h2c" | "kubernetes.io/ws") => return Kind::Http,
        Some("kubernetes.io/wss") => return Kind::Tcp,
        Some(text) => text,
        None => name.unwrap_or_default(),
    };
    let text = text.to_ascii_lowercase();
    if text.starts_with("grpc-web") {
        return Kind::Http;
    }
    match text.split('-').next().unwrap_or_default() {
        "http" | "http2" | "grpc" | "http_proxy" => Kind::Http,
        "tcp" | "https" | "tls" | "mongo" | "redis" | "mysql" | "udp" => Kind::Tcp,
        _ if WELL_KNOWN_TCP.contains(&port) => Kind::Tcp,
        _ => Kind::Sniffed,
    }
}

/// The protocol of a workload's port. Where Services disagree, the least protected counts: TCP, then sniffed.
#[must_use]
pub fn port_protocol(manifests: &Manifests, workload: &Workload, port: u16) -> PortProtocol {
    if let Some(sidecar) = sidecar_of(manifests, workload).filter(|sidecar| !sidecar.ingress.is_empty()) {
        if let Some(listener) = sidecar.ingress.iter().find(|listener| listener.port == port) {
            let kind = of_service_port(Some(&listener.protocol), None, port);
            let why = format!("{} declares `{}`", sidecar.meta.title(), listener.protocol);
            return PortProtocol { kind, declared: true, why, span: listener.span };
        }
        return undeclared(workload, port);
    }
    let services = manifests.services.iter().filter(|service| service.leads_to(workload));
    let ports = services.flat_map(|service| service.ports.iter().map(move |p| (service, p)));
    let ports = ports.filter(|(_, p)| p.protocol == Protocol::Tcp && p.resolve(workload) == Some(port));
    let found = ports.map(|(service, p)| {
        let kind = of_service_port(p.app_protocol.as_deref(), p.name.as_deref(), p.port);
        let named = p.app_protocol.as_deref().or(p.name.as_deref()).unwrap_or("no name");
        PortProtocol { kind, declared: true, why: format!("{} declares `{named}`", service.meta.title()), span: p.span }
    });
    let worst = found.max_by_key(|found| match found.kind {
        Kind::Http => 0,
        Kind::Sniffed => 1,
        Kind::Tcp => 2,
    });
    worst.unwrap_or_else(|| undeclared(workload, port))
}

fn undeclared(workload: &Workload, port: u16) -> PortProtocol {
    let declared = workload.ports().find(|p| p.port == port).map(|p| p.span);
    PortProtocol {
        kind: Kind::Sniffed,
        declared: false,
        why: format!("no Service declares port {port}: the first bytes decide"),
        span: declared.unwrap_or(workload.meta.span),
    }
}
