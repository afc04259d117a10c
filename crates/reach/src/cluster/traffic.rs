//! Routes that follow from Istio's VirtualServices: their hosts are Services, or stand for others by a ServiceEntry.

use std::collections::BTreeSet;

use meshveil_objects::Manifests;
use meshveil_objects::kinds::entry::Backend;
use meshveil_objects::kinds::service::Service;
use meshveil_objects::kinds::traffic::{ServiceEntry, VirtualService, service_of};

/// Adds a route for each VirtualService that gateways serve.
pub(super) fn add_routes(objects: &mut Manifests) {
    let mut routes = Vec::new();
    for service in objects.virtual_services.iter().filter(|service| !service.route.parents.is_empty()) {
        let mut route = service.route.clone();
        route.backends = backends(objects, service);
        let entries: Vec<Backend> = route.backends.iter().flat_map(|backend| behind(objects, backend)).collect();
        route.backends.extend(entries);
        routes.push(route);
    }
    objects.routes.append(&mut routes);
}

/// The backends of a VirtualService, those of its delegates included.
fn backends(objects: &Manifests, service: &VirtualService) -> Vec<Backend> {
    let mut found = service.route.backends.clone();
    let mut seen: BTreeSet<&(String, String)> = BTreeSet::new();
    let mut left: Vec<&(String, String)> = service.delegates.iter().collect();
    while let Some(next) = left.pop() {
        let (namespace, name) = next;
        let is_next =
            |other: &&VirtualService| other.route.meta.namespace == *namespace && other.route.meta.name == *name;
        if let Some(delegate) = objects.virtual_services.iter().find(is_next).filter(|_| seen.insert(next)) {
            found.extend(delegate.route.backends.iter().cloned());
            left.extend(&delegate.delegates);
        }
    }
    found
}

/// The Services whose pods a ServiceEntry puts behind the host of a backend.
fn behind(objects: &Manifests, backend: &Backend) -> Vec<Backend> {
    let Some(host) = &backend.host else { return Vec::new() };
    let fits = |pattern: &String| {
        pattern == host || pattern.strip_prefix('*').is_some_and(|suffix| !suffix.is_empty() && host.ends_with(suffix))
    };
    let entries = objects.service_entries.iter().filter(|entry| entry.hosts.iter().any(fits));
    let services =
        entries.flat_map(|entry| objects.services.iter().filter(|service| leads_to(objects, entry, service)));
    services
        .map(|service| Backend {
            namespace: service.meta.namespace.clone(),
            service: service.meta.name.clone(),
            ..backend.clone()
        })
        .collect()
}

/// Whether a ServiceEntry leads to pods of a Service: by its name, by an address or by labels.
fn leads_to(objects: &Manifests, entry: &ServiceEntry, service: &Service) -> bool {
    let is_named = |endpoint: &String| {
        service_of(endpoint, &entry.meta.namespace) == (service.meta.name.as_str(), service.meta.namespace.as_str())
    };
    let mut pods = objects.workloads.iter().filter(|workload| service.leads_to(workload));
    entry.endpoints.iter().any(is_named)
        || pods.any(|workload| {
            let is_at = |endpoint: &String| endpoint.parse().is_ok_and(|address| workload.addresses.contains(&address));
            let is_selected = !entry.selector.is_empty()
                && entry.meta.namespace == workload.meta.namespace
                && entry.selector.iter().all(|r| {
                    workload.labels.get(&r.key).is_some_and(|value| r.values.iter().any(|wanted| wanted == value))
                });
            is_selected || entry.endpoints.iter().any(is_at)
        })
}
