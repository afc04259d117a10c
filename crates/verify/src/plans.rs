//! Plans of filters, wherever they stand: in a dump, in manifests, in objects of a cluster.

use meshveil_mask::digest;
use meshveil_plan::Plan;
use meshveil_text::{Node, Span};

/// The settings of a masking filter.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Its plan.
    pub plan: Plan,
    /// The first 12 hexadecimal digits of the SHA-256 of its text, as receipts have it.
    pub digest: String,
    /// Where it stands.
    pub span: Span,
}

impl Settings {
    /// The settings in a text; `None` where the filter would refuse it.
    #[must_use]
    pub fn read(text: &str, span: Span) -> Option<Self> {
        let plan = meshveil_json::read_plan(text.as_bytes()).ok()?.into_plan();
        Some(Self { plan, digest: short(text), span })
    }
}

/// The beginning of a text's digest.
pub(crate) fn short(text: &str) -> String {
    digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Every plan in some documents: settings of a filter are a text (Envoy, EnvoyFilter) or an object (WasmPlugin).
#[must_use]
pub fn plans_in(documents: &[Node]) -> Vec<Settings> {
    let mut found = Vec::new();
    documents.iter().for_each(|document| collect(document, &mut found));
    found
}

fn collect(node: &Node, found: &mut Vec<Settings>) {
    if let Some(text) = node.text() {
        if text.trim_start().starts_with('{') && text.contains("\"policy\"") {
            found.extend(Settings::read(text, node.span));
        }
        return;
    }
    let is_plan = ["version", "policy", "fields"].iter().all(|name| node.get(name).is_some());
    if is_plan && let Some(settings) = Settings::read(&node.to_json().to_string(), crate::dump::place(node)) {
        found.push(settings);
        return;
    }
    node.entries().iter().for_each(|(_, value)| collect(value, found));
    node.items().iter().for_each(|item| collect(item, found));
}
