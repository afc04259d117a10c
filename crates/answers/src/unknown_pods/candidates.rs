//! Which pods are worth trying. Two pods that no policy tells apart get the same, so that it is enough to try, in each
//! namespace and in new ones, the labels that some rule on the way asks for or that escape one, and the identities that
//! some rule or plan names.
//!
//! Labels are those of one rule before the workload, joined with those of one policy about where the pod may go, and
//! with those that make the mesh take the pod in. Selectors that need labels of several rules on one side are not tried.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_plan::{Identity, Plan};

use super::candidate::{Candidate, Home, NAME, NEW, labels_of_namespace, pod};
use crate::concern::Concern;
use meshveil_reach::manifest::kinds::admin_policy::{AdminPeer, AdminPods};
use meshveil_reach::manifest::kinds::network_policy::Peer;
use meshveil_reach::manifest::kinds::security::Values;
use meshveil_reach::manifest::meta::Labels;
use meshveil_reach::manifest::selector::{Operator, Selector};
use meshveil_reach::mesh::enrollment::enrollment;
use meshveil_reach::mesh::{matching, trust};
use meshveil_reach::network::Direction;
use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::Reach;

/// Labels, sorted by key.
type Pairs = Vec<(String, String)>;

/// Labels of a pod, or of a namespace, that make the mesh take it in.
const INTO_THE_MESH: [[(&str, &str); 2]; 2] = [
    [("sidecar.istio.io/inject", "true"), ("istio-injection", "enabled")],
    [("istio.io/dataplane-mode", "ambient"), ("istio.io/dataplane-mode", "ambient")],
];

/// Pods that some rule before the workload names: the namespaces, and the labels there.
struct Named<'m> {
    namespaces: Option<&'m Selector>,
    /// Of the policy, where `namespaces` is absent.
    own: &'m str,
    pods: Option<&'m Selector>,
}

pub(super) fn candidates(reach: &Reach<'_>, destination: usize, plan: &Plan) -> Vec<Candidate> {
    let manifests = reach.manifests;
    let concern = Concern::new(manifests, destination);
    let named = named(reach, &concern);
    let identities = Identities::new(reach, &concern, destination, plan);
    let mut found = Vec::new();
    let absent = absent(reach, &named, &identities);
    for home in manifests.namespaces.keys().cloned().map(Home::Existing).chain(absent.into_iter().map(Home::Absent)) {
        let name = home.name().unwrap_or_default();
        let (arrives, leaves) = match &home {
            Home::Existing(_) => {
                let labels = manifests.namespace_labels(name);
                (arriving(&named, name, labels), leaving(reach, &concern, name, labels))
            }
            _ => {
                let labels = labels_of_namespace(name, &[]);
                (arriving(&named, name, &labels), leaving(reach, &concern, name, &labels))
            }
        };
        let candidate = |labels: Pairs, account: Option<&str>| Candidate {
            home: home.clone(),
            labels,
            service_account: account.map(str::to_owned),
            exposures: BTreeMap::new(),
        };
        let is_meshed = enrollment(manifests, &pod(&candidate(Pairs::new(), None), name, 0)).has_identity();
        let joins: Vec<Pairs> = if is_meshed {
            vec![Pairs::new()]
        } else {
            std::iter::once(Pairs::new()).chain(INTO_THE_MESH.map(|[of_pod, _]| pairs([of_pod]))).collect()
        };
        let accounts = identities.in_namespace(name);
        for labels in united(&united(&arrives, &leaves), &joins) {
            found.push(candidate(labels.clone(), None));
            found.extend(accounts.iter().map(|account| candidate(labels.clone(), Some(account))));
        }
    }
    for of_namespace in new_namespaces(&named) {
        let labels = labels_of_namespace(NEW, &of_namespace);
        for labels in united(&arriving(&named, NEW, &labels), &leaving(reach, &concern, NEW, &labels)) {
            found.push(Candidate {
                home: Home::New(of_namespace.clone()),
                labels,
                service_account: None,
                exposures: BTreeMap::new(),
            });
        }
    }
    found
}

/// Namespaces that some rule or identity names, and that do not exist: anyone who may create them is trusted.
fn absent(reach: &Reach<'_>, named: &[Named<'_>], identities: &Identities<'_>) -> BTreeSet<String> {
    let selected = named.iter().filter_map(|named| witness(named.namespaces?));
    let selected = selected.flatten().filter(|(key, _)| key == NAME).map(|(_, name)| name);
    let mut absent: BTreeSet<String> = selected.chain(identities.known.keys().cloned()).collect();
    absent.retain(|name| !name.contains('*') && !reach.manifests.namespaces.contains_key(name));
    absent
}

