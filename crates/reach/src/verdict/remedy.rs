//! What would have to change for a request to pass the step that stopped it.

use std::fmt;

use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::label::NAMESPACE_NAME;
use meshveil_objects::well_known::port::HBONE;

use crate::network::Endpoint;
use crate::verdict::{Credential, Layer, Reach, Reason, Verdict};

/// What is missing for a request to pass the step that stopped it; not that it should be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// An egress rule of a policy that selects the source.
    EgressRule {
        /// The source.
        selected: String,
        /// The peer it would name.
        to: Peer,
        /// The TCP port it would name.
        port: u16,
    },
    /// An ingress rule of a policy that selects the destination.
    IngressRule {
        /// The destination.
        selected: String,
        /// The peer it would name; `None` for addresses.
        from: Option<Peer>,
        /// The TCP port it would name.
        port: u16,
    },
    /// An ALLOW rule for this principal, and no DENY rule.
    AllowRule {
        /// `cluster.local/ns/shop/sa/web`.
        principal: String,
    },
    /// An identity.
    Identity,
    /// Mutual TLS: the source asks in plaintext.
    MutualTls,
    /// Mutual TLS at the port, where it is switched off.
    MutualTlsAtPort,
    /// A place in the mesh for the source.
    SourceInMesh,
    /// The port captured by the proxy.
    Capture,
    /// A way in.
    Entry,
    /// What the step itself says.
    Step(Reason),
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EgressRule { selected, to, port } => {
                let ports = ports(*port);
                write!(f, "an egress rule of a policy that selects `{selected}`: `to: [{to}], ports: {ports}`")
            }
            Self::IngressRule { selected, from, port } => {
                let from = from.as_ref().map_or_else(|| "{ ipBlock: ... }".to_owned(), Peer::to_string);
                let ports = ports(*port);
                write!(f, "an ingress rule of a policy that selects `{selected}`: `from: [{from}], ports: {ports}`")
            }
            Self::AllowRule { principal } => {
                write!(f, "an ALLOW rule that names `{principal}` and matches the request, and no DENY rule that does")
            }
            Self::Identity => f.write_str("an identity: plaintext has no principal"),
            Self::MutualTls => f.write_str("mutual TLS: the source needs a sidecar or ambient, or the port PERMISSIVE"),
            Self::MutualTlsAtPort => f.write_str("mutual TLS switched on for the port"),
            Self::SourceInMesh => f.write_str("a sidecar or ambient at the source: without one it has no certificate"),
            Self::Capture => f.write_str("the port captured by the proxy"),
            Self::Entry => f.write_str("a Service, route or port that leads there"),
            Self::Step(reason) => reason.fmt(f),
        }
    }
}

/// A peer of a NetworkPolicy that names a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The workload's namespace, where it is not the policy's own.
    pub namespace: Option<String>,
    /// The labels of its pods.
    pub labels: Vec<(String, String)>,
}

impl Peer {
    /// Names a workload, as seen from another's namespace.
    fn new(workload: &Workload, from: Option<&Workload>) -> Self {
        let own = &workload.meta.namespace;
        Self {
            namespace: from.is_none_or(|other| other.meta.namespace != *own).then(|| own.clone()),
            labels: workload.labels.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{ ")?;
        if let Some(namespace) = &self.namespace {
            write!(f, "namespaceSelector: {{ matchLabels: {{ {NAMESPACE_NAME}: {namespace} }} }}, ")?;
        }
        let labels: Vec<String> = self.labels.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        write!(f, "podSelector: {{ matchLabels: {{ {} }} }} }}", labels.join(", "))
    }
}

fn ports(port: u16) -> String {
    format!("[{{ port: {port}, protocol: TCP }}]")
}

impl Reach<'_> {
    /// What would have to change for a request to pass the step that stopped it; `None` where nothing stopped it.
    #[must_use]
    pub fn remedy(&self, verdict: &Verdict) -> Option<Remedy> {
        let step = verdict.stopped()?;
        let destination = self.manifests.workloads.get(verdict.path.destination)?;
        let source = match verdict.path.source {
            Endpoint::Workload(at) => self.manifests.workloads.get(at),
            Endpoint::Range(_) => None,
        };
        let port = if verdict.path.credential == Credential::Hbone { HBONE } else { verdict.path.port };
        Some(match step.layer {
            Layer::Egress => Remedy::EgressRule {
                selected: source.map(Workload::title).unwrap_or_default(),
                to: Peer::new(destination, source),
                port,
            },
            Layer::Ingress => Remedy::IngressRule {
                selected: destination.title(),
                from: source.map(|source| Peer::new(source, Some(destination))),
                port,
            },
            Layer::Authorization => match &verdict.principal {
                Some(principal) => Remedy::AllowRule { principal: principal.clone() },
                None => Remedy::Identity,
            },
            Layer::MutualTls if verdict.path.credential == Credential::Plaintext => Remedy::MutualTls,
            Layer::MutualTls => Remedy::MutualTlsAtPort,
            Layer::Source => Remedy::SourceInMesh,
            Layer::Capture => Remedy::Capture,
            Layer::Entry => Remedy::Entry,
            Layer::Waypoint | Layer::Protocol | Layer::Filter => Remedy::Step(step.reason.clone()),
        })
    }
}
