//! What every object carries: its name, its labels, who owns it.

use meshveil_text::{Node, Span};

/// Labels or annotations, each with its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels(Vec<(String, String, Span)>);

impl Labels {
    /// Reads a map of strings.
    #[must_use]
    pub fn read(node: Option<&Node>) -> Self {
        let mut entries: Vec<_> = node
            .map(Node::entries)
            .unwrap_or_default()
            .iter()
            .filter_map(|(key, value)| Some((key.name.clone(), value.text()?.to_owned(), key.span)))
            .collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Self(entries)
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.find(key).map(|(_, value, _)| value.as_str())
    }

    /// The place of a key.
    #[must_use]
    pub fn span(&self, key: &str) -> Option<Span> {
        self.find(key).map(|(_, _, span)| *span)
    }

    fn find(&self, key: &str) -> Option<&(String, String, Span)> {
        self.0.binary_search_by(|(k, _, _)| k.as_str().cmp(key)).ok().and_then(|at| self.0.get(at))
    }

    /// Sets a label no text gives, unless it is there.
    pub fn imply(&mut self, key: &str, value: &str) {
        if let Err(at) = self.0.binary_search_by(|(k, _, _)| k.as_str().cmp(key)) {
            self.0.insert(at, (key.to_owned(), value.to_owned(), Span::NOWHERE));
        }
    }

    /// Keys and values, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value, _)| (key.as_str(), value.as_str()))
    }

    /// Whether every one of these pairs is among the labels.
    #[must_use]
    pub fn contains(&self, wanted: &[(String, String)]) -> bool {
        wanted.iter().all(|(key, value)| self.get(key) == Some(value))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: AsRef<str>, V: AsRef<str>> FromIterator<(K, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut labels = Self::default();
        for (key, value) in pairs {
            labels.imply(key.as_ref(), value.as_ref());
        }
        labels
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Labels {
    fn from(pairs: [(&str, &str); N]) -> Self {
        pairs.into_iter().collect()
    }
}

/// What every object carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// `Deployment`.
    pub kind: String,
    /// `apps/v1`.
    pub api_version: String,
    /// Its namespace; `default` where the object names none.
    pub namespace: String,
    /// Whether the object names its namespace.
    pub namespace_given: bool,
    /// Its name; `generateName` with a `*` where it has no name yet.
    pub name: String,
    /// Labels of the object itself.
    pub labels: Labels,
    /// Annotations of the object itself.
    pub annotations: Labels,
    /// RFC 3339, where a cluster wrote it. Decides which of two competing policies is the older.
    pub created: Option<String>,
    /// Kind and name of the owning controller.
    pub owner: Option<(String, String)>,
    /// The place of the name.
    pub span: Span,
}

impl Meta {
    /// Reads `metadata`.
    #[must_use]
    pub fn read(object: &Node) -> Self {
        let text = |path: &[&str]| object.at(path).and_then(Node::text).map(str::to_owned);
        let name = text(&["metadata", "name"]);
        let generated = || text(&["metadata", "generateName"]).map(|prefix| format!("{prefix}*"));
        let owner = object.at(&["metadata", "ownerReferences"]).map(Node::items).unwrap_or_default().iter();
        let owner = owner
            .filter(|owner| owner.get("controller").and_then(Node::bool) == Some(true))
            .find_map(|owner| Some((owner.text_at("kind")?.to_owned(), owner.text_at("name")?.to_owned())));
        let namespace = text(&["metadata", "namespace"]).filter(|namespace| !namespace.is_empty());
        Self {
            kind: text(&["kind"]).unwrap_or_default(),
            api_version: text(&["apiVersion"]).unwrap_or_default(),
            namespace_given: namespace.is_some(),
            namespace: namespace.unwrap_or_else(|| "default".to_owned()),
            name: name.or_else(generated).unwrap_or_default(),
            labels: Labels::read(object.at(&["metadata", "labels"])),
            annotations: Labels::read(object.at(&["metadata", "annotations"])),
            created: text(&["metadata", "creationTimestamp"]),
            owner,
            span: object.at(&["metadata", "name"]).map_or(object.span, |name| name.span),
        }
    }

    /// `namespace/name`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// `NetworkPolicy shop/deny-all`, as messages name it.
    #[must_use]
    pub fn title(&self) -> String {
        const CLUSTER: [&str; 8] = [
            "AdminNetworkPolicy",
            "BaselineAdminNetworkPolicy",
            "ClusterNetworkPolicy",
            "ClusterRole",
            "ClusterRoleBinding",
            "GatewayClass",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
        ];
        if CLUSTER.contains(&self.kind.as_str()) {
            return format!("{} {}", self.kind, self.name);
        }
        format!("{} {}/{}", self.kind, self.namespace, self.name)
    }
}
