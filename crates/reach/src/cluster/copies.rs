//! Pods whose controller was read too: copies of its template, unless they have changed since.

use std::collections::HashMap;
use std::net::IpAddr;

use meshveil_objects::Manifests;
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::meta::Labels;
use meshveil_objects::well_known::label;

use crate::cluster::enrollment::enrollment;

/// Folds copies into the workloads that made them: they add addresses. A pod that differs stays a workload of its own.
pub(super) fn fold(objects: &mut Manifests) {
    let key = |namespace: &str, kind: &str, name: &str| format!("{namespace}/{kind}/{name}");
    let known: HashMap<String, usize> = objects
        .workloads
        .iter()
        .enumerate()
        .map(|(at, w)| (key(&w.meta.namespace, &w.meta.kind, &w.meta.name), at))
        .collect();
    let owner_of = |w: &Workload| {
        let (kind, name) = w.meta.owner.as_ref()?;
        known.get(&key(&w.meta.namespace, kind, name)).copied()
    };
    let owners: Vec<Option<usize>> = objects.workloads.iter().map(owner_of).collect();
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
        let owner = objects.workloads.get(top(at)).filter(|_| top(at) != at);
        owner.is_some_and(|owner| {
            // A ReplicaSet of an older revision has no pods, or it has them, and they are read.
            pod.meta.kind != "Pod" || (same_labels(pod, owner) && same_proxy(objects, pod, owner))
        })
    };
    let mut folded: Vec<bool> = objects.workloads.iter().enumerate().map(|(at, w)| is_copy(at, w)).collect();
    for (at, workload) in objects.workloads.iter().enumerate() {
        if workload.has_ended
            && let Some(folded) = folded.get_mut(at)
        {
            *folded = true;
        }
    }
    let mut moved: Vec<(usize, Vec<IpAddr>)> = Vec::new();
    let mut places: Vec<Option<usize>> = Vec::new();
    let mut kept: Vec<Workload> = Vec::new();
    for (at, workload) in std::mem::take(&mut objects.workloads).into_iter().enumerate() {
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
    objects.workloads = kept;
}

fn same_labels(pod: &Workload, owner: &Workload) -> bool {
    let own = |labels: &Labels| -> Vec<(String, String)> {
        let written = labels.iter().filter(|(key, value)| !is_given(key, value));
        written.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    };
    own(&pod.labels) == own(&owner.labels)
}

/// Whether a label is one that controllers, the injector or the scheduler give to pods, and templates do not hold.
fn is_given(key: &str, value: &str) -> bool {
    label::BY_CONTROLLERS.contains(&key)
        || label::BY_INJECTOR.contains(&key)
        || key.starts_with(label::TOPOLOGY)
        || (key == label::TLS_MODE && value == "istio")
}

/// Whether a running pod has the proxy that its template would get today.
fn same_proxy(objects: &Manifests, pod: &Workload, owner: &Workload) -> bool {
    !pod.is_running || (enrollment(objects, pod).plane == enrollment(objects, owner).plane)
}
