//! What a pod that nobody knows yet gets: which namespace, labels and identity it needs to reach a field.
//!
//! Newcomers are made from what the policies ask for: the namespaces there are and one that nobody knows, with the labels
//! that some selector wants, under a new ServiceAccount, one that exists, or one that a policy trusts. A pod that meets no
//! selector stands for all others, so the weakest newcomer found is the weakest there is, up to selectors that need
//! several labels of different policies at once.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_engine::Plan;

use crate::finding::Span;
use crate::manifest::kinds::network_policy::Peer;
use crate::manifest::kinds::workload::Workload;
use crate::manifest::meta::{Labels, Meta};
use crate::manifest::selector::{Operator, Selector};
use crate::manifest::{Manifests, Namespace};
use crate::network::Endpoint;
use crate::verdict::{Exposure, Form, Options, Reach};

/// A pod that nobody knows yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// Its namespace.
    pub namespace: String,
    /// Labels of the namespace, where it is new.
    pub namespace_labels: Vec<(String, String)>,
    /// Whether the namespace exists.
    pub namespace_exists: bool,
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
            + 2 * usize::from(self.namespace_exists)
            + 2 * self.namespace_labels.len()
            + 3 * usize::from(self.service_account.is_some())
    }

    /// One line: `any pod in namespace staging with app=web`.
    #[must_use]
    pub fn describe(&self) -> String {
        let pairs =
            |labels: &[(String, String)]| labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",");
        let mut text =
            if self.labels.is_empty() { "any pod".to_owned() } else { format!("a pod with {}", pairs(&self.labels)) };
        match (self.namespace_exists, self.namespace_labels.is_empty()) {
            (true, _) => text += &format!(" in `{}`", self.namespace),
            (false, true) => text += " in any new namespace",
            (false, false) => text += &format!(" in a new namespace with {}", pairs(&self.namespace_labels)),
        }
        if let Some(account) = &self.service_account {
            text += &format!(" as ServiceAccount `{account}`");
        }
        text
    }
}

/// A name that nothing has.
const NEW: &str = "newcomer";
/// Newcomers that are tried at most.
const LIMIT: usize = 20_000;

/// Newcomers that get a field of the plan in some form, the easiest first; of those that get the same, only those that
/// no easier one covers.
#[must_use]
pub fn newcomers(manifests: &Manifests, options: &Options, destination: usize, plan: &Plan) -> Vec<Newcomer> {
    let mut candidates = candidates(manifests, destination);
    candidates.sort_by_key(Newcomer::effort);
    candidates.truncate(LIMIT);
    // All newcomers live in one copy of the cluster: they do not change what the policies mean for each other.
    let mut changed = manifests.clone();
    let first = changed.workloads.len();
    for (at, newcomer) in candidates.iter_mut().enumerate() {
        if !newcomer.namespace_exists {
            newcomer.namespace = format!("{NEW}-{at}");
            changed.namespaces.insert(newcomer.namespace.clone(), namespace(newcomer));
        }
        changed.workloads.push(pod(newcomer, at));
    }
    let reach = Reach::new(&changed, options);
    let mut found: Vec<Newcomer> = Vec::new();
    for (at, mut newcomer) in candidates.into_iter().enumerate() {
        newcomer.exposures = reach.exposure(Endpoint::Workload(first + at), destination, plan);
        newcomer.exposures.retain(|_, exposure| exposure.form >= Form::Masked);
        let covered = found.iter().any(|easier| covers(easier, &newcomer));
        if !newcomer.exposures.is_empty() && !covered {
            found.push(newcomer);
        }
    }
    found
}

/// Whether an easier newcomer gets at least the same by asking for no more.
fn covers(easier: &Newcomer, other: &Newcomer) -> bool {
    let same_place = !easier.namespace_exists && easier.namespace_labels.is_empty()
        || easier.namespace_exists && other.namespace_exists && easier.namespace == other.namespace
        || !easier.namespace_exists
            && !other.namespace_exists
            && subset(&easier.namespace_labels, &other.namespace_labels);
    let same_identity = easier.service_account.is_none() || easier.service_account == other.service_account;
    let as_much =
        |(field, exposure): (&String, &Exposure)| easier.exposures.get(field).is_some_and(|e| e.form >= exposure.form);
    same_place && same_identity && subset(&easier.labels, &other.labels) && other.exposures.iter().all(as_much)
}

fn subset(few: &[(String, String)], many: &[(String, String)]) -> bool {
    few.iter().all(|pair| many.contains(pair))
}

