//! Objects of a cluster beside the manifests that they were made from.
//!
//! An object drifts where a member that the manifest has is gone or another, or where one was added that changes what it does.
//! What the API server adds by itself is no drift: `status`, `managedFields` and the rest of its own metadata, and the defaults
//! of the kinds that `meshveil generate` writes.

use std::collections::BTreeMap;

use meshveil_text::{Finding, Node, Severity, Span, codes::verify as codes, tree::Value};

use crate::dump::shown;

/// Kind, namespace and name.
type Identity = (String, String, String);

/// Members of `metadata` that the API server, and those that apply objects, write by themselves.
const OWN_METADATA: [&str; 9] = [
    "creationTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
    "ownerReferences",
    "finalizers",
    "generateName",
];

/// Prefixes of annotations and labels that change what the mesh does with an object.
const MEANINGFUL: [&str; 6] = [
    "istio.io/dry-run",
    "sidecar.istio.io/",
    "traffic.sidecar.istio.io/",
    "ambient.istio.io/",
    "istio.io/",
    "networking.istio.io/",
];

/// Defaults that the API server writes: the end of a path, and the value. A list stands for each of its items.
const DEFAULTS: [(&str, &str); 27] = [
    ("ports.protocol", "\"TCP\""),
    ("spec.policyTypes", "[\"Ingress\"]"),
    ("spec.type", "\"ClusterIP\""),
    ("spec.sessionAffinity", "\"None\""),
    ("spec.internalTrafficPolicy", "\"Cluster\""),
    ("spec.ipFamilyPolicy", "\"SingleStack\""),
    ("ports.targetPort", ""),
    ("spec.clusterIP", ""),
    ("spec.clusterIPs", ""),
    ("spec.ipFamilies", ""),
    ("spec.failurePolicy", "\"Fail\""),
    ("matchConstraints.matchPolicy", "\"Equivalent\""),
    ("matchConstraints.namespaceSelector", "{}"),
    ("matchConstraints.objectSelector", "{}"),
    ("matchResources.matchPolicy", "\"Equivalent\""),
    ("matchResources.objectSelector", "{}"),
    ("matchResources.namespaceSelector", "{}"),
    ("resourceRules.scope", "\"*\""),
    ("paramRef.parameterNotFoundAction", ""),
    ("parentRefs.group", "\"gateway.networking.k8s.io\""),
    ("parentRefs.kind", "\"Gateway\""),
    ("backendRefs.group", "\"\""),
    ("backendRefs.kind", "\"Service\""),
    ("backendRefs.weight", "1"),
    ("listeners.allowedRoutes", "{\"namespaces\":{\"from\":\"Same\"}}"),
    ("path.type", "\"PathPrefix\""),
    ("spec.finalizers", "[\"kubernetes\"]"),
];

/// What is different in a cluster, or missing there. `live` has to hold everything of the kinds and namespaces that are compared.
#[must_use]
pub fn drift(manifests: &[Node], live: &[Node]) -> Vec<Finding> {
    let live: BTreeMap<Identity, &Node> =
        objects(live).into_iter().filter_map(|node| Some((identity(node)?, node))).collect();
    let mut findings = Vec::new();
    for wanted in objects(manifests) {
        let Some(identity) = identity(wanted) else { continue };
        let (kind, namespace, name) = &identity;
        // A kustomization is read by kustomize, and a policy by this program.
        if ["Kustomization", "Component", "MaskingPolicy"].contains(&kind.as_str()) {
            continue;
        }
        let title = match namespace.as_str() {
            "" => format!("{kind} `{}`", shown(name)),
            namespace => format!("{kind} `{}/{}`", shown(namespace), shown(name)),
        };
        let Some(own) = live.get(&identity) else {
            let span = wanted.at(&["metadata", "name"]).map_or(wanted.span, |name| name.span);
            let message = format!("{title} is in the manifests, and not in the cluster");
            let help = "apply it; or the export leaves out its kind or namespace";
            findings.push(Finding::new(&codes::MISSING_OBJECT, span, message).help(help));
            continue;
        };
        let mut drift = Drift { title: &title, findings: &mut findings };
        for (key, value) in wanted.entries() {
            match key.name.as_str() {
                "metadata" => drift.metadata(value, own.get("metadata")),
                "status" => {}
                name => drift.member(name, value, own.get(name), own.span),
            }
        }
        for (key, value) in own.entries() {
            if !["metadata", "status"].contains(&key.name.as_str()) && wanted.entry(&key.name).is_none() {
                drift.added(&key.name, value);
            }
        }
    }
    findings
}

