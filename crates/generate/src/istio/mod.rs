//! Istio: mutual TLS and authorisation, the filter, its routes, the guard behind it; for ambient mode the waypoint.

mod authorization;
mod envoy_filter;
mod extension;
mod waypoint;

use meshveil_text::{
    flow,
    yaml::{Yaml, quoted},
};

use crate::{
    Source, Target, admission,
    document::{Sheet, Step},
    network,
};

/// Every file of manifests.
pub(crate) fn sheets(source: &Source<'_>) -> Vec<Sheet> {
    let ambient = source.settings.target == Target::IstioAmbient;
    let filter = if source.is_strict() { envoy_filter::filter(source) } else { extension::document(source) };
    let mut sheets = Vec::from_iter(network::sheet(source));
    sheets.extend([
        Sheet::new(
            Step::Locks,
            "authorization",
            if source.enforces() {
                "Mutual TLS only, and who may send a request."
            } else {
                "Mutual TLS where a client has it, and a rehearsal of who may send a request."
            },
            authorization::documents(source),
        ),
        Sheet::new(
            Step::Locks,
            "admission",
            "Pods whose traffic could bypass the proxy are refused.",
            admission::documents(source),
        ),
    ]);
    if ambient {
        let what = "The proxy in front of the workload, where responses are masked.";
        sheets.push(Sheet::new(Step::Locks, "waypoint", what, waypoint::documents(source)));
    }
    if source.has_guard() {
        let what = "Refuses every request that the filter has not seen: the second lock should the filter be gone.";
        sheets.push(Sheet::new(Step::Locks, "guard", what, vec![envoy_filter::guard(source)]));
    }
    sheets.push(Sheet::new(Step::Filter, "filter", "The masking filter and its plan.", vec![filter]));
    if !ambient && let Some(routes) = envoy_filter::routes(source) {
        sheets.push(Sheet::new(Step::Routes, "routes", "Routes of the policy as routes of Envoy.", vec![routes]));
    }
    sheets
}

/// What an object applies to, under its key: the workload's pods, or its waypoint.
fn attachment(source: &Source<'_>) -> (&'static str, Yaml) {
    if source.settings.target == Target::IstioAmbient {
        let name = quoted(source.waypoint());
        ("targetRefs", flow!([{ group: "gateway.networking.k8s.io", kind: "Gateway", name: name }]).into())
    } else {
        ("selector", source.selector().into())
    }
}
