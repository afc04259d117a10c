//! Pods whose controller was read too: copies of its template, unless they have changed since.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::manifest::Manifests;
use crate::manifest::kinds::workload::Workload;
use crate::manifest::meta::Labels;
use crate::mesh::enrollment::{Plane, enrollment};

/// Labels that controllers and the injector give to pods, and nobody writes into a template.
const GIVEN: [&str; 14] = [
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
    "istio.io/rev",
    "job-name",
    "pod-template-generation",
    "pod-template-hash",
    "service.istio.io/canonical-name",
    "service.istio.io/canonical-revision",
    "statefulset.kubernetes.io/pod-name",
    "service.istio.io/workload-name",
];

/// Folds copies into the workloads that made them: they add addresses. A pod that differs stays a workload of its own.
pub(super) fn fold(manifests: &mut Manifests) {
    let key = |namespace: &str, kind: &str, name: &str| format!("{namespace}/{kind}/{name}");
    let known: HashMap<String, usize> = manifests
        .workloads
        .iter()
        .enumerate()
        .map(|(at, w)| (key(&w.meta.namespace, &w.meta.kind, &w.meta.name), at))
        .collect();
    let owner_of = |w: &Workload| {
        let (kind, name) = w.meta.owner.as_ref()?;
        known.get(&key(&w.meta.namespace, kind, name)).copied()
    };
    let owners: Vec<Option<usize>> = manifests.workloads.iter().map(owner_of).collect();
    let top = |mut at: usize| {
        for _ in 0..4 {
            match owners.get(at).copied().flatten() {
                Some(owner) if owner != at => at = owner,
                _ => break,
            }
        }
        at
    };
    let is_copy = |at: usize, pod: &Workload| {
        let owner = manifests.workloads.get(top(at)).filter(|_| top(at) != at);
        owner.is_some_and(|owner| {
            // A ReplicaSet of an older revision has no pods, or it has them, and they are read.
            pod.meta.kind != "Pod" || (same_labels(pod, owner) && same_proxy(manifests, pod, owner))
        })
    };
    let mut folded: Vec<bool> = manifests.workloads.iter().enumerate().map(|(at, w)| is_copy(at, w)).collect();
    for (at, workload) in manifests.workloads.iter().enumerate() {
        if workload.has_ended
            && let Some(folded) = folded.get_mut(at)
        {
            *folded = true;
        }
    }
    let mut moved: Vec<(usize, Vec<IpAddr>)> = Vec::new();
    let mut places: Vec<Option<usize>> = Vec::new();
    let mut kept: Vec<Workload> = Vec::new();
    for (at, workload) in std::mem::take(&mut manifests.workloads).into_iter().enumerate() {
        if folded.get(at) == Some(&true) {
            places.push(None);
            if !workload.has_ended {
                moved.push((top(at), workload.addresses));
            }
        } else {
            places.push(Some(kept.len()));
            kept.push(workload);
        }
    }
    for (owner, addresses) in moved {
        if let Some(workload) = places.get(owner).copied().flatten().and_then(|at| kept.get_mut(at)) {
            workload.addresses.extend(addresses);
        }
    }
    manifests.workloads = kept;
}

fn same_labels(pod: &Workload, owner: &Workload) -> bool {
    let own = |labels: &Labels| -> Vec<(String, String)> {
        let written = labels.iter().filter(|(key, value)| {
            let by_injector = *key == "security.istio.io/tlsMode" && *value == "istio";
            !GIVEN.contains(key) && !key.starts_with("topology.kubernetes.io/") && !by_injector
        });
        written.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    };
    own(&pod.labels) == own(&owner.labels)
}

/// Whether a running pod has the proxy that its template would get today.
fn same_proxy(manifests: &Manifests, pod: &Workload, owner: &Workload) -> bool {
    !pod.is_running || (enrollment(manifests, pod).plane == enrollment(manifests, owner).plane)
}

/// Whether the pod itself holds a proxy.
pub(crate) fn has_proxy(workload: &Workload) -> bool {
    workload.containers.iter().any(|container| container.name == "istio-proxy")
}

/// Whether a pod runs without the proxy it would get today.
pub(crate) fn runs_without_proxy(workload: &Workload, plane: Plane) -> bool {
    workload.is_running && plane == Plane::Sidecar && !has_proxy(workload)
}
