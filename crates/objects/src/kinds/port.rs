//! Ports: numbers, and the transport protocols in front of them.

use meshveil_text::Node;

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP, the default everywhere.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Tcp, Self::Udp, Self::Sctp];

    /// Reads Kubernetes' spelling; an absent protocol is TCP.
    #[must_use]
    pub fn read(text: Option<&str>) -> Option<Self> {
        match text {
            None | Some("TCP" | "") => Some(Self::Tcp),
            Some("UDP") => Some(Self::Udp),
            Some("SCTP") => Some(Self::Sctp),
            Some(_) => None,
        }
    }

    /// Kubernetes' spelling.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }
}

/// Reads a port number.
#[must_use]
pub fn port_number(node: Option<&Node>) -> Option<u16> {
    node.and_then(Node::int).and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0)
}
