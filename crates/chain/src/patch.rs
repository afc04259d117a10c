//! Patches of an EnvoyFilter (Istio) that put HTTP filters into the chains of a proxy.

use meshveil_text::{block, flow, yaml::Map};

use crate::names;

/// Which chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Connections that come in at a sidecar.
    Sidecar,
    /// A waypoint.
    Waypoint,
}

/// A filter right before the router.
#[must_use]
pub fn before_router(place: Place, filter: Map) -> Map {
    let sub_filter = flow!({ name: names::ROUTER });
    let found = match place {
        Place::Sidecar => block!({
            context: "SIDECAR_INBOUND",
            listener: { filterChain: { filter: { name: names::CONNECTION_MANAGER, subFilter: sub_filter } } },
        }),
        Place::Waypoint => block!({
            context: "WAYPOINT",
            waypoint: flow!({ filter: { name: names::CONNECTION_MANAGER, subFilter: sub_filter } }),
        }),
    };
    block!({ applyTo: "HTTP_FILTER", match: found, patch: { operation: "INSERT_BEFORE", value: filter } })
}

/// An extension that a filter of a sidecar asks for by its name.
#[must_use]
pub fn extension(settings: Map) -> Map {
    block!({
        applyTo: "EXTENSION_CONFIG",
        match: flow!({ context: "SIDECAR_INBOUND" }),
        patch: { operation: "ADD", value: settings },
    })
}
