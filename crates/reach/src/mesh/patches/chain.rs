//! The filter chains for incoming connections as istiod builds them, before patches: what the conditions of patches are
//! compared with.

use meshveil_objects::kinds::security::MtlsMode;
use meshveil_objects::well_known::TRUST_DOMAIN;

use crate::cluster::Cluster;
use crate::mesh::authorization::Scope;
use crate::mesh::capture::sidecars_of;
use crate::mesh::mtls::{levels, peer_mode};
use crate::mesh::protocol::{Kind, PortProtocol, of_service, port_protocol};

/// How a connection arrives at a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// In plaintext.
    Plain,
    /// In mutual TLS to the port itself.
    Tls,
    /// In a tunnel to port 15008.
    Tunnel,
}

/// Connections to one port of a proxy.
#[derive(Debug, Clone)]
pub struct Way {
    /// The pod's port, or at a waypoint the Service's.
    pub port: u16,
    /// What the proxy takes it for.
    pub kind: Kind,
    /// Whether a Service or a Sidecar declares it.
    pub declared: bool,
    /// How connections arrive.
    pub transport: Transport,
    /// The mode of mutual TLS of the port.
    pub mode: MtlsMode,
}

impl Way {
    /// Connections of one kind to a port whose protocol is known.
    #[must_use]
    pub fn new(
        manifests: &Cluster,
        scope: Scope<'_>,
        port: u16,
        protocol: &PortProtocol,
        transport: Transport,
    ) -> Self {
        let mode = match scope {
            Scope::Sidecar(workload) | Scope::Ztunnel(workload) => peer_mode(manifests, workload, port).mode,
            Scope::Waypoint { .. } => MtlsMode::Strict,
        };
        Self { port, kind: protocol.kind, declared: protocol.declared, transport, mode }
    }

    /// Connections in mutual TLS to a port of a sidecar's pod; at a waypoint, connections to a Service's port that leads
    /// there.
    #[must_use]
    pub fn to_port(manifests: &Cluster, scope: Scope<'_>, port: u16) -> Self {
        match scope {
            Scope::Sidecar(workload) | Scope::Ztunnel(workload) => {
                Self::new(manifests, scope, port, &port_protocol(manifests, workload, port), Transport::Tls)
            }
            Scope::Waypoint { service, .. } => {
                let named = |(namespace, name): (&str, &str)| {
                    manifests.services.iter().find(|s| s.meta.namespace == namespace && s.meta.name == name)
                };
                let found = service.and_then(named).and_then(|service| {
                    let pods = manifests.workloads.iter().filter(|workload| service.leads_to(workload));
                    pods.into_iter().find_map(|workload| of_service(service, workload, port))
                });
                let (port, kind, declared) = match found {
                    Some((number, protocol)) => (number, protocol.kind, true),
                    None => (port, Kind::Sniffed, false),
                };
                Self { port, kind, declared, transport: Transport::Tunnel, mode: MtlsMode::Strict }
            }
        }
    }
}

/// The listener of everything that is redirected to a sidecar.
pub(super) const VIRTUAL_INBOUND: &str = "virtualInbound";
/// The listener of what comes out of tunnels.
const MAIN_INTERNAL: &str = "main_internal";
/// The port of [`VIRTUAL_INBOUND`].
pub(super) const INBOUND_PORT: u16 = 15006;

const TLS: &str = "tls";
const PLAIN: &str = "raw_buffer";

/// A filter chain: what it matches, and the routes behind it.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    pub listener: &'static str,
    pub name: String,
    /// `destination_port` of its match.
    pub port: Option<u16>,
    /// `transport_protocol` of its match; empty for none.
    pub transport: &'static str,
    /// `application_protocols` of its match.
    pub protocols: &'static [&'static str],
    pub is_http: bool,
    /// The name of its route configuration, and the port that name says.
    pub routes: (String, u16),
}

