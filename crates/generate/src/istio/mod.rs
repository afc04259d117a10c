//! Istio: mutual TLS and authorisation, the filter, its routes, the guard behind it; for ambient mode the waypoint.

mod authorization;
mod envoy_filter;
mod extension;
mod waypoint;

use meshveil_text::{
    flow,
    yaml::{Yaml, quoted},
};

use crate::{Source, Target, admission, document::Sheet, network};

/// Every file of manifests.
pub(crate) fn sheets(source: &Source<'_>) -> Vec<Sheet> {
    let ambient = source.settings.target == Target::IstioAmbient;
    let filter = if source.is_strict() { envoy_filter::filter(source) } else { extension::document(source) };
    let mut sheets = Vec::new();
    if source.enforces() {
        let (name, what) = ("network-policies", "Who may open a connection.");
        sheets.push(Sheet { name, what, documents: network::documents(source) });
    }
    sheets.extend([
        Sheet {
            name: "authorization",
            what: if source.enforces() {
                "Mutual TLS only, and who may send a request."
            } else {
                "Mutual TLS where a client has it, and a rehearsal of who may send a request."
            },
            documents: authorization::documents(source),
        },
        Sheet { name: "filter", what: "The masking filter and its plan.", documents: vec![filter] },
        Sheet { name: "admission", what: "Pods that nothing goes past.", documents: admission::documents(source) },
    ]);
    if source.has_guard() {
        sheets.push(Sheet {
            name: "guard",
            what: "Refuses every request that the filter has not seen: the second lock should the filter be gone.",
            documents: vec![envoy_filter::guard(source)],
        });
    }
    if ambient {
        sheets.push(Sheet {
            name: "waypoint",
            what: "The proxy in front of the workload, where responses are masked.",
            documents: vec![waypoint::document(source)],
        });
    } else if let Some(routes) = envoy_filter::routes(source) {
        let what = "Routes of the policy as routes of Envoy.";
        sheets.push(Sheet { name: "routes", what, documents: vec![routes] });
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
