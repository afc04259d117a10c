//! What leaks when one lock fails: each object that keeps somebody out is weakened or removed, one at a time or several.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_plan::Plan;

use crate::concern::Concern;
use crate::finding::Span;
use crate::manifest::Manifests;
use crate::manifest::kinds::security::MtlsMode;
use crate::manifest::meta::{Labels, Meta};
use crate::mesh::admission::refuses_without_proxy;
use crate::mesh::filter::{FilterNames, is_guard};
use crate::network::Endpoint;
use crate::verdict::{Form, Options, Reach};

/// What fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Change {
    NetworkPolicy(usize),
    EveryNetworkPolicy,
    PeerAuthentication(usize),
    AuthorizationPolicy(usize),
    Extension(usize),
    EnvoyFilter(usize),
    Waypoint(usize),
    Admission(usize),
    Injection(usize),
    Protocol(usize),
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What fails, in words.
    pub description: String,
    /// The object that fails.
    pub span: Span,
    change: Change,
}

/// Every single fault that could concern a workload: each NetworkPolicy dropped, none enforced at all, each
/// PeerAuthentication permissive, each AuthorizationPolicy dropped, the filter gone or failing open, the waypoint gone, the
/// pods without a proxy, its Services' ports taken for TCP.
#[must_use]
pub fn single(manifests: &Manifests, names: &FilterNames, destination: usize) -> Vec<Fault> {
    let concern = Concern::new(manifests, destination);
    let mut faults = Vec::new();
    let mut add = |description: String, span: Span, change: Change| faults.push(Fault { description, span, change });
    for (at, policy) in manifests.network_policies.iter().enumerate() {
        add(format!("{} is dropped", policy.meta.title()), policy.meta.span, Change::NetworkPolicy(at));
    }
    if !manifests.network_policies.is_empty() {
        add("no NetworkPolicy is enforced".to_owned(), Span::NOWHERE, Change::EveryNetworkPolicy);
    }
    let is_near = |meta: &Meta| concern.obeys(&meta.namespace);
    for (at, policy) in manifests.peer_authentications.iter().enumerate().filter(|(_, p)| is_near(&p.meta)) {
        add(format!("{} is permissive", policy.meta.title()), policy.meta.span, Change::PeerAuthentication(at));
    }
    let authorization_policies = manifests.authorization_policies.iter().enumerate();
    for (at, policy) in authorization_policies.filter(|(_, p)| p.dry_run.is_none() && is_near(&p.meta)) {
        add(format!("{} is dropped", policy.meta.title()), policy.meta.span, Change::AuthorizationPolicy(at));
    }
    let extensions = manifests.extensions.iter().enumerate();
    for (at, extension) in extensions.filter(|(_, e)| names.is_ours(e) && is_near(&e.meta)) {
        add(format!("{} is gone, or fails open", extension.meta.title()), extension.meta.span, Change::Extension(at));
    }
    for (at, filter) in manifests.envoy_filters.iter().enumerate().filter(|(_, f)| is_near(&f.meta)) {
        if filter.patches.iter().any(|patch| names.is_our_patch(patch)) {
            add(format!("{} is gone, or fails open", filter.meta.title()), filter.meta.span, Change::EnvoyFilter(at));
        } else if filter.patches.iter().any(is_guard) {
            add(format!("{} is gone", filter.meta.title()), filter.meta.span, Change::EnvoyFilter(at));
        }
    }
    let gateways = manifests.gateways.iter().enumerate();
    for (at, gateway) in gateways.filter(|(_, gateway)| concern.waypoints.contains(gateway)) {
        add(format!("waypoint {} is gone", gateway.meta.full_name()), gateway.meta.span, Change::Waypoint(at));
    }
    for (at, rules) in manifests.admission_rules.iter().enumerate() {
        add(format!("{} is gone", rules.meta.title()), rules.meta.span, Change::Admission(at));
    }
    if let Some(workload) = manifests.workloads.get(destination) {
        add(format!("{} gets no proxy", workload.title()), workload.meta.span, Change::Injection(destination));
        for (at, service) in manifests.services.iter().enumerate().filter(|(_, s)| s.leads_to(workload)) {
            add(format!("{} is taken for TCP", service.meta.title()), service.meta.span, Change::Protocol(at));
        }
    }
    faults
}

/// Manifests in which the faults have happened. Indices of workloads stay; indices of policies may not.
#[must_use]
pub fn apply(manifests: &Manifests, faults: &[&Fault]) -> Manifests {
    let mut changed = manifests.clone();
    let gone = |change: Change| faults.iter().any(|fault| fault.change == change);
    keep(&mut changed.network_policies, |at| !gone(Change::NetworkPolicy(at)) && !gone(Change::EveryNetworkPolicy));
    keep(&mut changed.authorization_policies, |at| !gone(Change::AuthorizationPolicy(at)));
    keep(&mut changed.extensions, |at| !gone(Change::Extension(at)));
    keep(&mut changed.envoy_filters, |at| !gone(Change::EnvoyFilter(at)));
    keep(&mut changed.admission_rules, |at| !gone(Change::Admission(at)));
    keep(&mut changed.gateways, |at| !gone(Change::Waypoint(at)));
    for fault in faults {
        match fault.change {
            Change::PeerAuthentication(at) => {
                if let Some(policy) = changed.peer_authentications.get_mut(at) {
                    policy.mode.0 = MtlsMode::Permissive;
                    for port in &mut policy.ports {
                        port.1 = MtlsMode::Permissive;
                    }
                }
            }
            Change::Injection(at) => {
                // A pod that the API server refuses serves nobody; those that run keep their proxy.
                let refused = changed.workloads.get(at).is_some_and(|w| refuses_without_proxy(&changed, w).is_some());
                if let Some(workload) = changed.workloads.get_mut(at).filter(|_| !refused) {
                    workload.labels = without_mesh(&workload.labels);
                }
            }
            Change::Protocol(at) => {
                for port in changed.services.get_mut(at).into_iter().flat_map(|service| &mut service.ports) {
                    port.app_protocol = Some("tcp".to_owned());
                }
            }
            _ => {}
        }
    }
    changed
}