fn candidates(manifests: &Manifests, destination: usize) -> Vec<Newcomer> {
    let target = manifests.workloads.get(destination).map(|w| w.meta.namespace.as_str()).unwrap_or_default();
    let mut pod_labels: BTreeSet<Vec<(String, String)>> = BTreeSet::from([Vec::new()]);
    let mut namespace_labels: BTreeSet<Vec<(String, String)>> = BTreeSet::from([Vec::new()]);
    for policy in &manifests.network_policies {
        pod_labels.extend(witness(&policy.pods));
        for peer in policy.ingress.iter().filter(|_| policy.meta.namespace == target).flat_map(|rule| &rule.peers) {
            if let Peer::Pods { pods, namespaces, .. } = peer {
                pod_labels.extend(pods.as_ref().and_then(witness));
                namespace_labels.extend(namespaces.as_ref().and_then(witness));
            }
        }
    }
    // A new namespace cannot have the name of another, and may join the mesh.
    namespace_labels.retain(|labels| labels.iter().all(|(key, _)| key != "kubernetes.io/metadata.name"));
    let meshed: Vec<Vec<(String, String)>> = namespace_labels
        .iter()
        .flat_map(|labels| {
            let with = |key: &str, value: &str| {
                let mut labels = labels.clone();
                labels.push((key.to_owned(), value.to_owned()));
                labels
            };
            [with("istio-injection", "enabled"), with("istio.io/dataplane-mode", "ambient")]
        })
        .collect();
    namespace_labels.extend(meshed);
    let mut found = Vec::new();
    for labels in &pod_labels {
        let newcomer =
            |namespace: &str, exists: bool, namespace_labels: &[(String, String)], account: Option<String>| Newcomer {
                namespace: namespace.to_owned(),
                namespace_labels: namespace_labels.to_vec(),
                namespace_exists: exists,
                labels: labels.clone(),
                service_account: account,
                exposures: BTreeMap::new(),
            };
        for of_namespace in &namespace_labels {
            found.push(newcomer(NEW, false, of_namespace, None));
        }
        for namespace in manifests.namespaces.keys() {
            found.push(newcomer(namespace, true, &[], None));
            for account in accounts(manifests, namespace) {
                found.push(newcomer(namespace, true, &[], Some(account)));
            }
        }
    }
    found
}

/// Labels that satisfy a selector; `None` where it contradicts itself.
fn witness(selector: &Selector) -> Option<Vec<(String, String)>> {
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    for requirement in &selector.requirements {
        let value = match requirement.operator {
            Operator::In => requirement.values.first().cloned()?,
            Operator::Exists => NEW.to_owned(),
            Operator::NotIn | Operator::DoesNotExist => continue,
        };
        labels.entry(requirement.key.clone()).or_insert(value);
    }
    let labels: Vec<(String, String)> = labels.into_iter().collect();
    let mut as_labels = Labels::default();
    for (key, value) in &labels {
        as_labels.imply(key, value);
    }
    selector.matches(&as_labels).then_some(labels)
}

/// ServiceAccounts that exist in a namespace, or that a policy trusts there.
fn accounts(manifests: &Manifests, namespace: &str) -> BTreeSet<String> {
    let used = manifests.workloads.iter().filter(|w| w.meta.namespace == namespace).map(|w| w.service_account.clone());
    let given = manifests.service_accounts.iter().filter(|a| a.namespace == namespace).map(|a| a.name.clone());
    let sources = manifests.authorization_policies.iter().flat_map(|p| &p.rules).flat_map(|rule| &rule.from);
    let trusted = sources.flat_map(|source| &source.principals.any).filter_map(|principal| {
        let (_, rest) = principal.split_once("/ns/")?;
        let (home, account) = rest.split_once("/sa/")?;
        (home == namespace && !account.contains('*')).then(|| account.to_owned())
    });
    used.chain(given).chain(trusted).collect()
}

fn namespace(newcomer: &Newcomer) -> Namespace {
    let mut labels = Labels::from([("kubernetes.io/metadata.name", newcomer.namespace.as_str())]);
    for (key, value) in &newcomer.namespace_labels {
        labels.imply(key, value);
    }
    let name = newcomer.namespace.clone();
    Namespace { name, labels, annotations: Labels::default(), span: Span::NOWHERE, given: true }
}

fn pod(newcomer: &Newcomer, at: usize) -> Workload {
    let mut labels = Labels::default();
    for (key, value) in &newcomer.labels {
        labels.imply(key, value);
    }
    Workload {
        meta: Meta {
            kind: "Pod".to_owned(),
            api_version: "v1".to_owned(),
            namespace: newcomer.namespace.clone(),
            namespace_given: true,
            name: format!("{NEW}-{at}"),
            labels: Labels::default(),
            annotations: Labels::default(),
            created: None,
            owner: None,
            span: Span::NOWHERE,
        },
        labels,
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
