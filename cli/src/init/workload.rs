//! The workload to protect, and who may turn out to call it, from manifests of the application.

use std::collections::BTreeMap;
use std::path::PathBuf;

use meshveil_reach::Manifests;
use meshveil_reach::manifest::kinds::workload::{Protocol, Workload};
use meshveil_source::Severity;

use crate::{
    Failure, input,
    render::{self, Output},
};

/// What manifests say of a workload.
pub(super) struct Target {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) service_account: String,
    /// Its TCP ports, each with its name.
    pub(super) ports: Vec<(u16, Option<String>)>,
    /// Every other workload.
    pub(super) others: Vec<Other>,
}

/// Somebody who may call.
pub(super) struct Other {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) service_account: String,
    pub(super) labels: BTreeMap<String, String>,
    /// Why its ServiceAccount cannot tell it from others.
    pub(super) problem: Option<&'static str>,
}

/// Reads manifests and finds the workload: the one that is named, or the only one.
pub(super) fn read(paths: &[PathBuf], wanted: Option<&(String, String)>) -> Result<Target, Failure> {
    let manifests = Manifests::read(input::texts(paths)?);
    let errors: Vec<_> =
        manifests.findings.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
    if !errors.is_empty() {
        render::findings(Output::Text, &manifests.files, &errors)?;
        return Err(Failure::Findings);
    }
    let title = |workload: &Workload| (workload.meta.namespace.clone(), workload.meta.name.clone());
    let mut candidates = manifests.workloads.iter().filter(|found| wanted.is_none_or(|wanted| title(found) == *wanted));
    match (candidates.next(), candidates.next()) {
        (Some(found), None) => Ok(target(&manifests, found)),
        (first, _) => {
            let mut names: Vec<String> = manifests
                .workloads
                .iter()
                .map(|found| format!("`{}/{}`", found.meta.namespace, found.meta.name))
                .collect();
            names.sort();
            names.dedup();
            let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            Err(Failure::Usage(match (first, wanted) {
                (None, Some((namespace, name))) => {
                    format!("there is no workload `{namespace}/{name}`; there is {there}")
                }
                (None, None) => "the manifests hold no workload".to_owned(),
                (Some(_), Some(_)) => {
                    "several workloads have this name: leave out the manifests of the others".to_owned()
                }
                (Some(_), None) => format!("which workload holds the data? Say `--workload` and one of {there}"),
            }))
        }
    }
}

fn labels(workload: &Workload) -> BTreeMap<String, String> {
    // Made by controllers, and different for each pod or release.
    let changes = |key: &str| key.ends_with("-hash") || key == "controller-revision-hash" || key.contains("istio.io/");
    let all = workload.labels.iter().filter(|(key, _)| !changes(key));
    all.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn target(manifests: &Manifests, workload: &Workload) -> Target {
    let containers = workload.containers.iter().filter(|container| !container.init);
    let ports = containers.flat_map(|container| &container.ports).filter(|port| port.protocol == Protocol::Tcp);
    let mut others: Vec<Other> = manifests
        .workloads
        .iter()
        .filter(|other| other.meta != workload.meta)
        .map(|other| {
            let account = (&other.meta.namespace, &other.service_account);
            let holders =
                manifests.workloads.iter().filter(|one| (&one.meta.namespace, &one.service_account) == account);
            Other {
                namespace: other.meta.namespace.clone(),
                name: other.meta.name.clone(),
                service_account: other.service_account.clone(),
                labels: labels(other),
                problem: if other.service_account == "default" {
                    Some("it runs as `default`, as any other pod may: give it a ServiceAccount of its own")
                } else if holders.count() > 1 {
                    Some("other workloads share its ServiceAccount: give it one of its own")
                } else {
                    None
                },
            }
        })
        .collect();
    others.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    Target {
        namespace: workload.meta.namespace.clone(),
        name: workload.meta.name.clone(),
        labels: labels(workload),
        service_account: workload.service_account.clone(),
        ports: ports.map(|port| (port.port, port.name.clone())).collect(),
        others,
    }
}
