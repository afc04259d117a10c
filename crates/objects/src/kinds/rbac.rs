//! Roles and their bindings, as far as they let someone act as a ServiceAccount's pods.

use meshveil_text::{Node, Span};

use crate::meta::Meta;

/// One rule of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRule {
    /// API groups.
    pub groups: Vec<String>,
    /// Resources such as `pods/exec`.
    pub resources: Vec<String>,
    /// Verbs such as `create`.
    pub verbs: Vec<String>,
    /// Its place.
    pub span: Span,
}

/// A Role or ClusterRole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its metadata.
    pub meta: Meta,
    /// Its rules.
    pub rules: Vec<RoleRule>,
}

/// A RoleBinding or ClusterRoleBinding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleBinding {
    /// Its metadata.
    pub meta: Meta,
    /// `Role` or `ClusterRole`, and its name.
    pub role: (String, String),
    /// Kind, namespace and name of each subject.
    pub subjects: Vec<(String, String, String)>,
}

fn words(node: &Node, key: &str) -> Vec<String> {
    let items = node.get(key).map(Node::items).unwrap_or_default().iter();
    items.filter_map(|item| Some(item.text()?.to_owned())).collect()
}

impl Role {
    /// Reads a role.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let rules = object.get("rules").map(Node::items).unwrap_or_default().iter();
        let rules = rules.map(|rule| RoleRule {
            groups: words(rule, "apiGroups"),
            resources: words(rule, "resources"),
            verbs: words(rule, "verbs"),
            span: rule.span,
        });
        Self { rules: rules.collect(), meta }
    }
}

impl RoleBinding {
    /// Reads a binding.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let text =
            |node: Option<&Node>, key: &str| node.and_then(|node| node.text_at(key)).unwrap_or_default().to_owned();
        let role = object.get("roleRef");
        let subjects = object.get("subjects").map(Node::items).unwrap_or_default().iter();
        Self {
            role: (text(role, "kind"), text(role, "name")),
            subjects: subjects
                .map(|s| (text(Some(s), "kind"), text(Some(s), "namespace"), text(Some(s), "name")))
                .collect(),
            meta,
        }
    }
}
