//! The faults that can happen to the objects that enforce a policy, and the cluster after them.

use crate::concern::Concern;
use meshveil_reach::finding::Span;
use meshveil_reach::manifest::Manifests;
use meshveil_reach::manifest::kinds::security::MtlsMode;
use meshveil_reach::manifest::meta::{Labels, Meta};
use meshveil_reach::mesh::admission::refuses_without_proxy;
use meshveil_reach::mesh::filter::{FilterNames, is_guard};

/// What fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Change {
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
    pub(super) change: Change,
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
                // A pod that the API server refuses serves no requests; those that run keep their proxy.
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