/// The objects of some documents, lists taken apart.
fn objects(documents: &[Node]) -> Vec<&Node> {
    let each = |document| match document {
        node if Node::text_at(node, "kind").is_some_and(|kind| kind.ends_with("List"))
            && node.get("items").is_some() =>
        {
            node.get("items").map(|items| objects(items.items())).unwrap_or_default()
        }
        node => vec![node],
    };
    documents.iter().flat_map(each).collect()
}

fn identity(object: &Node) -> Option<Identity> {
    let meta = object.get("metadata")?;
    let text = |node: &Node, key: &str| node.text_at(key).unwrap_or_default().to_owned();
    Some((text(object, "kind"), text(meta, "namespace"), meta.text_at("name")?.to_owned()))
}

struct Drift<'d> {
    title: &'d str,
    findings: &'d mut Vec<Finding>,
}

impl Drift<'_> {
    fn add(&mut self, span: Span, text: &str) {
        let message = format!("{} {text}", self.title);
        let help = "somebody changed it in the cluster: apply the manifests, or change the policy";
        self.findings.push(Finding::new(&codes::DRIFT, span, message).severity(Severity::Error).help(help));
    }

    fn metadata(&mut self, wanted: &Node, own: Option<&Node>) {
        let Some(own) = own else { return };
        for name in ["labels", "annotations"] {
            let wanted = wanted.get(name).map_or(&[][..], Node::entries);
            let own = own.get(name);
            for (key, value) in wanted {
                let live = own.and_then(|own| own.get(&key.name));
                if live.is_none_or(|live| live.to_json() != value.to_json()) {
                    let span = live.or(own).map_or(value.span, |live| live.span);
                    self.add(span, &format!("has another `metadata.{name}.{}`", shown(&key.name)));
                }
            }
            for (key, _) in own.map_or(&[][..], Node::entries) {
                let is_meaningful = MEANINGFUL.iter().any(|prefix| key.name.starts_with(prefix));
                if is_meaningful && !wanted.iter().any(|(known, _)| known.name == key.name) {
                    self.add(
                        key.span,
                        &format!("has `metadata.{name}.{}`, which its manifest does not", shown(&key.name)),
                    );
                }
            }
        }
        for (key, _) in own.entries() {
            let is_known = ["name", "namespace", "labels", "annotations"].contains(&key.name.as_str())
                || OWN_METADATA.contains(&key.name.as_str());
            if !is_known {
                self.add(key.span, &format!("has `metadata.{}`, which is not known", shown(&key.name)));
            }
        }
    }

    fn member(&mut self, path: &str, wanted: &Node, own: Option<&Node>, parent: Span) {
        let Some(own) = own else {
            // An empty object, list or nothing at all is not kept by every writer.
            if is_empty(wanted) {
                return;
            }
            self.add(
                Span { end: parent.start.saturating_add(1), ..parent },
                &format!("has no `{}`, which its manifest has", shown(path)),
            );
            return;
        };
        match (&wanted.value, &own.value) {
            (Value::Map(members), Value::Map(live)) => {
                for (key, value) in members {
                    self.member(&format!("{path}.{}", key.name), value, own.get(&key.name), own.span);
                }
                for (key, value) in live {
                    if wanted.entry(&key.name).is_none() {
                        self.added(&format!("{path}.{}", key.name), value);
                    }
                }
            }
            (Value::List(items), Value::List(live)) => {
                if items.len() != live.len() {
                    let text =
                        format!("has {} items in `{}`, and {} in its manifest", live.len(), shown(path), items.len());
                    self.add(crate::dump::place(own), &text);
                    return;
                }
                for (item, live) in items.iter().zip(live) {
                    self.member(path, item, Some(live), own.span);
                }
            }
            (one, other) if is_same(one, other) => {}
            _ => {
                self.add(crate::dump::place(own), &format!("has another value in `{}` than its manifest", shown(path)))
            }
        }
    }

    /// A member that the manifest does not have.
    fn added(&mut self, path: &str, value: &Node) {
        if is_empty(value) || is_default(path, value) {
            return;
        }
        self.add(crate::dump::place(value), &format!("has `{}`, which its manifest does not", shown(path)));
    }
}

fn is_default(path: &str, value: &Node) -> bool {
    let json = value.to_json().to_string();
    let ends = |end: &str| path == end || path.strip_suffix(end).is_some_and(|front| front.ends_with('.'));
    DEFAULTS.iter().any(|(end, default)| ends(end) && (default.is_empty() || json == *default))
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Map(members) => members.is_empty(),
        Value::List(items) => items.is_empty(),
        _ => false,
    }
}

/// Whether two scalars mean the same: a number in a text is that number, and a final line break is nothing.
fn is_same(one: &Value, other: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::Text(text) => Some(text.trim_end_matches('\n').to_owned()),
        Value::Int(int) => Some(int.to_string()),
        Value::Float(float) => Some(float.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        _ => None,
    };
    match (text(one), text(other)) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one == other,
        _ => false,
    }
}
