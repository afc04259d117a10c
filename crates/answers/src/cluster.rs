//! Policies and manifests from the same texts, without faults.

use std::collections::BTreeMap;

use meshveil_policy::{Caller, Policies, Policy};
use meshveil_reach::{
    Manifests, Options, Reach,
    manifest::kinds::{entry::Gateway, workload::Workload},
    mesh::waypoint,
    network::Endpoint,
    verdict::Doubt,
};
use meshveil_text::{Documents, Files, Finding, Severity, codes, nearest};

/// Policies, and the manifests of the cluster they are about.
#[derive(Debug)]
pub struct Cluster {
    /// The policies, in the order of the texts.
    pub policies: Vec<Policy>,
    /// The manifests; their files are those of the policies, too.
    pub manifests: Manifests,
}

/// Texts that cannot be asked about, with the errors in them.
#[derive(Debug, thiserror::Error)]
#[error("there are errors in the files")]
pub struct Faulty {
    /// The texts.
    pub files: Files,
    /// The errors, by place.
    pub findings: Vec<Finding>,
}

/// Why no workload is known to hold sensitive data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unprotected {
    /// There is no policy.
    #[error("no policy found: `kind: MaskingPolicy` in none of the files")]
    NoPolicy,
    /// There is no workload.
    #[error("no workload in any of the files: name the manifests of the application, too")]
    NoWorkload,
    /// Policies select no workload.
    #[error("a policy protects nothing")]
    Idle(Vec<Finding>),
}

/// What an answer rests on and the reader should know.
#[derive(Debug)]
pub enum Remark<'c> {
    /// A finding that is not an error.
    Finding(&'c Finding),
    /// A gateway whose pods no manifest holds: what goes through it is not known.
    UnknownGateway(&'c Gateway),
    /// An object that leaves answers open.
    Doubt(Doubt),
    /// Objects of kinds that are not read, counted.
    Skipped(BTreeMap<&'c str, usize>),
}

impl Cluster {
    /// Reads texts, each with its name.
    ///
    /// # Errors
    ///
    /// When one has an error.
    pub fn read(texts: Vec<(String, String)>) -> Result<Self, Faulty> {
        let documents = Documents::parse(texts);
        let policies = Policies::read(&documents);
        let manifests = Manifests::read(&documents);
        let mut errors = documents.findings;
        errors.extend(policies.findings);
        errors.extend(manifests.findings.iter().cloned());
        errors.retain(|finding| finding.severity == Severity::Error);
        errors.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
        if !errors.is_empty() {
            return Err(Faulty { files: documents.files, findings: errors });
        }
        Ok(Self { policies: policies.policies, manifests })
    }

    /// Whether the API server refuses an object: answers are given without it, as the cluster is without it.
    #[must_use]
    pub fn has_refused(&self) -> bool {
        !self.manifests.refused.is_empty()
    }

    /// Whether there is neither a policy nor a workload.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty() && self.manifests.workloads.is_empty()
    }

    /// Who reaches what.
    #[must_use]
    pub fn reach(&self) -> Reach<'_> {
        Reach::new(&self.manifests, &Options::default())
    }

    /// Every policy with each workload it protects.
    #[must_use]
    pub fn protected(&self, reach: &Reach<'_>) -> Vec<(&Policy, usize)> {
        let workloads = |policy| protected_by(policy, reach).into_iter().map(move |workload| (policy, workload));
        self.policies.iter().flat_map(workloads).collect()
    }

    /// The same, where every policy protects something.
    ///
    /// # Errors
    ///
    /// When there is no policy or no workload, or a policy protects nothing.
    pub fn must_protect(&self, reach: &Reach<'_>) -> Result<Vec<(&Policy, usize)>, Unprotected> {
        if self.policies.is_empty() {
            return Err(Unprotected::NoPolicy);
        }
        if self.manifests.workloads.is_empty() {
            return Err(Unprotected::NoWorkload);
        }
        let idle: Vec<Finding> = self.policies.iter().filter_map(|policy| idle(policy, reach)).collect();
        if idle.is_empty() { Ok(self.protected(reach)) } else { Err(Unprotected::Idle(idle)) }
    }

    /// What an answer rests on: objects given twice, kustomizations that are not built, gateways of other makers, kinds
    /// that are not read.
    #[must_use]
    pub fn remarks(&self, reach: &Reach<'_>) -> Vec<Remark<'_>> {
        let manifests = &self.manifests;
        let unknown = manifests.gateways.iter().filter(|gateway| waypoint::pods(manifests, gateway).is_none());
        let skipped = manifests.skipped_kinds();
        let skipped = (!skipped.is_empty()).then_some(Remark::Skipped(skipped));
        let findings = manifests.refused.iter().chain(&manifests.findings).map(Remark::Finding);
        let doubts = reach.doubts().iter().cloned().map(Remark::Doubt);
        findings.chain(unknown.map(Remark::UnknownGateway)).chain(doubts).chain(skipped).collect()
    }
}

impl Remark<'_> {
    /// The remark in one line, with its place.
    #[must_use]
    pub fn said(&self, files: &Files) -> String {
        match self {
            Self::Finding(finding) => {
                let first = finding.labels.first();
                let first = first.map(|label| format!(", {} ({})", label.message, files.place(label.span)));
                let (severity, place) = (finding.severity, files.place(finding.span));
                format!("{severity}: {} ({place}){}", finding.message, first.unwrap_or_default())
            }
            Self::UnknownGateway(gateway) => {
                let (meta, class) = (&gateway.meta, &gateway.class);
                let place = files.place(meta.span);
                format!(
                    "note: nobody knows the pods of Gateway {}/{} (class `{class}`): ways through it are not known ({place})",
                    meta.namespace, meta.name
                )
            }
            Self::Doubt(doubt) => format!("note: answers may be unknown: {doubt} ({})", files.place(doubt.span)),
            Self::Skipped(kinds) => skipped(kinds).unwrap_or_default(),
        }
    }
}