/// The pods that rules before the workload, or before its waypoints, name.
fn named<'m>(reach: &Reach<'m>, concern: &Concern<'m>) -> Vec<Named<'m>> {
    let manifests = reach.manifests;
    let mut named = Vec::new();
    for gate in &concern.gates {
        for at in reach.network.isolating_policies(Endpoint::Workload(*gate), Direction::Ingress) {
            let Some(policy) = manifests.network_policies.get(at) else { continue };
            for peer in policy.ingress.iter().flat_map(|rule| &rule.peers) {
                if let Peer::Pods { pods, namespaces, .. } = peer {
                    let (pods, namespaces) = (pods.as_ref(), namespaces.as_ref());
                    named.push(Named { namespaces, own: &policy.meta.namespace, pods });
                }
            }
        }
    }
    let rules = manifests.admin_policies.iter().flat_map(|policy| &policy.ingress);
    for peer in rules.flat_map(|rule| &rule.peers) {
        if let AdminPeer::Pods(AdminPods { namespaces, pods }) = peer {
            named.push(Named { namespaces: Some(namespaces), own: "", pods: pods.as_ref() });
        }
    }
    named
}

/// Labels for pods of a namespace with which some rule before the workload names them, or no longer does.
fn arriving(named: &[Named<'_>], namespace: &str, labels: &Labels) -> BTreeSet<Pairs> {
    let here = named.iter().filter(|named| match named.namespaces {
        Some(selector) => selector.matches(labels),
        None => named.own == namespace,
    });
    let tried = here.filter_map(|named| named.pods).flat_map(|pods| witness(pods).into_iter().chain(escapes(pods)));
    tried.chain([Pairs::new()]).collect()
}

/// Labels for pods of a namespace with which a policy lets them go to the workload, or no longer holds them back.
fn leaving(reach: &Reach<'_>, concern: &Concern<'_>, namespace: &str, labels: &Labels) -> BTreeSet<Pairs> {
    let manifests = reach.manifests;
    let mut tried = BTreeSet::from([Pairs::new()]);
    let policies = manifests.network_policies.iter().enumerate();
    for (at, policy) in policies.filter(|(_, p)| p.meta.namespace == namespace && p.isolates_egress) {
        tried.extend(escapes(&policy.pods));
        let leads_there = (0..policy.egress.len())
            .any(|rule| reach.network.rule_workloads(at, false, rule).iter().any(|to| concern.gates.contains(to)));
        tried.extend(witness(&policy.pods).filter(|_| leads_there));
    }
    for policy in manifests.admin_policies.iter().filter(|policy| !policy.egress.is_empty()) {
        if policy.subject.namespaces.matches(labels) {
            tried.extend(policy.subject.pods.iter().flat_map(|pods| witness(pods).into_iter().chain(escapes(pods))));
        }
    }
    tried
}

/// Labels for new namespaces. None can have the name of another.
fn new_namespaces(named: &[Named<'_>]) -> BTreeSet<Pairs> {
    let selectors = named.iter().filter_map(|named| named.namespaces);
    let mut tried: BTreeSet<Pairs> =
        selectors.flat_map(|selector| witness(selector).into_iter().chain(escapes(selector))).collect();
    tried.retain(|labels| labels.iter().all(|(key, _)| key != NAME));
    tried.insert(Pairs::new());
    let joins = std::iter::once(Pairs::new()).chain(INTO_THE_MESH.map(|[_, of_namespace]| pairs([of_namespace])));
    united(&tried, &joins.collect::<Vec<_>>())
}

fn pairs<const N: usize>(labels: [(&str, &str); N]) -> Pairs {
    labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

/// Each of one side together with each of the other, where they do not contradict each other.
fn united<'p>(
    one: impl IntoIterator<Item = &'p Pairs>,
    other: impl IntoIterator<Item = &'p Pairs> + Clone,
) -> BTreeSet<Pairs> {
    let mut all = BTreeSet::new();
    for first in one {
        for second in other.clone() {
            let mut both: BTreeMap<&String, &String> = first.iter().map(|(key, value)| (key, value)).collect();
            if second.iter().all(|(key, value)| *both.entry(key).or_insert(value) == value) {
                all.insert(both.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect());
            }
        }
    }
    all
}

/// Labels that satisfy a selector; `None` where it contradicts itself.
fn witness(selector: &Selector) -> Option<Pairs> {
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    for requirement in &selector.requirements {
        let value = match requirement.operator {
            Operator::In => requirement.values.first().cloned()?,
            Operator::Exists => NEW.to_owned(),
            Operator::NotIn | Operator::DoesNotExist => continue,
        };
        labels.entry(requirement.key.clone()).or_insert(value);
    }
    let labels: Pairs = labels.into_iter().collect();
    let pod: Labels = labels.iter().map(|(key, value)| (key, value)).collect();
    selector.matches(&pod).then_some(labels)
}

/// Labels with which a selector that pods without labels satisfy no longer fits: one for each requirement.
fn escapes(selector: &Selector) -> impl Iterator<Item = Pairs> {
    selector.requirements.iter().filter_map(|requirement| match requirement.operator {
        Operator::NotIn => Some(vec![(requirement.key.clone(), requirement.values.first().cloned()?)]),
        Operator::DoesNotExist => Some(vec![(requirement.key.clone(), NEW.to_owned())]),
        Operator::In | Operator::Exists => None,
    })
}

/// The identities that policies and plans tell apart.
struct Identities<'m> {
    domain: &'m str,
    /// Accounts that exist, or that something names, by namespace.
    known: BTreeMap<String, BTreeSet<String>>,
    /// Patterns of whole principals.
    principals: Vec<String>,
    /// Patterns of ServiceAccounts, with the namespace of their policy.
    accounts: Vec<(&'m str, &'m str)>,
}

impl<'m> Identities<'m> {
    fn new(reach: &Reach<'m>, concern: &Concern<'m>, destination: usize, plan: &Plan) -> Self {
        let manifests = reach.manifests;
        let mesh = &manifests.mesh;
        let mut found =
            Self { domain: &mesh.trust_domain, known: BTreeMap::new(), principals: Vec::new(), accounts: Vec::new() };
        let policies = manifests.authorization_policies.iter().filter(|p| concern.obeys(&p.meta.namespace));
        for policy in policies {
            let own = policy.meta.namespace.as_str();
            let mut principals: Vec<&Values> = Vec::new();
            let mut accounts: Vec<&Values> = Vec::new();
            for rule in &policy.rules {
                principals.extend(rule.from.iter().map(|source| &source.principals));
                accounts.extend(rule.from.iter().map(|source| &source.service_accounts));
                let when = |key: &'static str| rule.when.iter().filter(move |c| c.key == key).map(|c| &c.values);
                principals.extend(when("source.principal"));
                accounts.extend(when("source.serviceAccount"));
            }
            let both = |values: &'m Values| values.any.iter().chain(&values.none);
            let spellings = |pattern: &'m String| trust::spellings(mesh, pattern);
            found.principals.extend(principals.into_iter().flat_map(both).flat_map(spellings));
            found.accounts.extend(accounts.into_iter().flat_map(both).map(|pattern| (own, pattern.as_str())));
        }
        let own = reach.plan_of(destination);
        for plan in [Some(plan), own.as_ref()].into_iter().flatten() {
            let spiffe = plan.callers.iter().flat_map(|caller| &caller.matches).filter_map(|identity| match identity {
                Identity::Principal(id) => Some(id),
                _ => None,
            });
            let ids = spiffe.chain(&plan.trusted_hops).filter_map(|id| id.strip_prefix("spiffe://"));
            found.principals.extend(ids.map(str::to_owned));
        }
        found.principals.sort();
        found.principals.dedup();
        found.know(reach);
        found
    }

    /// Collects the accounts.
    fn know(&mut self, reach: &Reach<'_>) {
        let used = reach.manifests.workloads.iter().map(|w| (w.meta.namespace.clone(), w.service_account.clone()));
        let given = reach.manifests.service_accounts.iter().map(|a| (a.namespace.clone(), a.name.clone()));
        let spelt = self.principals.iter().filter_map(|principal| {
            let (namespace, account) = principal.split_once("/ns/")?.1.split_once("/sa/")?;
            (!account.contains('*')).then(|| (namespace.to_owned(), account.to_owned()))
        });
        let named = self.accounts.iter().map(|(own, pattern)| {
            let (namespace, name) = pattern.split_once('/').unwrap_or((own, pattern));
            (namespace.to_owned(), name.to_owned())
        });
        let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (namespace, account) in used.chain(given).chain(spelt).chain(named) {
            known.entry(namespace).or_default().insert(account);
        }
        self.known = known;
    }

    /// What policies and plans see of an identity.
    fn seen(&self, namespace: &str, account: &str) -> Vec<bool> {
        let principal = format!("{}/ns/{namespace}/sa/{account}", self.domain);
        let principals = self.principals.iter().map(|pattern| matching::matches_principal(pattern, &principal, true));
        let accounts = self
            .accounts
            .iter()
            .map(|(own, pattern)| matching::matches_service_account(pattern, own, &principal, true));
        principals.chain(accounts).collect()
    }

    /// An account for each way a namespace's accounts are seen, other than a new one's.
    fn in_namespace(&self, namespace: &str) -> Vec<&str> {
        let mut seen = BTreeSet::from([self.seen(namespace, NEW)]);
        let known = self.known.get(namespace).into_iter().flatten();
        known.filter(|account| seen.insert(self.seen(namespace, account))).map(String::as_str).collect()
    }
}
