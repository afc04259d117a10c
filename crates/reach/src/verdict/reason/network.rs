//! What NetworkPolicy says at one end of a connection.

use std::fmt;

/// Why the network lets a connection through at one end, or does not. Ports are TCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkReason {
    /// No policy selects this end.
    Open,
    /// A rule lets it through.
    Allowed {
        /// The policy.
        policy: String,
        /// The port.
        port: u16,
    },
    /// A rule of an administrator's policy refuses it.
    Refused {
        /// The policy.
        policy: String,
        /// The port.
        port: u16,
    },
    /// Policies select this end, and none of their rules lets it through.
    NoRule {
        /// The policies.
        policies: Vec<String>,
        /// The port.
        port: u16,
    },
    /// No rule lets it through, but something that is not known may.
    Unread(String),
    /// The connection may come from the pod's own node, which NetworkPolicy never stops.
    OwnNode(NodeSource),
}

/// Why a connection may come from a pod's own node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeSource {
    /// Nodes pass connections to their ports on with their own address.
    NodePort,
    /// The source is on the node's network.
    HostNetwork,
}

impl fmt::Display for NetworkReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("no NetworkPolicy selects this end"),
            Self::Allowed { policy, port } => write!(f, "{policy} lets TCP {port} through"),
            Self::Refused { policy, port } => write!(f, "{policy} refuses TCP {port}"),
            Self::NoRule { policies, port } => {
                write!(f, "no rule of {} lets TCP {port} through", policies.join(", "))
            }
            Self::Unread(doubt) => f.write_str(doubt),
            Self::OwnNode(source) => {
                let why = match source {
                    NodeSource::NodePort => "node ports may come from there",
                    NodeSource::HostNetwork => "a pod on the node's network may run there",
                };
                write!(f, "a node's own connections to its pods are always let in, and {why}")
            }
        }
    }
}
