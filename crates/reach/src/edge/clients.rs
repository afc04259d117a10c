//! What a listener does with certificates of clients: a ClientTrafficPolicy of the listener counts alone, without one that of
//! the Gateway (`ProcessClientTrafficPolicies` in internal/gatewayapi/clienttrafficpolicy.go).

use meshveil_objects::kinds::envoy_gateway::{Certificates, ClientPolicy};

use super::attach::{self, Target};
use super::{Clients, Spot};

/// Each treatment that may be in force.
pub(super) fn of_listener(spot: &Spot<'_>) -> Vec<Clients> {
    let ends_tls = matches!(spot.listener.protocol.as_str(), "HTTPS" | "TLS") && !spot.listener.passes_through;
    let nothing = Clients { certificates: Certificates::NotAsked, object: None, span: spot.listener.span };
    if !ends_tls {
        return vec![nothing];
    }
    let policies = &spot.manifests.envoy_gateway.clients;
    let gateway = &spot.gateway.meta;
    let mut found = Vec::new();
    for section in [Some(spot.listener.name.as_str()), None] {
        let target = Target { object: gateway, section };
        let attached = attach::to(spot.manifests, policies, |policy| (&policy.meta, &policy.targets), target);
        found.extend(attached.policies.iter().map(|candidate| by_policy(spot, candidate.policy)));
        if !attached.maybe_none {
            return found;
        }
    }
    found.push(match spot.gateway.client_validation {
        // Its modes and ports are not told apart: a client may come without.
        Some(span) => Clients { certificates: Certificates::Optional, object: Some(gateway.title()), span },
        None => nothing,
    });
    found
}

fn by_policy(spot: &Spot<'_>, policy: &ClientPolicy) -> Clients {
    let by_gateway = spot.gateway.client_validation.filter(|_| policy.certificates == Certificates::NotAsked);
    match by_gateway {
        Some(span) => Clients { certificates: Certificates::Optional, object: Some(spot.gateway.meta.title()), span },
        None => Clients { certificates: policy.certificates, object: Some(policy.meta.title()), span: policy.span },
    }
}
