//! Objects of the network and the mesh that do nothing, or cut off what they were not meant to: what `istioctl analyze`
//! finds, too, where it concerns bypass or outage.

mod annotation;
mod competing;
mod hbone_port;
mod http_at_ztunnel;
mod istiod_port;
mod nobody;
mod selector;
mod service_port;
mod target;
mod two_labels;

use meshveil_reach::Manifests;
use meshveil_reach::manifest::effect::Effect;
use meshveil_reach::manifest::kinds::security::Attachment;
use meshveil_reach::manifest::meta::Meta;

use crate::checks::Check;

/// Every check of this folder.
pub const ALL: [Check; 10] = [
    selector::CHECK,
    nobody::CHECK,
    http_at_ztunnel::CHECK,
    target::CHECK,
    service_port::CHECK,
    hbone_port::CHECK,
    istiod_port::CHECK,
    two_labels::CHECK,
    annotation::CHECK,
    competing::CHECK,
];

/// Whether objects that are not read may make pods in a namespace, whose labels and accounts nobody knows.
pub(super) fn may_hold_others(manifests: &Manifests, namespace: &str) -> bool {
    manifests.skipped.iter().any(|skipped| {
        matches!(skipped.effect, Effect::Pods | Effect::Anything)
            && skipped.namespace.as_deref().is_none_or(|own| own == namespace)
    })
}

/// Whether the manifests hold pods of a namespace, and nothing that makes others.
pub(super) fn is_known(manifests: &Manifests, namespace: &str) -> bool {
    manifests.workloads.iter().any(|workload| workload.meta.namespace == namespace)
        && !may_hold_others(manifests, namespace)
}

/// Every object of Istio that selects pods or names targets.
fn attached(manifests: &Manifests) -> impl Iterator<Item = (&Meta, &Attachment)> {
    let peers = manifests.peer_authentications.iter().map(|one| (&one.meta, &one.attachment));
    let rules = manifests.authorization_policies.iter().map(|one| (&one.meta, &one.attachment));
    let requests = manifests.request_authentications.iter().map(|one| (&one.meta, &one.attachment));
    let extensions = manifests.extensions.iter().map(|one| (&one.meta, &one.attachment));
    let filters = manifests.envoy_filters.iter().map(|one| (&one.meta, &one.attachment));
    peers.chain(rules).chain(requests).chain(extensions).chain(filters)
}
