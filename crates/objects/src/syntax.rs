//! The syntax of names and labels, as the API server checks it (RFC 1123, and Kubernetes' own rules for labels).

use meshveil_text::{Finding, Key, Node, Value, codes};

/// Kinds whose names are one DNS label; those of roles may hold nearly anything.
const LABEL_NAMES: [&str; 2] = ["Namespace", "Service"];
const PATH_NAMES: [&str; 4] = ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];

/// Where an object and the templates in it have metadata.
const METADATA: [&[&str]; 4] = [
    &["metadata"],
    &["spec", "template", "metadata"],
    &["spec", "jobTemplate", "spec", "template", "metadata"],
    &["template", "metadata"],
];

/// Where labels stand that pods are compared with.
const SELECTED: [&[&str]; 7] = [
    &["spec", "podSelector", "matchLabels"],
    &["spec", "selector"],
    &["spec", "selector", "matchLabels"],
    &["spec", "workloadSelector", "labels"],
    &["metadata", "labels"],
    &["spec", "template", "metadata", "labels"],
    &["spec", "jobTemplate", "spec", "template", "metadata", "labels"],
];

/// Finds labels without a value: whether they are empty or not there depends on how the object gets into the cluster.
pub(crate) fn check_empty(title: &str, object: &Node, findings: &mut Vec<Finding>) {
    let mut maps: Vec<&Node> = SELECTED.iter().filter_map(|path| object.at(path)).collect();
    for rule in ["ingress", "egress"].iter().filter_map(|key| object.at(&["spec", key])).flat_map(Node::items) {
        for peer in ["from", "to"].iter().filter_map(|key| rule.get(key)).flat_map(Node::items) {
            let selectors = ["podSelector", "namespaceSelector"].iter().filter_map(|key| peer.get(key));
            maps.extend(selectors.filter_map(|selector| selector.get("matchLabels")));
        }
    }
    for (key, value) in maps.into_iter().flat_map(Node::entries) {
        if value.value == Value::Null {
            let message = format!("label `{}` in {title} has no value", shown(&key.name));
            let finding = Finding::new(&codes::manifest::LABEL_WITHOUT_VALUE, key.span, message);
            findings.push(finding.help("write the value, or `\"\"` for an empty one"));
        }
    }
}

/// Finds names and labels that the API server refuses.
pub(crate) fn check(kind: &str, object: &Node, findings: &mut Vec<Finding>) {
    let mut refuse = |node: &Node, message: String| {
        findings.push(Finding::new(&codes::manifest::REFUSED_OBJECT, node.span, message));
    };
    if let Some(node) = object.at(&["metadata", "name"])
        && let Some(name) = node.text()
    {
        let fits = match kind {
            kind if LABEL_NAMES.contains(&kind) => is_dns_label(name),
            kind if PATH_NAMES.contains(&kind) => is_path_segment(name),
            _ => is_dns_subdomain(name),
        };
        if !fits {
            refuse(node, format!("invalid {kind} name `{}`", shown(name)));
        }
    }
    if let Some(node) = object.at(&["metadata", "namespace"])
        && let Some(name) = node.text().filter(|name| !name.is_empty() && !is_dns_label(name))
    {
        refuse(node, format!("invalid namespace name `{}`", shown(name)));
    }
    for metadata in METADATA.iter().filter_map(|path| object.at(path)) {
        for (key, value) in metadata.get("labels").map(Node::entries).unwrap_or_default() {
            if !is_label_key(&key.name) {
                refuse(&at(key), format!("invalid label key `{}`", shown(&key.name)));
            } else if let Some(text) = value.text().filter(|text| !is_label_value(text)) {
                refuse(value, format!("invalid label value `{}`", shown(text)));
            }
        }
        for (key, _) in metadata.get("annotations").map(Node::entries).unwrap_or_default() {
            if !is_label_key(&key.name.to_ascii_lowercase()) {
                refuse(&at(key), format!("invalid annotation key `{}`", shown(&key.name)));
            }
        }
    }
}

fn at(key: &Key) -> Node {
    Node { value: Value::Null, span: key.span }
}

/// A name for a message: nothing that moves a terminal's cursor.
fn shown(name: &str) -> String {
    name.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

fn is_inner(byte: u8, others: &[u8]) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || others.contains(&byte)
}

fn is_dns_label(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && name.bytes().all(|b| is_inner(b, b"-"))
}

fn is_dns_subdomain(name: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !part.starts_with('-') && !part.ends_with('-');
    (1..=253).contains(&name.len()) && name.split('.').all(part) && name.bytes().all(|b| is_inner(b, b"-."))
}

fn is_path_segment(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '%']) && !name.contains(char::is_control)
}

pub(crate) fn is_label_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => is_dns_subdomain(prefix) && !name.is_empty() && is_label_value(name),
        None => !key.is_empty() && is_label_value(key),
    }
}

pub(crate) fn is_label_value(text: &str) -> bool {
    let ends = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_are_those_the_api_server_takes() {
        let long = "a".repeat(64);
        for (text, label, subdomain, value, key) in [
            ("web", true, true, true, true),
            ("", false, false, true, false),
            ("a.b", false, true, true, true),
            ("Web", false, false, true, true),
            ("-a", false, false, false, false),
            ("a-", false, false, false, false),
            ("a..b", false, false, true, true),
            ("a_b", false, false, true, true),
            ("a b", false, false, false, false),
            ("app.kubernetes.io/name", false, false, false, true),
            ("a/b/c", false, false, false, false),
            ("A/b", false, false, false, false),
            (&long, false, true, false, false),
        ] {
            let found = (is_dns_label(text), is_dns_subdomain(text), is_label_value(text), is_label_key(text));
            assert_eq!(found, (label, subdomain, value, key), "{text}");
        }
    }
}
