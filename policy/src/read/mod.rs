//! From the tree of a document to a policy. Every fault is collected; what depends on a faulty part is left out.

mod map;
mod scalar;
mod spec;

use meshveil_source::{Files, Finding, Node, Severity};

use crate::{Policy, codes};
use map::Map;

const API_VERSION: &str = "meshveil.dev/v1alpha1";
const KIND: &str = "MaskingPolicy";

/// What reading shares: the texts and the findings.
pub(crate) struct Reader<'r> {
    pub(crate) files: &'r Files,
    pub(crate) findings: &'r mut Vec<Finding>,
}

impl Reader<'_> {
    pub(crate) fn error(&mut self, code: &'static str, node: &Node, message: impl Into<String>) -> &mut Finding {
        self.findings.push(Finding::new(code, Severity::Error, node.span, message));
        let last = self.findings.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "one was just pushed")]
        &mut self.findings[last]
    }
}

/// Reads a document; `None` for one of another kind, and for one in which too much is missing.
pub(crate) fn policy(document: &Node, files: &Files, findings: &mut Vec<Finding>) -> Option<Policy> {
    let is_other = |key: &str, own: &str| document.text_at(key).is_some_and(|text| text != own);
    if is_other("kind", KIND)
        && !document.text_at("apiVersion").is_some_and(|version| version.starts_with("meshveil.dev/"))
    {
        return None;
    }
    let reader = &mut Reader { files, findings };
    let mut map = Map::read(reader, document, "a policy")?;
    if let Some(kind) = map.required(reader, "kind")
        && kind.text() != Some(KIND)
    {
        reader.error(codes::BAD_VALUE, kind, format!("expected `kind: {KIND}`"));
    }
    if let Some(version) = map.required(reader, "apiVersion")
        && version.text() != Some(API_VERSION)
    {
        reader.error(codes::BAD_VALUE, version, format!("expected `apiVersion: {API_VERSION}`"));
    }
    let metadata = map.required(reader, "metadata").and_then(|node| {
        let mut map = Map::read(reader, node, "`metadata`")?;
        let name = map.required(reader, "name").and_then(|node| scalar::name(reader, node));
        let namespace = map.required(reader, "namespace").and_then(|node| scalar::name(reader, node));
        map.ignored("labels");
        map.ignored("annotations");
        map.finish(reader);
        Some((name?, namespace?))
    });
    let spec = map.required(reader, "spec");
    map.finish(reader);
    let spec = spec.and_then(|node| spec::read(reader, node));
    let ((name, namespace), spec) = (metadata?, spec?);
    let policy = Policy {
        name,
        namespace,
        workload: spec.workload?,
        fields: spec.fields,
        callers: spec.callers,
        others: spec.others,
        routes: spec.routes,
        trusted_hops: spec.trusted_hops,
        on_error: spec.on_error,
        delivery: spec.delivery,
        key: spec.key,
        trust_domain: spec.trust_domain,
        span: document.span,
    };
    crate::plan::check(&policy, findings);
    Some(policy)
}
