//! The filter as WasmPlugin, or as TrafficExtension, which supersedes it.

use meshveil_text::{
    block, flow,
    yaml::{Map, quoted},
};

use super::attachment;
use crate::{
    Settings, Source, Target,
    document::{Document, Kind},
};

const PLUGIN: Kind = Kind { version: "extensions.istio.io/v1alpha1", kind: "WasmPlugin" };
const EXTENSION: Kind = Kind { version: "extensions.istio.io/v1alpha1", kind: "TrafficExtension" };

pub(super) fn document(source: &Source<'_>) -> Document {
    let is_sidecar = source.settings.target == Target::IstioSidecar;
    let (selector, proxies) = attachment(source);
    let matches = is_sidecar.then(|| flow!([{ mode: "SERVER" }]));
    let mut spec = block!({ (selector): proxies, match?: matches });
    let kind = if source.settings.istio >= Settings::TRAFFIC_EXTENSION {
        spec.set("wasm", module(source));
        EXTENSION
    } else {
        spec.append(module(source));
        PLUGIN
    };
    source.about_workload("masks responses; a crash or a bad plan fails closed", kind, "", spec)
}

/// The module and its plan.
fn module(source: &Source<'_>) -> Map {
    let settings = source.settings;
    let key = source.policy.key.as_ref();
    block!({
        pluginName: "meshveil",
        url: quoted(&settings.url),
        sha256?: settings.sha256.as_ref().map(quoted),
        failStrategy: if source.reloads() { "FAIL_RELOAD" } else { "FAIL_CLOSE" },
        vmConfig?: key.map(|key| {
            let variables = key.variables().map(|env| flow!({ name: quoted(env), valueFrom: "HOST" }));
            flow!({ env: [..variables] })
        }),
        # "JSON is YAML."
        pluginConfig: source.plan(),
    })
}
