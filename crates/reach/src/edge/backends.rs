//! The Services that a rule of a route leads to, by name, by host or by address.

use std::net::IpAddr;

use meshveil_objects::kinds::envoy_gateway::{OwnBackend, Place};
use meshveil_objects::kinds::service::Service;
use meshveil_objects::meta::Meta;

use super::{Doubt, Reason, Spot};

/// Services with the port that is written, if any.
type Services = Vec<(usize, Option<u16>)>;

/// What a rule leads to. With a doubt it may lead to every Service.
pub(super) fn of_rule(spot: &Spot<'_>) -> (Services, Option<Doubt>) {
    let services = || spot.manifests.services.iter().enumerate();
    let mut found: Services = Vec::new();
    for backend in &spot.rule.backends {
        found.extend(services().filter(|(_, service)| backend.is(service)).map(|(at, _)| (at, backend.port)));
    }
    let mut doubt = None;
    for other in &spot.rule.others {
        let is_it = |meta: &Meta| meta.namespace == other.namespace && meta.name == other.name;
        let own = spot.manifests.envoy_gateway.backends.iter().find(|own| other.kind == "Backend" && is_it(&own.meta));
        match own.map(|own| behind(spot, own)) {
            Some(Some(led)) => found.extend(led),
            Some(None) | None => {
                let reason = if own.is_some() { Reason::Address } else { Reason::Missing };
                let object = format!("{} {}/{}", other.kind, other.namespace, other.name);
                doubt = doubt.or(Some(Doubt { object, reason, span: other.span }));
            }
        }
    }
    if doubt.is_some() {
        found = services().map(|(at, _)| (at, None)).collect();
    }
    found.sort_unstable();
    found.dedup();
    (found, doubt)
}

/// The Services behind a Backend; `None` where it is not known whose an address is.
fn behind(spot: &Spot<'_>, backend: &OwnBackend) -> Option<Services> {
    let services = || spot.manifests.services.iter().enumerate();
    let mut found = Vec::new();
    for (place, port) in &backend.endpoints {
        let led: Vec<(usize, Option<u16>)> = match place {
            // A host may be one of the pods behind the Service.
            Place::Host(host) => services().filter(|(_, s)| names(host, s)).map(|(at, _)| (at, *port)).collect(),
            Place::Address(address) => {
                let led = services().filter(|(_, service)| is_at(spot, service, *address));
                // The port is the pod's own where the address is.
                let led: Vec<_> = led.map(|(at, _)| (at, None)).collect();
                if led.is_empty() && !is_public(*address) {
                    return None;
                }
                led
            }
            Place::Anywhere => return None,
        };
        found.extend(led);
    }
    Some(found)
}

/// Whether a host is the name of a Service, or of a pod behind it: `customers.shop.svc.cluster.local`.
fn names(host: &str, service: &Service) -> bool {
    let parts: Vec<&str> = host.split('.').collect();
    let is_name = |pair: &[&str]| pair == [service.meta.name.as_str(), service.meta.namespace.as_str()];
    parts.windows(2).any(is_name)
}

/// Whether a Service, or a pod behind it, has an address.
fn is_at(spot: &Spot<'_>, service: &Service, address: IpAddr) -> bool {
    let mut pods = spot.manifests.workloads.iter();
    service.address == Some(address) || pods.any(|pods| pods.addresses.contains(&address) && service.leads_to(pods))
}

/// Whether an address is one of the Internet's, and no pod's.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            // 100.64.0.0/10 is private, too, and clusters use it.
            let is_shared =
                address.octets().first() == Some(&100) && address.octets().get(1).is_some_and(|b| b & 0xc0 == 64);
            !(address.is_private() || address.is_loopback() || address.is_link_local() || is_shared)
        }
        IpAddr::V6(_) => false,
    }
}
