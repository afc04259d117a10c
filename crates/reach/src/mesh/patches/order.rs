//! Which EnvoyFilters reach a proxy, and in which order istiod applies them.

use meshveil_objects::kinds::extension::EnvoyFilter;
use meshveil_objects::well_known::label;

use crate::cluster::Cluster;
use crate::mesh::authorization::Scope;

/// The EnvoyFilters that reach a proxy (`ShouldAttachPolicy` in istiod's pilot/pkg/model/policyattachment.go): by labels those of
/// its namespace and of the root namespace, at a waypoint only by reference to its Gateway or, from the root namespace, to the
/// class of waypoints.
pub(super) fn reaching<'m>(manifests: &'m Cluster, scope: Scope<'_>) -> Vec<&'m EnvoyFilter> {
    let root = manifests.mesh.root_namespace.as_str();
    let reaches = |filter: &&EnvoyFilter| {
        let (own, attachment) = (filter.meta.namespace.as_str(), &filter.attachment);
        match scope {
            Scope::Sidecar(workload) => {
                let gateway = workload.labels.get(label::GATEWAY_NAME);
                let targeted = own == workload.meta.namespace
                    && gateway.is_some_and(|name| attachment.targets.iter().any(|target| target.is_gateway(name)));
                targeted || attachment.selects(own, root, &workload.meta.namespace, &workload.labels)
            }
            Scope::Waypoint { namespace, gateway, .. } => {
                attachment.targets_waypoint(own, root, (namespace, gateway), None)
            }
            Scope::Ztunnel(_) => false,
        }
    };
    manifests.envoy_filters.iter().filter(reaches).collect()
}

/// More orders than these are not tried.
const MOST: usize = 24;

/// Every order in which istiod may apply filters: by priority, those of the root namespace first, the older first, then by name
/// (`EnvoyFilters` in pilot/pkg/model/push_context.go). Where manifests do not say which is the older, each order may be.
pub(super) fn orders<'m>(manifests: &Cluster, mut filters: Vec<&'m EnvoyFilter>) -> Vec<Vec<&'m EnvoyFilter>> {
    let root = manifests.mesh.root_namespace.as_str();
    let rank = |filter: &EnvoyFilter| (filter.priority, filter.meta.namespace != root);
    filters.sort_by_cached_key(|f| (rank(f), f.meta.created.clone(), f.meta.name.clone(), f.meta.namespace.clone()));
    let mut orders = vec![Vec::new()];
    for group in filters.chunk_by(|a, b| rank(a) == rank(b)) {
        let several: Vec<Vec<&EnvoyFilter>> = match group.iter().any(|filter| filter.meta.created.is_none()) {
            true => permutations(group),
            false => vec![group.to_vec()],
        };
        orders = orders
            .iter()
            .flat_map(|before| several.iter().map(move |group| [before.as_slice(), group].concat()))
            .take(MOST)
            .collect();
    }
    orders
}

/// Every order of a few; of many, each of them first and last.
fn permutations<'m>(group: &[&'m EnvoyFilter]) -> Vec<Vec<&'m EnvoyFilter>> {
    let without = |at: usize| -> Vec<&'m EnvoyFilter> {
        group.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, filter)| *filter).collect()
    };
    let each = group.iter().enumerate();
    match group.len() {
        0 | 1 => vec![group.to_vec()],
        2..=4 => each
            .flat_map(|(at, first)| {
                permutations(&without(at)).into_iter().map(move |rest| [&[*first], rest.as_slice()].concat())
            })
            .collect(),
        _ => std::iter::once(group.to_vec())
            .chain(each.flat_map(|(at, one)| {
                let rest = without(at);
                [[&[*one], rest.as_slice()].concat(), [rest.as_slice(), &[*one]].concat()]
            }))
            .collect(),
    }
}
