//! From the tree of a document to a policy. Every fault is collected; what depends on a faulty part is left out.

mod allow_list;
mod cluster;
mod except;
mod headers;
mod map;
mod mask;
mod media;
mod network;
mod scalar;
mod spec;
mod stage;

use meshveil_plan::OnError;
use meshveil_text::{Code, Files, Finding, Node, nearest};

use crate::{Policy, Spanned, codes, schema};
use map::Map;

const API_VERSION: &str = "meshveil.dev/v1alpha1";
const KIND: &str = "MaskingPolicy";

/// What reading shares: the texts and the findings.
pub(crate) struct Reader<'r> {
    pub(crate) files: &'r Files,
    /// Namespace of the policy, for messages; empty where it is not known.
    pub(crate) namespace: &'r str,
    pub(crate) findings: &'r mut Vec<Finding>,
}

impl Reader<'_> {
    pub(crate) fn error(&mut self, code: &'static Code, node: &Node, message: impl Into<String>) -> &mut Finding {
        self.findings.push(Finding::new(code, node.span, message));
        let last = self.findings.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "one was just pushed")]
        &mut self.findings[last]
    }
}

/// Reads a document; `None` for one of another kind, and for one in which too much is missing.
pub(crate) fn policy(document: &Node, files: &Files, findings: &mut Vec<Finding>) -> Option<Policy> {
    if !is_policy(document) {
        return None;
    }
    let namespace = document.at(&["metadata", "namespace"]).and_then(Node::text).unwrap_or_default();
    let reader = &mut Reader { files, namespace, findings };
    let map = Map::read(reader, document, &schema::POLICY)?;
    for (key, expected) in [("kind", KIND), ("apiVersion", API_VERSION)] {
        if let Some(node) = map.required(reader, key)
            && node.text() != Some(expected)
        {
            reader.error(&codes::BAD_VALUE, node, format!("expected `{key}: {expected}`"));
        }
    }
    let metadata = map.required(reader, "metadata").and_then(|node| {
        let map = Map::read(reader, node, &schema::METADATA)?;
        let name = map.required(reader, "name").and_then(|node| scalar::name(reader, node));
        let namespace = map.required(reader, "namespace").and_then(|node| scalar::name(reader, node));
        Some((name, namespace))
    });
    let (name, namespace) = metadata.unwrap_or_default();
    let spec = map.required(reader, "spec");
    let spec = spec.and_then(|node| spec::read(reader, node))?;
    let policy = Policy {
        name: name?,
        namespace: namespace?,
        stage: spec.stage,
        until: spec.until,
        workload: spec.workload?,
        fields: spec.fields,
        callers: spec.callers,
        others: spec.others,
        routes: spec.routes,
        trusted_hops: spec.trusted_hops,
        stores: spec.stores,
        egress: spec.egress,
        metrics: spec.metrics,
        probes: spec.probes,
        passes: spec.passes,
        reads: spec.reads,
        bad_lines: spec.bad_lines,
        headers: spec.headers,
        writes: spec.writes,
        unlisted: spec.unlisted,
        shows: spec.shows,
        on_error: spec.on_error.unwrap_or(Spanned { value: OnError::default(), span: document.span }),
        delivery: spec.delivery,
        key: spec.key,
        limits: spec.limits,
        trust_domain: spec.trust_domain,
        passthrough: spec.passthrough,
        cluster: spec.cluster,
        environments: spec.environments,
        span: document.span,
    };
    crate::plan::check(&policy, findings);
    Some(policy)
}

/// Whether a document means to be a policy: it says so, or it looks like one and says nothing else.
fn is_policy(document: &Node) -> bool {
    let ours = document.text_at("apiVersion").is_some_and(|version| version.starts_with("meshveil.dev/"));
    if ours || document.text_at("kind") == Some(KIND) {
        return true;
    }
    let spec = document.get("spec");
    document.text_at("kind").is_none_or(|kind| nearest(kind, [KIND]).is_some())
        && spec.is_some_and(|spec| spec.get("fields").is_some() || spec.get("callers").is_some())
}