fn keep<T>(items: &mut Vec<T>, keep: impl Fn(usize) -> bool) {
    let mut at = 0;
    items.retain(|_| {
        at += 1;
        keep(at - 1)
    });
}

fn without_mesh(labels: &Labels) -> Labels {
    let mut changed = Labels::from([("istio.io/dataplane-mode", "none"), ("sidecar.istio.io/inject", "false")]);
    for (key, value) in labels.iter() {
        changed.imply(key, value);
    }
    changed
}

/// What a source gets of a field after some faults, where that is more than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// The faults.
    pub faults: Vec<Fault>,
    /// Index of the source.
    pub source: usize,
    /// The field.
    pub field: String,
    /// What the source gets without a fault.
    pub before: Form,
    /// What it gets after the faults.
    pub after: Form,
}

/// The forms of every field for every source.
type Forms = BTreeMap<(usize, String), Form>;

fn forms(reach: &Reach<'_>, destination: usize, plan: &Plan, sources: impl Iterator<Item = usize>) -> Forms {
    let mut forms = Forms::new();
    for source in sources {
        for (field, exposure) in reach.exposure(Endpoint::Workload(source), destination, plan) {
            forms.insert((source, field), exposure.form);
        }
    }
    forms
}

/// Forms after faults.
struct Trial<'a> {
    manifests: &'a Manifests,
    options: &'a Options,
    destination: usize,
    plan: &'a Plan,
    sources: &'a [usize],
    /// Without a fault, but for policies that are left out for a moment.
    reach: Reach<'a>,
    /// The pods on the way, whose policies concern every source.
    gates: Vec<usize>,
}

impl Trial<'_> {
    /// The forms after some faults, for the sources for which they may have changed.
    fn after(&mut self, faults: &[&Fault]) -> Forms {
        let dropped = |fault: &&Fault| match fault.change {
            Change::NetworkPolicy(at) => Some(at),
            _ => None,
        };
        let Some(dropped) = faults.iter().map(dropped).collect::<Option<Vec<usize>>>() else {
            let changed = apply(self.manifests, faults);
            let reach = Reach::new(&changed, self.options);
            return forms(&reach, self.destination, self.plan, self.sources.iter().copied());
        };
        let network = &self.reach.network;
        let selected: BTreeSet<usize> = dropped.iter().flat_map(|at| network.selected(*at)).collect();
        let concerns_all = self.gates.iter().any(|gate| selected.contains(gate));
        let concerned = self.sources.iter().copied().filter(|source| concerns_all || selected.contains(source));
        let concerned: Vec<usize> = concerned.collect();
        let (destination, plan) = (self.destination, self.plan);
        self.reach.without_policies(&dropped, |reach| forms(reach, destination, plan, concerned.into_iter()))
    }
}

/// What leaks to the sources after every combination of exactly `count` faults. One to three are practical: the number of
/// combinations grows with that power.
#[must_use]
pub fn leaks(
    manifests: &Manifests,
    options: &Options,
    destination: usize,
    plan: &Plan,
    sources: &[usize],
    count: usize,
) -> Vec<Leak> {
    let faults = single(manifests, &options.filter, destination);
    let reach = Reach::new(manifests, options);
    let before = forms(&reach, destination, plan, sources.iter().copied());
    let gates = Concern::new(manifests, destination).gates;
    let mut trial = Trial { manifests, options, destination, plan, sources, reach, gates };
    let mut leaks = Vec::new();
    for chosen in combinations(faults.len(), count) {
        let chosen: Vec<&Fault> = chosen.iter().filter_map(|at| faults.get(*at)).collect();
        // Dropping one policy besides all of them is not a second fault.
        let every = chosen.iter().any(|fault| fault.change == Change::EveryNetworkPolicy);
        if every && chosen.iter().any(|fault| matches!(fault.change, Change::NetworkPolicy(_))) {
            continue;
        }
        for ((source, field), after) in trial.after(&chosen) {
            let before = before.get(&(source, field.clone())).copied().unwrap_or(Form::Unreachable);
            if after > before && after >= Form::Masked {
                let faults = chosen.iter().map(|fault| (*fault).clone()).collect();
                leaks.push(Leak { faults, source, field, before, after });
            }
        }
    }
    leaks
}

/// The number of independent locks between a source and a field: how many faults it takes until the source gets more
/// than it should, at most `limit`. `None` where even `limit` faults let nothing out.
#[must_use]
pub fn locks(
    manifests: &Manifests,
    options: &Options,
    destination: usize,
    plan: &Plan,
    source: usize,
    field: &str,
    limit: usize,
) -> Option<Leak> {
    (1..=limit).find_map(|count| {
        leaks(manifests, options, destination, plan, &[source], count).into_iter().find(|leak| leak.field == field)
    })
}

/// Every way to choose `count` of `size` numbers, rising.
fn combinations(size: usize, count: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..count {
        all = all
            .into_iter()
            .flat_map(|chosen| {
                let from = chosen.last().map_or(0, |last| last + 1);
                (from..size).map(move |next| chosen.iter().copied().chain([next]).collect())
            })
            .collect();
    }
    all
}
