//! Everything that is wrong with policies and manifests.

use std::collections::BTreeMap;

use meshveil_policy::{Date, Policies, Policy, ServiceAccount};
use meshveil_reach::{Manifests, Options, Reach};
use meshveil_text::{Code, Documents, FileId, Files, Finding, Node, Severity, codes};

use super::{Context, Protected};
use crate::{
    accepted::Acceptances,
    cluster::{idle, protected_by},
    works,
};

/// Texts with what is wrong with them.
#[derive(Debug)]
pub struct Inspection {
    /// The texts.
    pub files: Files,
    /// By place.
    pub findings: Vec<Finding>,
    /// Objects of kinds that are not read, counted.
    pub skipped: BTreeMap<String, usize>,
    /// Whether no workload is read, so that policies of the network and the mesh are checked by themselves.
    pub is_without_workloads: bool,
    /// Whether there is neither a policy nor an object that is checked nor a finding.
    pub is_empty: bool,
}

/// Everything that is wrong with texts, whatever the day.
#[must_use]
pub fn inspect(texts: Vec<(String, String)>) -> Inspection {
    inspect_on(texts, None)
}

/// Everything that is wrong with texts; with a day, also what should be over by then.
#[must_use]
pub fn inspect_on(texts: Vec<(String, String)>, today: Option<Date>) -> Inspection {
    inspect_with(texts, Vec::new(), today)
}

/// The same without what comments and some lists of accepted findings accept ([`Acceptances`]).
#[must_use]
pub fn inspect_with(texts: Vec<(String, String)>, lists: Vec<(String, String)>, today: Option<Date>) -> Inspection {
    let documents = Documents::parse(texts);
    let policies = Policies::read(&documents);
    let manifests = Manifests::read(&documents);
    let is_sound = documents.is_sound() && manifests.is_sound();
    let mut findings = documents.findings;
    findings.extend(today.into_iter().flat_map(|today| policies.overdue(today)));
    findings.extend(policies.findings);
    findings.extend(manifests.findings.iter().chain(&manifests.refused).cloned());
    findings.extend(match is_sound {
        true => mistakes(&policies.policies, &manifests, &documents.nodes),
        false => super::run_on_faulty(&Context::inferred(&Reach::new(&manifests, &Options::default()))),
    });
    let mut files = documents.files;
    let lists: Vec<FileId> = lists.into_iter().map(|(name, text)| files.add(name, text)).collect();
    let is_asked = |code: &'static Code| !codes::verify::ALL.contains(&code);
    let findings = Acceptances::read(&files, &lists).apply(&files, findings, today, is_asked, |_| true);
    let is_empty = policies.policies.is_empty() && findings.is_empty() && is_bare(&manifests);
    let is_without_workloads = manifests.workloads.is_empty() && !is_bare(&manifests);
    let skipped = manifests.skipped_kinds().into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect();
    Inspection { files, findings, skipped, is_without_workloads, is_empty }
}

/// Whether no object is there that any check is about.
fn is_bare(manifests: &Manifests) -> bool {
    manifests.workloads.is_empty()
        && manifests.services.is_empty()
        && manifests.network_policies.is_empty()
        && manifests.admin_policies.is_empty()
        && manifests.peer_authentications.is_empty()
        && manifests.authorization_policies.is_empty()
        && manifests.extensions.is_empty()
        && manifests.envoy_filters.is_empty()
}

/// Known mistakes, and bypasses of the filter of protected workloads.
fn mistakes(policies: &[Policy], manifests: &Manifests, documents: &[Node]) -> Vec<Finding> {
    let reach = Reach::new(manifests, &Options::default());
    let mut protected = Vec::new();
    for policy in policies {
        let accounts = policy.callers.iter().filter_map(|caller| caller.service_account.as_ref());
        let callers: Vec<ServiceAccount> = accounts.map(|account| account.value.clone()).collect();
        let ports: Vec<u16> = policy.workload.ports.iter().map(|port| port.port.value).collect();
        for workload in protected_by(policy, &reach) {
            protected.push(Protected { workload, ports: ports.clone(), callers: callers.clone() });
        }
    }
    let context = if protected.is_empty() { Context::inferred(&reach) } else { Context::new(&reach, protected) };
    let mut findings = super::run(&context);
    findings.extend(super::policy::run(policies, &reach));
    findings.extend(works::check(policies, &reach, documents));
    // Policies are also checked without the manifests of their workloads. Those that name no namespace may be meant.
    let is_read = |policy: &&Policy| {
        let selector = &policy.workload.selector.value;
        manifests.workloads.iter().any(|workload| {
            let has_labels = selector.iter().all(|(key, value)| workload.labels.get(key) == Some(value));
            workload.meta.namespace == policy.namespace.value || (!workload.meta.namespace_given && has_labels)
        })
    };
    let idle = policies.iter().filter(is_read).filter_map(|policy| idle(policy, &reach));
    findings.extend(idle.map(|finding| Finding { severity: Severity::Warning, ..finding }));
    findings
}
