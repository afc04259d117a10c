//! What meets a connection at the pod and before it: capture, mutual TLS, the waypoint, a listener of Envoy Gateway.

use std::fmt;

use meshveil_objects::kinds::security::MtlsMode;

use crate::cluster::enrollment::EnrollmentReason;
use crate::mesh::capture::BypassReason;

/// Whether the mesh sees a connection that arrives at a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// The sidecar sees it.
    Sidecar,
    /// The node's ztunnel sees it.
    Ztunnel,
    /// The pod is a proxy, and answers itself.
    ProxyItself,
    /// The pod is outside the mesh.
    Outside(EnrollmentReason),
    /// The pod is outside the mesh, and the source asks for mutual TLS.
    NoMutualTls,
    /// The port is not captured: plaintext reaches the application.
    Bypassed(BypassReason),
    /// The port is not captured, and the source asks the application for mutual TLS.
    BypassedWithTls(BypassReason),
}

impl fmt::Display for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sidecar => f.write_str("captured by the sidecar"),
            Self::Ztunnel => f.write_str("captured by ztunnel"),
            Self::ProxyItself => f.write_str("the proxy itself answers"),
            Self::Outside(reason) => write!(f, "outside the mesh: {reason}"),
            Self::NoMutualTls => f.write_str("outside the mesh: no mutual TLS"),
            Self::Bypassed(reason) => write!(f, "goes past the proxy: {reason}"),
            Self::BypassedWithTls(reason) => {
                write!(f, "goes past the proxy, and the application speaks no mutual TLS of the mesh: {reason}")
            }
        }
    }
}

/// What PeerAuthentication says about a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MutualTls {
    /// The mode of the port.
    pub mode: MtlsMode,
    /// The object that sets it; `None` where it is the default.
    pub object: Option<String>,
    /// Whether the mode refuses the connection.
    pub is_refused: bool,
}

impl fmt::Display for MutualTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = match (self.is_refused, self.mode) {
            (false, _) => "",
            (true, MtlsMode::Disable) => "mutual TLS is switched off: ",
            (true, _) => "plaintext is refused: ",
        };
        write!(f, "{start}{} by {}", self.mode.name(), self.object.as_deref().unwrap_or("the default"))
    }
}

/// What a listener of Envoy Gateway says about the certificate of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certificate {
    /// It is verified.
    Verified(String),
    /// The client has none, and the listener takes it.
    Optional(String),
    /// The client has none, and is refused.
    Needed(String),
    /// The listener asks for none: no caller is recognised.
    NotAsked(String),
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verified(object) => write!(f, "{object} verifies the certificate"),
            Self::Optional(object) => write!(f, "{object} takes clients without a certificate"),
            Self::Needed(object) => write!(f, "{object} refuses clients without a certificate"),
            Self::NotAsked(listener) => {
                write!(f, "listener `{listener}` asks for no certificate: it recognises no caller")
            }
        }
    }
}

/// The waypoint on the way to an ambient pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnTheWay {
    /// There is none.
    NoWaypoint,
    /// One is asked for that does not exist, or that does not serve this destination: `namespace/name`.
    Missing(String),
    /// This one: `namespace/name`.
    Waypoint(String),
}

impl fmt::Display for OnTheWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWaypoint => f.write_str("no waypoint on this way"),
            Self::Missing(name) => write!(f, "waypoint `{name}` does not exist or does not serve this: passed over"),
            Self::Waypoint(name) => write!(f, "through waypoint `{name}`"),
        }
    }
}
