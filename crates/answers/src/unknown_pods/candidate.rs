//! A kind of pod that may be worth trying, and the pod it would be.

use std::collections::BTreeMap;

use meshveil_reach::finding::Span;
use meshveil_reach::manifest::Namespace;
use meshveil_reach::manifest::kinds::workload::Workload;
use meshveil_reach::manifest::meta::{Labels, Meta};
use meshveil_reach::verdict::Exposure;

/// Where a pod comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// A namespace that exists.
    Existing(String),
    /// A namespace that some policy names, and that does not exist.
    Absent(String),
    /// A new namespace with these labels.
    New(Vec<(String, String)>),
}

impl Home {
    /// The name, where it matters.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Existing(name) | Self::Absent(name) => Some(name),
            Self::New(_) => None,
        }
    }

    /// Labels it needs besides its name.
    #[must_use]
    pub fn labels(&self) -> &[(String, String)] {
        match self {
            Self::New(labels) => labels,
            Self::Existing(_) | Self::Absent(_) => &[],
        }
    }
}

/// A kind of pod that is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its namespace.
    pub home: Home,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// Its ServiceAccount; `None` is a new one.
    pub service_account: Option<String>,
    /// What it gets at worst, by field.
    pub exposures: BTreeMap<String, Exposure>,
}

impl Candidate {
    /// How much it takes to create this pod: nothing for a pod anywhere, more for each label, an existing namespace, labels of a
    /// namespace, and most for an existing identity.
    #[must_use]
    pub fn effort(&self) -> usize {
        self.labels.len()
            + 2 * usize::from(self.home.name().is_some())
            + 2 * self.home.labels().len()
            + 3 * usize::from(self.service_account.is_some())
    }

    /// One line: `any pod in namespace staging with app=web`.
    #[must_use]
    pub fn describe(&self) -> String {
        let pairs =
            |labels: &[(String, String)]| labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",");
        let mut text =
            if self.labels.is_empty() { "any pod".to_owned() } else { format!("a pod with {}", pairs(&self.labels)) };
        match &self.home {
            Home::Existing(name) => text += &format!(" in `{name}`"),
            Home::Absent(name) => text += &format!(" in a new namespace `{name}`"),
            Home::New(labels) if labels.is_empty() => text += " in any new namespace",
            Home::New(labels) => text += &format!(" in a new namespace with {}", pairs(labels)),
        }
        if let Some(account) = &self.service_account {
            text += &format!(" as ServiceAccount `{account}`");
        }
        text
    }
}

/// The label that the API server puts on every namespace.
pub(super) const NAME: &str = "kubernetes.io/metadata.name";
/// A name that nothing has.
pub(super) const NEW: &str = "newcomer";
pub(super) fn labels_of_namespace(name: &str, pairs: &[(String, String)]) -> Labels {
    let more = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    std::iter::once((NAME, name)).chain(more).collect()
}

pub(super) fn namespace(name: &str, pairs: &[(String, String)]) -> Namespace {
    let labels = labels_of_namespace(name, pairs);
    Namespace { name: name.to_owned(), labels, annotations: Labels::default(), span: Span::NOWHERE, given: true }
}

pub(super) fn pod(candidate: &Candidate, namespace: &str, at: usize) -> Workload {
    Workload {
        meta: Meta {
            kind: "Pod".to_owned(),
            api_version: "v1".to_owned(),
            namespace: namespace.to_owned(),
            namespace_given: true,
            name: format!("{NEW}-{at}"),
            labels: Labels::default(),
            annotations: Labels::default(),
            created: None,
            owner: None,
            span: Span::NOWHERE,
        },
        labels: candidate.labels.iter().map(|(key, value)| (key, value)).collect(),
        annotations: Labels::default(),
        service_account: candidate.service_account.clone().unwrap_or_else(|| NEW.to_owned()),
        service_account_span: Span::NOWHERE,
        host_network: None,
        containers: Vec::new(),
        user: None,
        group: None,
        stores: Vec::new(),
        addresses: Vec::new(),
        is_running: false,
        has_ended: false,
        span: Span::NOWHERE,
        labels_span: None,
    }
}
