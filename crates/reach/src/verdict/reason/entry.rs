//! Who asks, and by which way in.

use std::fmt;

use crate::cluster::enrollment::EnrollmentReason;

/// The identity that a source shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// None: the connection is plaintext.
    Plaintext,
    /// This one.
    Is {
        /// `cluster.local/ns/shop/sa/web`.
        principal: String,
        /// Why it has one.
        reason: EnrollmentReason,
    },
    /// This one, by a certificate that a listener of Envoy Gateway asks for. Whether the source has it is not known: it counts.
    Certificate {
        /// `cluster.local/ns/shop/sa/web`.
        principal: String,
    },
    /// It has none to show.
    None {
        /// Why it has none; `None` outside the cluster.
        reason: Option<EnrollmentReason>,
    },
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plaintext => f.write_str("no identity: plaintext"),
            Self::Is { principal, reason } => write!(f, "identity `{principal}` ({reason})"),
            Self::Certificate { principal } => write!(f, "identity `{principal}` (certificate of its ServiceAccount)"),
            Self::None { reason: Some(reason) } => write!(f, "no identity of the mesh: {reason}"),
            Self::None { reason: None } => f.write_str("no identity of the mesh: outside the cluster"),
        }
    }
}

/// How a request gets to a workload's port, or why it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryReason {
    /// The workload does not exist.
    NoWorkload,
    /// The Service does not exist.
    NoService,
    /// The route or its gateway does not exist.
    NoRoute,
    /// At the pod's address.
    Pod,
    /// At a port of the node.
    HostPort,
    /// At a Service, a port of the nodes or a load balancer.
    Service {
        /// `Service`, or the Service's type where the request comes from outside.
        kind: String,
        /// `namespace/name`.
        service: String,
        /// The Service's port.
        port: u16,
    },
    /// The Service leads elsewhere.
    OtherPort {
        /// The Service.
        service: String,
        /// The pod's port that was asked for.
        port: u16,
    },
    /// At a listener of Envoy Gateway.
    Listener {
        /// The route.
        route: String,
        /// The Gateway.
        gateway: String,
        /// The listener.
        listener: String,
        /// What keeps the source from the gateway.
        closed: Option<Closed>,
    },
    /// At a gateway.
    Gateway {
        /// The Ingress or route.
        route: String,
        /// The gateway's workload.
        gateway: String,
        /// What keeps the source from the gateway.
        closed: Option<Closed>,
    },
    /// A DestinationRule has the gateway connect without the mesh's mutual TLS.
    PlainLeg {
        /// The DestinationRule.
        object: String,
        /// Whether in TLS that is not the mesh's.
        is_tls: bool,
    },
    /// By something that is not known.
    Unread(String),
}

/// What keeps a source from a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// NetworkPolicies of the gateway's pods.
    Network,
    /// Its Service has an address inside the cluster only.
    Inside,
    /// AuthorizationPolicies at the gateway.
    Authorization,
}

fn end(closed: Option<Closed>) -> &'static str {
    match closed {
        None => "",
        Some(Closed::Network) => ", which the network keeps it from",
        Some(Closed::Inside) => ", which is open inside the cluster only",
        Some(Closed::Authorization) => ", which refuses its requests",
    }
}

impl fmt::Display for EntryReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWorkload => f.write_str("no such workload"),
            Self::NoService => f.write_str("no such Service"),
            Self::NoRoute => f.write_str("no such route"),
            Self::Pod => f.write_str("the pod's address"),
            Self::HostPort => f.write_str("a port of the node that leads to the pod"),
            Self::Service { kind, service, port } => write!(f, "{kind} {service}:{port}"),
            Self::OtherPort { service, port } => write!(f, "{service} does not lead to port {port}"),
            Self::Listener { route, gateway, listener, closed } => {
                write!(f, "{route} through listener `{listener}` of {gateway}{}", end(*closed))
            }
            Self::Gateway { route, gateway, closed } => write!(f, "{route} through {gateway}{}", end(*closed)),
            Self::PlainLeg { object, is_tls } => {
                let how = if *is_tls { "TLS that is not the mesh's" } else { "plaintext" };
                write!(f, "{object} has the gateway connect in {how}")
            }
            Self::Unread(doubt) => f.write_str(doubt),
        }
    }
}
