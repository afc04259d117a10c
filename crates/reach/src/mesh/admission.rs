//! Which pods the API server refuses.

use crate::manifest::Manifests;
use crate::manifest::kinds::admission::AdmissionRules;
use crate::manifest::kinds::workload::Workload;

/// Holds for pods with a sidecar, whether it is a container or an init container that goes on. Only this text is known to
/// say so: CEL is not evaluated here.
pub const NEEDS_PROXY: &str = "(object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : [])).exists(c, c.name == 'istio-proxy')";

/// The ValidatingAdmissionPolicy that refuses pods of a workload without a sidecar.
#[must_use]
pub fn refuses_without_proxy<'m>(manifests: &'m Manifests, workload: &Workload) -> Option<&'m AdmissionRules> {
    let namespace = manifests.namespace_labels(&workload.meta.namespace);
    manifests.admission_rules.iter().find(|rules| {
        let in_force = |name: &str| manifests.admission_bindings.iter().any(|b| b.denies && b.policy == name);
        rules.sees_new_pods
            && rules.fails_closed
            && rules.expressions.iter().any(|expression| expression == NEEDS_PROXY)
            && rules.namespaces.matches(namespace)
            && rules.objects.matches(&workload.labels)
            && in_force(&rules.meta.name)
    })
}
