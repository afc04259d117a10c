//! What only raw Envoy configuration can say: response headers that wait, routes with metadata, and the guard.

use meshveil_chain::{
    Code,
    patch::{self, Place},
};
use meshveil_text::{
    block, flow,
    yaml::{List, Map, quoted},
};

use super::attachment;
use crate::{
    Source, Target,
    document::{Document, Kind},
    route::{matchable, metadata},
    source::{labels, part},
};

const KIND: Kind = Kind { version: "networking.istio.io/v1alpha3", kind: "EnvoyFilter" };

/// Patches with a higher priority are applied later: behind filters that others put in with the default, 0.
const FILTER_PRIORITY: i64 = 10;

/// The guard comes after the filter.
const GUARD_PRIORITY: i64 = 20;

/// The pods whose sidecars are changed.
fn sidecars(source: &Source<'_>) -> Map {
    flow!({ labels: labels(&source.policy.workload.selector.value) })
}

/// The filter, with response headers that wait for the first bytes of the body. It is announced as an extension, so that
/// the agent beside the proxy fetches the module, as it does for a WasmPlugin.
pub(super) fn filter(source: &Source<'_>) -> Document {
    let name = format!("meshveil.{}", source.policy.full_name().replace('/', "."));
    let code = Code::Remote { url: source.settings.url.clone(), sha256: source.settings.sha256.clone() };
    let masking = source.masking(name, code);
    let announcement = masking.write_announcement();
    let spec = block!({
        workloadSelector: sidecars(source),
        priority: FILTER_PRIORITY,
        configPatches: [
            ..patch::before_router(Place::Sidecar, &announcement),
            patch::extension(masking.write()),
        ],
    });
    source.about_workload("masks responses; a crash or a bad plan fails closed", KIND, "", spec)
}

/// Refuses requests without the filter's marker. It stands behind the filter, whatever put that there: patches of
/// EnvoyFilters come after WasmPlugins, and those of a higher `priority` after others.
pub(super) fn guard(source: &Source<'_>) -> Document {
    let (selector, proxies, place) = if source.settings.target == Target::IstioAmbient {
        let (key, waypoint) = attachment(source);
        (key, waypoint, Place::Waypoint)
    } else {
        ("workloadSelector", sidecars(source).into(), Place::Sidecar)
    };
    let spec = block!({
        (selector): proxies,
        priority: GUARD_PRIORITY,
        configPatches: [..patch::before_router(place, &source.guard().write())],
    });
    source.about_workload("no request that the filter has not seen", KIND, "guard", spec)
}

/// Whether a port's name says gRPC (Istio, "protocol selection").
fn is_grpc(name: &str) -> bool {
    name.split('-').next().is_some_and(|protocol| matches!(protocol, "grpc" | "grpcweb"))
}

/// Routes of the policy before the only one that a sidecar has for a port. Each is put at the very front, so the last
/// comes first.
pub(super) fn routes(source: &Source<'_>) -> Option<Document> {
    let mut patches = List::default();
    for port in &source.policy.workload.ports {
        let inbound = quoted(format!("inbound|{}||", port.port.value));
        // As istiod's own route (`BuildDefaultHTTPInboundRoute` in pilot/pkg/networking/core/route/route.go): a request that
        // an application that restarts never saw is sent again. gRPC clients retry themselves.
        let is_grpc = port.name.as_ref().is_some_and(|name| is_grpc(&name.value));
        let retry = (!is_grpc).then(|| flow!({ retry_on: "reset-before-request", num_retries: 2 }));
        for route in matchable(&source.policy.routes).rev() {
            patches.comment(part(&format!("routes.{}", route.name)));
            let no_limit = flow!({ max_stream_duration: "0s", grpc_timeout_header_max: "0s" });
            patches.push(block!({
                applyTo: "HTTP_ROUTE",
                match: flow!({ context: "SIDECAR_INBOUND", routeConfiguration: { name: inbound.clone() } }),
                patch: {
                    operation: "INSERT_FIRST",
                    value: {
                        name: quoted(route.name),
                        match: route.found,
                        # "As the route that it stands before: no deadline, the application decides."
                        route: flow!({
                            cluster: inbound.clone(),
                            timeout: "0s",
                            max_stream_duration: no_limit,
                            retry_policy?: retry.clone(),
                        }),
                        metadata: metadata(route.name),
                    },
                },
            }));
        }
    }
    if patches.is_empty() {
        return None;
    }
    let spec = block!({ workloadSelector: sidecars(source), priority: FILTER_PRIORITY, configPatches: patches });
    Some(source.about_workload("routes with a name of their own", KIND, "routes", spec))
}
