//! From the tree of a document to a policy. Every fault is collected; what depends on a faulty part is left out.

mod allow_list;
mod cluster;
mod detect;
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

use crate::{
    Policy, Spanned, codes, schema,
    version::{self, Version},
};
use map::Map;

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

/// Reads a policy; `None` for one in which too much is missing.
pub(crate) fn policy(document: &Node, files: &Files, findings: &mut Vec<Finding>) -> Option<Policy> {
    let namespace = document.at(&["metadata", "namespace"]).and_then(Node::text).unwrap_or_default();
    let reader = &mut Reader { files, namespace, findings };
    let map = Map::read(reader, document, &schema::POLICY)?;
    if let Some(node) = map.required(reader, "kind")
        && node.text() != Some(KIND)
    {
        reader.error(&codes::BAD_VALUE, node, format!("expected `kind: {KIND}`"));
    }
    let version = map.required(reader, "apiVersion").and_then(|node| self::version(reader, node));
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
        version: version?,
        name: name?,
        namespace: namespace?,
        next: None,
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
        detect: spec.detect,
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

/// The version that a policy says it is written in.
fn version(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<&'static Version>> {
    let Some(version) = node.text().and_then(Version::find) else {
        reader.findings.push(unknown_version(node));
        return None;
    };
    if !version.is_read_by(version::release()) {
        let message = format!("`{}` is no longer read", version.name);
        reader.findings.push(Finding::new(&codes::UNKNOWN_VERSION, node.span, message).help(CONVERT));
        return None;
    }
    Some(Spanned { value: version, span: node.span })
}

/// What to do with an old policy.
pub(crate) const CONVERT: &str = "`meshveil convert` writes it in the newest version";

/// What is said of a version that no release knew when this one was made.
pub(crate) fn unknown_version(node: &Node) -> Finding {
    let known = || version::VERSIONS.iter().map(|version| version.name);
    let written = node.text().unwrap_or_default();
    let finding = |message: String| Finding::new(&codes::UNKNOWN_VERSION, node.span, message);
    // A version that is near in writing is another one all the same.
    if let Some(version) = written.strip_prefix(version::GROUP) {
        let (release, known) = (env!("CARGO_PKG_VERSION"), map::list(known()));
        return finding(format!("version `{version}` of the policy format is unknown"))
            .help(format!("meshveil {release} reads {known}; a newer release may read this one"));
    }
    let finding = finding(format!("expected `apiVersion: {}`", Version::newest().name));
    match nearest(written, known()) {
        Some(near) => finding.suggest(node.span, near, format!("did you mean `{near}`?")),
        None => finding,
    }
}

/// The policies that a document holds: itself, or items of a list, as `kubectl get` writes them.
pub(crate) fn policies_among(document: &Node) -> impl Iterator<Item = &Node> {
    let is_list = document.text_at("kind").is_some_and(|kind| kind.ends_with("List"));
    let items = if is_list { document.get("items").map(Node::items).unwrap_or_default() } else { &[] };
    items.iter().chain((!is_list).then_some(document)).filter(|document| is_policy(document))
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
