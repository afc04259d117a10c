//! The proxies that Envoy Gateway makes for a Gateway: whether they are its, how they are made, and what may change them.

use meshveil_objects::Manifests;
use meshveil_objects::kinds::entry::Gateway;
use meshveil_objects::kinds::envoy_gateway::EnvoyProxy;
use meshveil_objects::kinds::network_policy::Peer;
use meshveil_objects::well_known::{ENVOY_GATEWAY_CLASS, ENVOY_GATEWAY_NAMESPACE, label};

use super::{Doubt, Reason};

/// Whether Envoy Gateway serves a Gateway: its GatewayClass names the controller, or there is none and its class is the one
/// that pages and tools give it.
#[must_use]
pub fn is_envoy_gateways(manifests: &Manifests, gateway: &Gateway) -> bool {
    let mut classes = manifests.envoy_gateway.classes.iter();
    match classes.find(|class| class.meta.name == gateway.class) {
        Some(class) => class.is_envoy_gateways(),
        None => gateway.class == ENVOY_GATEWAY_CLASS,
    }
}

/// Whether a Gateway of this name is one of Envoy Gateway's.
#[must_use]
pub fn is_served(manifests: &Manifests, namespace: &str, name: &str) -> bool {
    let mut gateways = manifests.gateways.iter();
    let found = gateways.find(|gateway| gateway.meta.namespace == namespace && gateway.meta.name == name);
    found.is_some_and(|gateway| is_envoy_gateways(manifests, gateway))
}

/// Names of the EnvoyProxies of a Gateway: its own, and that of its class.
fn named(manifests: &Manifests, gateway: &Gateway) -> Vec<(String, String)> {
    let own = gateway.proxy.clone().map(|name| (gateway.meta.namespace.clone(), name));
    let class = manifests.envoy_gateway.classes.iter().find(|class| class.meta.name == gateway.class);
    own.into_iter().chain(class.and_then(|class| class.proxy.clone())).collect()
}

fn find<'m>(manifests: &'m Manifests, (namespace, name): &(String, String)) -> Option<&'m EnvoyProxy> {
    let mut proxies = manifests.envoy_gateway.proxies.iter();
    proxies.find(|proxy| proxy.meta.namespace == *namespace && proxy.meta.name == *name)
}

fn settings<'m>(manifests: &'m Manifests, gateway: &Gateway) -> Vec<&'m EnvoyProxy> {
    named(manifests, gateway).iter().filter_map(|name| find(manifests, name)).collect()
}

/// Whether all Gateways of the class share their proxies.
#[must_use]
pub fn are_shared(manifests: &Manifests, gateway: &Gateway) -> bool {
    settings(manifests, gateway).iter().any(|proxy| proxy.shared)
}

/// Whether the proxies are open inside the cluster only.
#[must_use]
pub fn are_inside(manifests: &Manifests, gateway: &Gateway) -> bool {
    settings(manifests, gateway).first().is_some_and(|proxy| proxy.inside)
}

/// The first object that may change anything in the proxies of a Gateway.
pub(super) fn doubt(manifests: &Manifests, gateway: &Gateway) -> Option<Doubt> {
    let missing = named(manifests, gateway).into_iter().find(|name| find(manifests, name).is_none());
    let missing = missing.map(|(namespace, name)| Doubt {
        object: format!("EnvoyProxy {namespace}/{name}"),
        reason: Reason::Missing,
        span: gateway.meta.span,
    });
    let opaque = settings(manifests, gateway).into_iter().find_map(|proxy| {
        let (key, span) = proxy.opaque?;
        Some(Doubt { object: proxy.meta.title(), reason: Reason::Setting(key), span })
    });
    let mut patches = manifests.envoy_gateway.patches.iter();
    let patch = patches.find(|patch| match patch.kind.as_str() {
        "GatewayClass" => patch.name == gateway.class,
        _ => patch.meta.namespace == gateway.meta.namespace && patch.name == gateway.meta.name,
    });
    let patch = patch.map(|patch| Doubt { object: patch.meta.title(), reason: Reason::Patches, span: patch.meta.span });
    patch.or(opaque).or(missing)
}

/// The namespace of the proxies: where the controller runs, or where a NetworkPolicy expects them, or the one that is usual.
#[must_use]
pub fn namespace(manifests: &Manifests) -> String {
    let controller = manifests.workloads.iter().find(|workload| {
        workload.labels.get("control-plane") == Some("envoy-gateway")
            || workload.containers.iter().any(|container| container.image.contains("envoyproxy/gateway:"))
    });
    if let Some(controller) = controller {
        return controller.meta.namespace.clone();
    }
    let rules = manifests.network_policies.iter().flat_map(|policy| &policy.ingress);
    let expected = rules.flat_map(|rule| &rule.peers).filter_map(|peer| match peer {
        Peer::Pods { pods: Some(pods), namespaces: Some(namespaces), .. } => {
            pods.demanded(label::OWNING_GATEWAY)?;
            namespaces.demanded(label::NAMESPACE_NAME)
        }
        _ => None,
    });
    expected.min().unwrap_or(ENVOY_GATEWAY_NAMESPACE).to_owned()
}
