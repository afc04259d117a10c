//! Patches of an EnvoyFilter (Istio) that put HTTP filters into the chains of a proxy.

use meshveil_text::{block, flow, yaml::Map};

use crate::names;

/// A proxy of Istio, by the listeners whose chains lead to the application.
///
/// A patch without the name of a listener also lands in `connect_terminate`, which only ends tunnels (HBONE): a guard there
/// refuses every tunnel. `context: WAYPOINT` fits nothing: istiod patches the listeners of waypoints as `SIDECAR_INBOUND`
/// (`ListenerBuilder.patchListeners` in pilot/pkg/networking/core/listener_builder.go).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A sidecar. It listens for tunnels, too, where the mesh has `ISTIO_META_ENABLE_HBONE`, as Istio's ambient profile does.
    Sidecar,
    /// A waypoint.
    Waypoint,
}

impl Place {
    /// Names of the listeners behind which the application is (`VirtualInboundListenerName` and `MainInternalName` in
    /// pilot/pkg/networking/core).
    #[must_use]
    pub const fn listeners(self) -> &'static [&'static str] {
        match self {
            Self::Sidecar => &["virtualInbound", "main_internal"],
            Self::Waypoint => &["main_internal"],
        }
    }
}

/// A filter right before the router of every chain that leads to the application: one patch for each listener.
pub fn before_router(place: Place, filter: &Map) -> impl Iterator<Item = Map> + '_ {
    place.listeners().iter().map(move |listener| {
        let sub_filter = flow!({ name: names::ROUTER });
        block!({
            applyTo: "HTTP_FILTER",
            match: {
                context: "SIDECAR_INBOUND",
                listener: {
                    name: *listener,
                    filterChain: { filter: { name: names::CONNECTION_MANAGER, subFilter: sub_filter } },
                },
            },
            patch: { operation: "INSERT_BEFORE", value: filter.clone() },
        })
    })
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
