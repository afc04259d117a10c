//! What the masking filter and its guard do on a path.

use std::fmt;

use crate::edge::Unfiltered;
use crate::mesh::filter::MissingReason;

/// Whether the masking filter runs, and whether a guard refuses the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterReason {
    /// No proxy sees the request.
    NoProxy,
    /// No waypoint sees the request: ztunnel runs no HTTP filter.
    NoWaypoint,
    /// The sidecar, or the waypoint, takes the port for TCP.
    TakenForTcp {
        /// Whether it is the waypoint.
        at_waypoint: bool,
    },
    /// The filter of this object runs.
    Masks(String),
    /// This object removes the filter chain.
    ChainRemoved(String),
    /// The guard of this object runs before the filter.
    GuardFirst(String),
    /// None runs.
    Missing(MissingReason),
    /// None runs on the route.
    Unfiltered(Unfiltered),
    /// The filter runs, and something may change what it does.
    Unsure(String),
    /// The filter runs, and is not the one that the guard waits for.
    OtherMark {
        /// The guard's object.
        guard: String,
        /// The policy whose filter it waits for.
        policy: String,
    },
    /// The filter runs, and so does a script that may do anything with responses.
    Script(String),
    /// No filter runs, and the guard of this object refuses what none has seen.
    Guarded(String),
}

impl fmt::Display for FilterReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProxy => f.write_str("no filter on this way"),
            Self::NoWaypoint => f.write_str("no waypoint on this way: no HTTP filter runs"),
            Self::TakenForTcp { at_waypoint: false } => f.write_str("taken for TCP: no HTTP filter runs"),
            Self::TakenForTcp { at_waypoint: true } => {
                f.write_str("the waypoint takes the port for TCP: no HTTP filter runs")
            }
            Self::Masks(object) => write!(f, "{object} masks"),
            Self::ChainRemoved(object) => write!(f, "{object} removes the filter chain of the port"),
            Self::GuardFirst(guard) => write!(f, "{guard} runs before the filter and refuses everything"),
            Self::Missing(reason) => reason.fmt(f),
            Self::Unfiltered(reason) => reason.fmt(f),
            Self::Unsure(doubt) => f.write_str(doubt),
            Self::OtherMark { guard, policy } => write!(f, "{guard} waits for the filter of `{policy}`"),
            Self::Script(object) => write!(f, "{object} runs a script, which may do anything with responses"),
            Self::Guarded(guard) => write!(f, "{guard} refuses requests that the filter has not seen"),
        }
    }
}
