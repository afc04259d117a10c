//! What a pod that nobody knows yet gets: which namespace, labels and identity it needs to reach a field.

mod candidates;

use std::collections::BTreeMap;

use meshveil_plan::Plan;

use crate::finding::Span;
use crate::manifest::Namespace;
use crate::manifest::kinds::workload::Workload;
use crate::manifest::meta::{Labels, Meta};
use crate::network::Endpoint;
use crate::verdict::{Exposure, Form, Options, Reach};

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

/// A pod that nobody knows yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// Its namespace.
    pub home: Home,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// Its ServiceAccount; `None` is a new one.
    pub service_account: Option<String>,
    /// What it gets at worst, by field.
    pub exposures: BTreeMap<String, Exposure>,
}

impl Newcomer {
    /// How much it takes to be this pod: nothing for a pod anywhere, more for each label, an existing namespace, labels of a
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
const NAME: &str = "kubernetes.io/metadata.name";
/// A name that nothing has.
const NEW: &str = "newcomer";
/// Newcomers that are tried at most.
const LIMIT: usize = 50_000;

/// What came of trying.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Newcomers {
    /// Those that get a field, the easiest first; of those that get the same, only those that no easier one covers.
    pub found: Vec<Newcomer>,
    /// How many kinds of pods were too many to try; those that need least were tried.
    pub untried: usize,
}

/// Newcomers that get a field of the plan in some form.
#[must_use]
pub fn newcomers(reach: &Reach<'_>, options: &Options, destination: usize, plan: &Plan) -> Newcomers {
    let mut candidates = candidates::candidates(reach, destination, plan);
    candidates.sort_by_key(Newcomer::effort);
    let untried = candidates.len().saturating_sub(LIMIT);
    candidates.truncate(LIMIT);
    // All newcomers live in one copy of the cluster: they do not change what the policies mean for each other.
    let mut changed = reach.manifests.clone();
    let first = changed.workloads.len();
    for (at, newcomer) in candidates.iter().enumerate() {
        let name = newcomer.home.name().map_or_else(|| format!("{NEW}-{at}"), str::to_owned);
        if !matches!(newcomer.home, Home::Existing(_)) {
            changed.namespaces.insert(name.clone(), namespace(&name, newcomer.home.labels()));
        }
        changed.workloads.push(pod(newcomer, &name, at));
    }
    let reach = Reach::new(&changed, options);
    let mut found: Vec<Newcomer> = Vec::new();
    for (at, mut newcomer) in candidates.into_iter().enumerate() {
        newcomer.exposures = reach.exposure(Endpoint::Workload(first + at), destination, plan);
        newcomer.exposures.retain(|_, exposure| exposure.form >= Form::Masked);
        if !newcomer.exposures.is_empty() && !found.iter().any(|easier| covers(easier, &newcomer)) {
            found.push(newcomer);
        }
    }
    Newcomers { found, untried }
}

/// Whether an easier newcomer gets at least the same by asking for no more.
fn covers(easier: &Newcomer, other: &Newcomer) -> bool {
    let same_place = match (&easier.home, &other.home) {
        (Home::New(few), Home::New(many)) => subset(few, many),
        (Home::New(labels), _) => labels.is_empty(),
        (own, other) => own == other,
    };
    let same_identity = easier.service_account.is_none() || easier.service_account == other.service_account;
    let as_much =
        |(field, exposure): (&String, &Exposure)| easier.exposures.get(field).is_some_and(|e| e.form >= exposure.form);
    same_place && same_identity && subset(&easier.labels, &other.labels) && other.exposures.iter().all(as_much)
}

fn subset(few: &[(String, String)], many: &[(String, String)]) -> bool {
    few.iter().all(|pair| many.contains(pair))
}

fn labels_of_namespace(name: &str, pairs: &[(String, String)]) -> Labels {
    let more = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    std::iter::once((NAME, name)).chain(more).collect()
}

fn namespace(name: &str, pairs: &[(String, String)]) -> Namespace {
    let labels = labels_of_namespace(name, pairs);
    Namespace { name: name.to_owned(), labels, annotations: Labels::default(), span: Span::NOWHERE, given: true }
}

fn pod(newcomer: &Newcomer, namespace: &str, at: usize) -> Workload {
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
        labels: newcomer.labels.iter().map(|(key, value)| (key, value)).collect(),
        annotations: Labels::default(),
        service_account: newcomer.service_account.clone().unwrap_or_else(|| NEW.to_owned()),
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
