//! Which pods the API server refuses.

use meshveil_objects::kinds::admission::AdmissionRules;
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::{NEEDS_PROXY, NEEDS_PROXY_BEFORE};

use crate::cluster::Cluster;

/// The ValidatingAdmissionPolicy that refuses pods of a workload without a sidecar.
#[must_use]
pub fn refuses_without_proxy<'m>(manifests: &'m Cluster, workload: &Workload) -> Option<&'m AdmissionRules> {
    let namespace = manifests.namespace_labels(&workload.meta.namespace);
    manifests.admission_rules.iter().find(|rules| {
        let in_force = |name: &str| manifests.admission_bindings.iter().any(|b| b.denies && b.policy == name);
        rules.sees_new_pods
            && rules.fails_closed
            && rules.expressions.iter().any(|expression| expression == NEEDS_PROXY || expression == NEEDS_PROXY_BEFORE)
            && rules.namespaces.matches(namespace)
            && rules.objects.matches(&workload.labels)
            && in_force(&rules.meta.name)
    })
}