/// Objects of kinds that are not read, in one line; none where there are none.
#[must_use]
pub fn skipped<K: AsRef<str>>(kinds: &BTreeMap<K, usize>) -> Option<String> {
    // These names are not checked: control characters stay out of the terminal.
    let shown = |kind: &str| kind.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect::<String>();
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{} ({count})", shown(kind.as_ref()))).collect();
    (!kinds.is_empty()).then(|| format!("note: not read: {}", kinds.join(", ")))
}

/// A policy whose selector fits no workload: whatever it says, nothing is masked.
pub(crate) fn idle(policy: &Policy, reach: &Reach<'_>) -> Option<Finding> {
    if !protected_by(policy, reach).is_empty() {
        return None;
    }
    let selector = &policy.workload.selector;
    let labels = selector.value.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",");
    let (name, namespace) = (&policy.name.value, &policy.namespace.value);
    let message =
        format!("policy `{name}` protects nothing: no workload of namespace `{namespace}` has the labels `{labels}`");
    let finding = Finding::new(&codes::manifest::PROTECTS_NOTHING, selector.span, message);
    let workloads = &reach.manifests.workloads;
    let has = |workload: &Workload| selector.value.iter().all(|(key, value)| workload.labels.get(key) == Some(value));
    if let Some(at) = workloads.iter().position(has) {
        let title = reach.network.title(Endpoint::Workload(at));
        return Some(finding.help(format!("`{title}` has them: `metadata.namespace` of the policy may be wrong")));
    }
    let own = || workloads.iter().filter(|workload| workload.meta.namespace == *namespace);
    let near = selector.value.iter().find_map(|(key, value)| {
        let values = own().filter_map(|workload| workload.labels.get(key));
        Some(format!("did you mean `{key}={}`?", nearest(value, values)?))
    });
    Some(match near {
        Some(near) => finding.help(near),
        None if own().next().is_none() => finding.help(format!("no manifest of namespace `{namespace}` was read")),
        None => finding,
    })
}

/// The workloads that a policy protects.
#[must_use]
pub fn protected_by(policy: &Policy, reach: &Reach<'_>) -> Vec<usize> {
    let labels = policy.workload.selector.value.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    reach.select(&policy.namespace.value, labels)
}

/// Whether a workload is a caller: it runs as its account, and has its labels.
pub(crate) fn is_caller(caller: &Caller, workload: &Workload) -> bool {
    let Some(account) = &caller.service_account else { return false };
    workload.meta.namespace == account.value.namespace
        && workload.service_account == account.value.name
        && has_labels(caller, workload)
}

/// Whether a workload has the labels of a caller's pods, or the policy names none.
pub(crate) fn has_labels(caller: &Caller, workload: &Workload) -> bool {
    let has = |(key, value): (&String, &String)| workload.labels.get(key) == Some(value);
    caller.pods.as_ref().is_none_or(|pods| pods.value.iter().all(has))
}
