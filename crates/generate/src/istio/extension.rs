//! The filter as WasmPlugin, or as TrafficExtension, which supersedes it.

use std::fmt::Write;

use super::attachment;
use crate::{
    Settings, Source, Target,
    document::Document,
    yaml::{indented, quoted},
};

const VERSION: &str = "extensions.istio.io/v1alpha1";

pub(super) fn document(source: &Source<'_>) -> Document {
    let newer = source.settings.istio >= Settings::TRAFFIC_EXTENSION;
    let what = "masks responses; a crash or a bad plan fails closed";
    let kind = if newer { "TrafficExtension" } else { "WasmPlugin" };
    let mut document = source.about_workload(what, VERSION, kind, "");
    document.spec = attachment(source);
    if source.settings.target == Target::IstioSidecar {
        document.spec.push_str("  match: [{ mode: SERVER }]\n");
    }
    if newer {
        document.spec.push_str("  wasm:\n");
        document.spec.push_str(&indented(&module(source), 4));
    } else {
        document.spec.push_str(&indented(&module(source), 2));
    }
    document
}

/// The module and its plan.
fn module(source: &Source<'_>) -> String {
    let mut text = format!("pluginName: meshveil\nurl: {}\n", quoted(&source.settings.url));
    if let Some(sha256) = &source.settings.sha256 {
        let _ = writeln!(text, "sha256: {}", quoted(sha256));
    }
    let strategy = if source.reloads() { "FAIL_RELOAD" } else { "FAIL_CLOSE" };
    let _ = writeln!(text, "failStrategy: {strategy}");
    if let Some(key) = &source.policy.key {
        let _ = writeln!(text, "vmConfig: {{ env: [{{ name: {}, valueFrom: HOST }}] }}", quoted(&key.env));
    }
    let _ = write!(text, "# JSON is YAML.\npluginConfig:\n{}", indented(&source.plan_text(), 2));
    text
}
