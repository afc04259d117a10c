//! Which protocol the proxy takes a port for: HTTP filters run on HTTP only.

use std::fmt;

use meshveil_objects::kinds::port::Protocol;
use meshveil_objects::kinds::service::{Service, ServicePort};
use meshveil_objects::kinds::workload::Workload;
use meshveil_text::Span;

use crate::cluster::Cluster;
use crate::mesh::capture::sidecars_of;

/// What the proxy takes a port for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// HTTP: HTTP filters run.
    Http,
    /// TCP, TLS or another protocol: no HTTP filter runs.
    Tcp,
    /// The first bytes decide: the source chooses them.
    Sniffed,
}

/// The protocol of a port, and what decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortProtocol {
    /// What the proxy takes it for.
    pub kind: Kind,
    /// Whether a Service or a Sidecar declares the port.
    pub declared: bool,
    /// What decided.
    pub reason: ProtocolReason,
    /// The place that decided.
    pub span: Span,
}

/// What decides what the proxy takes a port for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProtocolReason {
    /// An object declares it.
    Declared {
        /// The Service or Sidecar.
        object: String,
        /// The `appProtocol`, protocol or name of its port, if it has one.
        name: Option<String>,
        /// Whether another Service declares another protocol.
        is_contradicted: bool,
    },
    /// No Service declares this port.
    Undeclared(u16),
}

impl fmt::Display for ProtocolReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared { object, name, is_contradicted } => {
                let other = if *is_contradicted { ", another Service something else" } else { "" };
                write!(f, "{object} declares `{}`{other}", name.as_deref().unwrap_or("no name"))
            }
            Self::Undeclared(port) => write!(f, "no Service declares port {port}: the first bytes decide"),
        }
    }
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

/// The protocol of a workload's port. Where Services disagree, either may count.
#[must_use]
pub fn port_protocol(manifests: &Cluster, workload: &Workload, port: u16) -> PortProtocol {
    let of_services = || -> Vec<PortProtocol> {
        let services = manifests.services.iter().filter(|service| service.leads_to(workload));
        services.filter_map(|service| of_service(service, workload, port)).map(|(_, found)| found).collect()
    };
    let sidecars = sidecars_of(manifests, workload);
    let mut found: Vec<PortProtocol> = Vec::new();
    for sidecar in &sidecars {
        match sidecar.ingress.iter().find(|listener| listener.port == port) {
            _ if sidecar.ingress.is_empty() => found.extend(of_services()),
            Some(listener) => {
                let kind = of_service_port(Some(&listener.protocol), None, port);
                found.push(declared(kind, sidecar.meta.title(), Some(&listener.protocol), listener.span));
            }
            None => found.push(sniffed(workload, port)),
        }
    }
    if sidecars.is_empty() {
        found = of_services();
    }
    let disagree = found.iter().any(|one| found.first().is_some_and(|first| first.kind != one.kind));
    let worst = found.into_iter().max_by_key(|found| match found.kind {
        Kind::Http => 0,
        Kind::Sniffed => 1,
        Kind::Tcp => 2,
    });
    match worst {
        // The sidecar takes one of them: rules for HTTP may keep TCP out, and HTTP be let in.
        Some(mut worst) if disagree => {
            worst.kind = Kind::Sniffed;
            if let ProtocolReason::Declared { is_contradicted, .. } = &mut worst.reason {
                *is_contradicted = true;
            }
            worst
        }
        Some(worst) => worst,
        None => sniffed(workload, port),
    }
}

/// The number and the protocol of a Service's port that leads to a workload's port.
#[must_use]
pub fn of_service(service: &Service, workload: &Workload, port: u16) -> Option<(u16, PortProtocol)> {
    let leads = |p: &&ServicePort| p.protocol == Protocol::Tcp && p.resolve(workload) == Some(port);
    let found = service.ports.iter().find(leads)?;
    let kind = of_service_port(found.app_protocol.as_deref(), found.name.as_deref(), found.port);
    let name = found.app_protocol.as_deref().or(found.name.as_deref());
    Some((found.port, declared(kind, service.meta.title(), name, found.span)))
}

fn declared(kind: Kind, object: String, name: Option<&str>, span: Span) -> PortProtocol {
    let reason = ProtocolReason::Declared { object, name: name.map(str::to_owned), is_contradicted: false };
    PortProtocol { kind, declared: true, reason, span }
}

/// A port whose protocol is not declared.
#[must_use]
pub fn sniffed(workload: &Workload, port: u16) -> PortProtocol {
    let declared = workload.ports().find(|p| p.port == port).map(|p| p.span);
    PortProtocol {
        kind: Kind::Sniffed,
        declared: false,
        reason: ProtocolReason::Undeclared(port),
        span: declared.unwrap_or(workload.meta.span),
    }
}
