//! Why a step of a path passes or stops: one type per layer, each with the objects and ports it speaks of. Words are made
//! where a reason is printed.

mod arrival;
mod entry;
mod filter;
mod network;

use std::fmt;

pub use arrival::{Arrival, Certificate, MutualTls, OnTheWay};
pub use entry::{Closed, EntryReason, Identity};
pub use filter::FilterReason;
pub use network::{NetworkReason, NodeSource};

use crate::mesh::authorization::AuthorizationReason;
use crate::mesh::protocol::ProtocolReason;

/// Why a step passes or stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Who asks.
    Source(Identity),
    /// The way in.
    Entry(EntryReason),
    /// NetworkPolicy at one end.
    Network(NetworkReason),
    /// Whether the mesh sees the connection.
    Capture(Arrival),
    /// PeerAuthentication.
    MutualTls(MutualTls),
    /// The certificate of a client, at a listener of Envoy Gateway.
    Certificate(Certificate),
    /// The waypoint.
    Waypoint(OnTheWay),
    /// What the port is taken for.
    Protocol(ProtocolReason),
    /// AuthorizationPolicy.
    Authorization {
        /// What the policies say.
        reason: AuthorizationReason,
        /// Whether rules that need HTTP let nobody in, because no HTTP is seen here.
        without_http: bool,
    },
    /// The masking filter and its guard.
    Filter(FilterReason),
}

impl Reason {
    /// Whether it is something that is not known.
    #[must_use]
    pub fn is_doubt(&self) -> bool {
        matches!(
            self,
            Self::Entry(EntryReason::Unread(_))
                | Self::Network(NetworkReason::Unread(_))
                | Self::Filter(FilterReason::Script(_) | FilterReason::Unsure(_))
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(reason) => reason.fmt(f),
            Self::Entry(reason) => reason.fmt(f),
            Self::Network(reason) => reason.fmt(f),
            Self::Capture(reason) => reason.fmt(f),
            Self::MutualTls(reason) => reason.fmt(f),
            Self::Certificate(reason) => reason.fmt(f),
            Self::Waypoint(reason) => reason.fmt(f),
            Self::Protocol(reason) => reason.fmt(f),
            Self::Authorization { reason, without_http: false } => reason.fmt(f),
            Self::Authorization { reason, without_http: true } => {
                write!(f, "{reason} (no HTTP here: rules that need it let nobody in)")
            }
            Self::Filter(reason) => reason.fmt(f),
        }
    }
}

macro_rules! from {
    ($($layer:ident($reason:ty)),*) => {
        $(impl From<$reason> for Reason {
            fn from(reason: $reason) -> Self {
                Self::$layer(reason)
            }
        })*
    };
}

from!(
    Source(Identity),
    Entry(EntryReason),
    Network(NetworkReason),
    Capture(Arrival),
    MutualTls(MutualTls),
    Certificate(Certificate),
    Waypoint(OnTheWay),
    Protocol(ProtocolReason),
    Filter(FilterReason)
);