/// The chain that takes connections as HTTP, or as TCP. From `inboundChainForOpts` and `getFilterChainMatchOptions` in istiod's
/// pilot/pkg/networking/core, and `buildWaypointInternal` for waypoints, whose chains have no match of their own.
pub(super) fn chain(manifests: &Cluster, scope: Scope<'_>, way: &Way, is_http: bool) -> Chain {
    let port = way.port;
    let word = if is_http { "http" } else { "tcp" };
    if let Scope::Waypoint { service, .. } = scope {
        let host = service.map(|(namespace, name)| format!("{name}.{namespace}.svc.{TRUST_DOMAIN}"));
        let name = host.map_or_else(|| format!("direct-{word}"), |host| format!("inbound-vip|{port}|{word}|{host}"));
        let routes = (if service.is_some() { name.clone() } else { "encap".to_owned() }, port);
        return Chain { listener: MAIN_INTERNAL, name, port: None, transport: "", protocols: &[], is_http, routes };
    }
    let has_own = |scope: Scope<'_>| match scope {
        Scope::Sidecar(workload) | Scope::Ztunnel(workload) => {
            let policies = levels(manifests, workload).workload;
            policies.iter().any(|policy| policy.ports.iter().any(|(number, _, _)| *number == port))
        }
        Scope::Waypoint { .. } => false,
    };
    let by_sidecar = |scope: Scope<'_>| match scope {
        Scope::Sidecar(workload) | Scope::Ztunnel(workload) => {
            let mut listeners = sidecars_of(manifests, workload).into_iter().flat_map(|sidecar| &sidecar.ingress);
            listeners.any(|listener| listener.port == port)
        }
        Scope::Waypoint { .. } => false,
    };
    let (name, own_port, routes) = match (way.declared, is_http) {
        // A Sidecar binds it to the pod's own address.
        (true, _) if by_sidecar(scope) => (format!("_{port}"), Some(port), (format!("inbound|{port}||"), port)),
        (true, _) => (format!("0.0.0.0_{port}"), Some(port), (format!("inbound|{port}||"), port)),
        // A mode of a port's own has a chain of its own.
        (false, true) => ("virtualInbound-catchall-http".to_owned(), has_own(scope).then_some(port), passthrough()),
        (false, false) => (VIRTUAL_INBOUND.to_owned(), has_own(scope).then_some(port), passthrough()),
    };
    let listener = if way.transport == Transport::Tunnel { MAIN_INTERNAL } else { VIRTUAL_INBOUND };
    let (transport, protocols) = matched(way, is_http);
    Chain { listener, name, port: own_port, transport, protocols, is_http, routes }
}

fn passthrough() -> (String, u16) {
    ("InboundPassthroughCluster".to_owned(), 0)
}

/// What a sidecar's chain matches of the connection itself.
fn matched(way: &Way, is_http: bool) -> (&'static str, &'static [&'static str]) {
    const PLAIN_HTTP: &[&str] = &["http/1.1", "h2c"];
    const MTLS_HTTP: &[&str] = &["istio-http/1.0", "istio-http/1.1", "istio-h2"];
    const MTLS_TCP: &[&str] = &["istio-peer-exchange", "istio"];
    const MTLS: &[&str] = &["istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2"];
    let sniffed = way.kind == Kind::Sniffed;
    let permissive = matches!(way.mode, MtlsMode::Permissive | MtlsMode::Unset);
    match (way.transport, is_http) {
        (Transport::Tunnel, true) => ("", if sniffed { PLAIN_HTTP } else { &[] }),
        (Transport::Tunnel, false) => ("", &[]),
        (Transport::Plain, true) => (PLAIN, if sniffed { PLAIN_HTTP } else { &[] }),
        (Transport::Plain, false) => (PLAIN, &[]),
        (Transport::Tls, true) if sniffed => (TLS, MTLS_HTTP),
        (Transport::Tls, true) => (TLS, if permissive { MTLS } else { &[] }),
        (Transport::Tls, false) if !permissive => (TLS, &[]),
        (Transport::Tls, false) => (TLS, if sniffed { MTLS_TCP } else { MTLS }),
    }
}
