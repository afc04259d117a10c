//! Policies and manifests from the same texts, without faults.

use std::{collections::BTreeMap, path::PathBuf};

use meshveil_policy::{Policies, Policy};
use meshveil_reach::{
    Manifests, Options, Reach, manifest::kinds::workload::Workload, mesh::waypoint, network::Endpoint,
};
use meshveil_text::{Documents, Finding, Severity, codes};

use crate::{
    Failure, input,
    names::nearest,
    render::{self, Output},
};

/// What was read.
pub(crate) struct Cluster {
    /// The policies.
    pub(crate) policies: Vec<Policy>,
    /// The manifests; their files are those of the policies, too.
    pub(crate) manifests: Manifests,
    /// How faults are written.
    output: Output,
}

impl Cluster {
    /// Reads files and directories. Errors in them are printed as `output` says, and end it.
    pub(crate) fn read(paths: &[PathBuf], output: Output) -> Result<Self, Failure> {
        let documents = Documents::parse(input::texts(paths)?);
        let policies = Policies::read(&documents);
        let manifests = Manifests::read(&documents);
        let mut errors = documents.findings;
        errors.extend(policies.findings);
        errors.extend(manifests.findings.iter().cloned());
        errors.retain(|finding| finding.severity == Severity::Error);
        errors.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
        if !errors.is_empty() {
            render::findings(output, &manifests.files, &errors)?;
            return Err(Failure::Findings);
        }
        let cluster = Self { policies: policies.policies, manifests, output };
        if cluster.policies.is_empty() && cluster.manifests.workloads.is_empty() {
            remarks(&cluster.manifests);
            let names: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
            let message = format!("nothing to read in {}: no policy and no workload", names.join(", "));
            return Err(Failure::Usage(message));
        }
        remarks(&cluster.manifests);
        Ok(cluster)
    }

    /// Who reaches what.
    pub(crate) fn reach(&self) -> Reach<'_> {
        Reach::new(&self.manifests, &Options::default())
    }

    /// Every policy with each workload it protects.
    pub(crate) fn protected(&self, reach: &Reach<'_>) -> Vec<(&Policy, usize)> {
        let workloads = |policy| protected_by(policy, reach).into_iter().map(move |workload| (policy, workload));
        self.policies.iter().flat_map(workloads).collect()
    }

    /// The same; a policy that protects nothing, or no policy at all, is a failure.
    pub(crate) fn must_protect(&self, reach: &Reach<'_>) -> Result<Vec<(&Policy, usize)>, Failure> {
        if self.policies.is_empty() {
            return Err(Failure::Usage("no policy found: `kind: MaskingPolicy` in none of the files".to_owned()));
        }
        if self.manifests.workloads.is_empty() {
            let message = "no workload in any of the files: name the manifests of the application, too";
            return Err(Failure::Usage(message.to_owned()));
        }
        let idle: Vec<Finding> = self.policies.iter().filter_map(|policy| idle(policy, reach)).collect();
        if idle.is_empty() {
            return Ok(self.protected(reach));
        }
        render::findings(self.output, &self.manifests.files, &idle)?;
        Err(Failure::Findings)
    }
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
        let values = own().filter_map(|workload| workload.labels.get(key).map(str::to_owned));
        Some(format!("did you mean `{key}={}`?", nearest(value, values)?))
    });
    Some(match near {
        Some(near) => finding.help(near),
        None if own().next().is_none() => finding.help(format!("no manifest of namespace `{namespace}` was read")),
        None => finding,
    })
}

/// What an answer rests on, a line each on standard error: objects given twice, kustomizations that are not built, gateways
/// of other makers, kinds that are not read.
fn remarks(manifests: &Manifests) {
    let places = &manifests.files;
    for finding in &manifests.findings {
        let first = finding.labels.first().map(|label| format!(", {} ({})", label.message, places.place(label.span)));
        let (severity, place) = (finding.severity, places.place(finding.span));
        eprintln!("{severity}: {} ({place}){}", finding.message, first.unwrap_or_default());
    }
    for gateway in manifests.gateways.iter().filter(|gateway| waypoint::pods(manifests, gateway).is_none()) {
        let (meta, place) = (&gateway.meta, places.place(gateway.meta.span));
        let class = &gateway.class;
        eprintln!(
            "note: nobody knows the pods of Gateway {}/{} (class `{class}`): ways through it are left out ({place})",
            meta.namespace, meta.name
        );
    }
    if let Some(note) = skipped(manifests) {
        eprintln!("{note}");
    }
}

/// Objects of other kinds, in one line: whoever reads an answer should know what it rests on.
pub(crate) fn skipped(manifests: &Manifests) -> Option<String> {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    // Policies are read elsewhere, and settings of kustomize are no objects of a cluster.
    let counts = |kind: &str| !kind.starts_with("meshveil.dev/") && !kind.starts_with("kustomize.config.k8s.io/");
    for skipped in manifests.skipped.iter().filter(|skipped| counts(&skipped.kind)) {
        *kinds.entry(&skipped.kind).or_default() += 1;
    }
    // Nobody has checked these names: control characters stay out of the terminal.
    let shown = |kind: &str| kind.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect::<String>();
    let kinds: Vec<String> = kinds.into_iter().map(|(kind, count)| format!("{} ({count})", shown(kind))).collect();
    (!kinds.is_empty()).then(|| format!("note: not read: {}", kinds.join(", ")))
}

/// The workloads that a policy protects.
pub(crate) fn protected_by(policy: &Policy, reach: &Reach<'_>) -> Vec<usize> {
    let labels = policy.workload.selector.value.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    reach.select(&policy.namespace.value, labels)
}
