//! Namespaces that no manifest holds: they exist because an object lives in them.

use meshveil_objects::meta::Labels;
use meshveil_objects::well_known::label;
use meshveil_objects::{Manifests, Namespace};

/// Adds a namespace for each that an object names and no manifest holds.
pub(super) fn imply(objects: &mut Manifests) {
    let policies = objects.network_policies.iter().map(|p| &p.meta);
    let metas =
        objects.workloads.iter().map(|w| &w.meta).chain(objects.services.iter().map(|s| &s.meta)).chain(policies);
    let metas = metas.chain(objects.service_accounts.iter()).chain(objects.gateways.iter().map(|g| &g.meta));
    for meta in metas.chain(objects.authorization_policies.iter().map(|p| &p.meta)) {
        objects.namespaces.entry(meta.namespace.clone()).or_insert_with(|| Namespace {
            name: meta.namespace.clone(),
            labels: Labels::from([(label::NAMESPACE_NAME, meta.namespace.as_str())]),
            annotations: Labels::default(),
            span: meta.span,
            given: false,
        });
    }
}
