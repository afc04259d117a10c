//! The filter in the sidecar.

use std::fmt::Write;

use meshveil_engine::plan::Delivery;

use super::{Source, quoted};

/// Where the sidecar gets the module.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    /// `oci://…` or `https://…`.
    pub(crate) url: String,
    /// SHA-256 of the module, in hexadecimal digits.
    pub(crate) sha256: Option<String>,
}

pub(super) fn wasm_plugin(source: &Source<'_>) -> String {
    let policy = source.policy;
    let mut text = source.document(
        policy.workload.selector.span,
        "workload: masks responses; a crash or a bad plan fails closed",
        "extensions.istio.io/v1alpha1",
        "WasmPlugin",
        "",
    );
    let mut plan = policy.plan();
    // A WasmPlugin cannot let response headers wait; only an EnvoyFilter can.
    plan.delivery = Delivery::Standard;
    let plan = serde_json::to_string_pretty(&plan).unwrap_or_default();
    let _ = write!(
        text,
        "spec:\n  selector: {{ matchLabels: {} }}\n  url: {}\n",
        source.selector(),
        quoted(&source.image.url)
    );
    if let Some(sha256) = &source.image.sha256 {
        let _ = writeln!(text, "  sha256: {}", quoted(sha256));
    }
    text.push_str("  failStrategy: FAIL_RELOAD\n  match: [{ mode: SERVER }]\n");
    if let Some(key) = &policy.key {
        let _ = writeln!(text, "  vmConfig: {{ env: [{{ name: {}, valueFrom: HOST }}] }}", quoted(&key.env));
    }
    text.push_str("  # JSON is YAML.\n  pluginConfig:\n");
    for line in plan.lines() {
        let _ = writeln!(text, "    {line}");
    }
    text
}
