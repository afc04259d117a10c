//! What has to arrive at a proxy before it serves: the module, and the key.

use meshveil_chain::{Code, Masking};
use meshveil_reach::{
    manifest::{kinds::port::Protocol, well_known::PROXY_CONTAINER},
    mesh::{
        Plane, Scope,
        filter::{attached, inserted},
        waypoint::{self, Waypoint, of_service},
    },
    network::{Direction, Endpoint},
};
use meshveil_text::{Finding, Node, Span, codes::manifest as codes};

use super::{Case, containers, template};

pub(super) fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let plane = case.reach.enrolled(case.at);
    match plane {
        Plane::Sidecar => {
            module(case, case.at, Scope::Sidecar(case.workload), findings);
            key_of_sidecar(case, findings);
        }
        Plane::Ambient => {
            let manifests = case.reach.manifests;
            for service in manifests.services.iter().filter(|service| service.leads_to(case.workload)) {
                let Waypoint::Found(gateway) = of_service(manifests, service) else { continue };
                let Some(pods) = waypoint::pods(manifests, gateway) else { continue };
                let scope = Scope::Waypoint {
                    namespace: &gateway.meta.namespace,
                    gateway: &gateway.meta.name,
                    service: Some((&service.meta.namespace, &service.meta.name)),
                };
                module(case, pods, scope, findings);
                key_of_waypoint(case, &gateway.meta.namespace, &gateway.meta.name, findings);
            }
        }
        Plane::Outside | Plane::Proxy => {}
    }
}

/// The module has to be fetched from under the rules for the pod that the proxy is in.
fn module(case: &Case<'_>, pods: usize, scope: Scope<'_>, findings: &mut Vec<Finding>) {
    let (reach, manifests) = (case.reach, case.reach.manifests);
    let extensions = manifests
        .extensions
        .iter()
        .filter(|extension| reach.filter.is_ours(extension) && attached(manifests, extension, scope));
    let mut urls: Vec<(String, Span)> =
        extensions.map(|extension| (extension.url.clone(), extension.meta.span)).collect();
    for (_, patch, value) in inserted(manifests, &reach.filter, scope) {
        if let Some(Masking { code: Code::Remote { url, .. }, .. }) = Masking::read(value) {
            urls.push((url, patch.span));
        }
    }
    let pods = Endpoint::Workload(pods);
    let network = &reach.network;
    if !network.is_isolated(pods, Direction::Egress) {
        return;
    }
    for (url, span) in urls {
        let Some((host, port)) = address(&url) else { continue };
        let outside = network.endpoints().filter(|end| matches!(end, Endpoint::Range(_)));
        // Which address the host has is not known here: one that is let through may be it.
        let mut ends =
            outside.chain((0..manifests.workloads.len()).map(Endpoint::Workload).filter(|_| is_inside(&host)));
        let is_inside_unknown = is_inside(&host) && manifests.workloads.is_empty();
        if is_inside_unknown || ends.any(|end| network.explain(pods, end, Protocol::Tcp, port).egress.passes()) {
            continue;
        }
        let message = format!(
            "the proxy cannot fetch the module: no rule lets it connect to the registry `{host}`, port {port}, and it refuses every request"
        );
        let finding = Finding::new(&codes::MODULE_OUT_OF_REACH, span, message);
        findings.push(
            finding.help("name the addresses of the registry in the policy: `cluster: { registry: [{ cidr: ... }] }`"),
        );
    }
}

/// Whether a host is a name of the cluster.
fn is_inside(host: &str) -> bool {
    !host.contains('.') || host.ends_with(".svc") || host.contains(".svc.")
}

/// Host and port of an address; none for what is not fetched.
fn address(url: &str) -> Option<(String, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let usual = match scheme {
        "oci" | "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let host = rest.split('/').next().filter(|host| !host.is_empty())?;
    match host.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse().ok()?))) {
        Some((name, port)) => Some((name.to_owned(), port)),
        None => Some((host.to_owned(), usual)),
    }
}

/// The key is in the environment of the sidecar: through a container of its name, or a template of the platform.
fn key_of_sidecar(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let Some(key) = &case.policy.key else { return };
    let annotations = &case.workload.annotations;
    // What a template of the platform adds is not known here.
    let is_templated = annotations.get("inject.istio.io/templates").is_some_and(|names| names != "sidecar");
    let by_settings = annotations.get("proxy.istio.io/config").is_some_and(|settings| settings.contains(&key.env));
    let template = case.document_of(case.workload).and_then(template);
    let Some(template) = template.filter(|_| !is_templated && !by_settings) else { return };
    let inits = template.at(&["spec", "initContainers"]).map(Node::items).unwrap_or_default();
    let has_key = containers(template).iter().chain(inits).any(|container| {
        let variables = container.get("env").map(Node::items).unwrap_or_default();
        container.text_at("name") == Some(PROXY_CONTAINER)
            && (variables.iter().any(|variable| variable.text_at("name") == Some(&key.env))
                || container.get("envFrom").is_some())
    });
    if !has_key {
        let message = format!(
            "no key arrives at the sidecar of `{}`: its environment has no `{}`, and without it every request is refused",
            case.workload.title(),
            key.env
        );
        let finding = Finding::new(&codes::KEY_MISSING, case.workload.meta.span, message);
        findings.push(finding.help(format!(
            "add a container to the pod that is merged into the sidecar: `{{ name: istio-proxy, image: auto, env: [{{ name: {}, valueFrom: {{ secretKeyRef: {{ name: {}-key, key: key }} }} }}] }}`; `generate` writes it as a patch",
            key.env, case.policy.name.value
        )));
    }
}

/// The key is in the environment of the waypoint: through the settings that its Gateway names, or those of its class.
fn key_of_waypoint(case: &Case<'_>, namespace: &str, name: &str, findings: &mut Vec<Finding>) {
    let Some(key) = &case.policy.key else { return };
    let is = |node: &Node, namespace: &str, name: &str| {
        let at = |key: &str| node.at(&["metadata", key]).and_then(Node::text);
        at("name") == Some(name) && at("namespace").unwrap_or("default") == namespace
    };
    let Some(gateway) = case.of_kind("Gateway").find(|node| is(node, namespace, name)) else { return };
    let settings = gateway.at(&["spec", "infrastructure", "parametersRef", "name"]).and_then(Node::text);
    let has_key = case.of_kind("ConfigMap").any(|map| {
        let named = settings.is_some_and(|settings| is(map, namespace, settings));
        let labels = map.at(&["metadata", "labels", "gateway.istio.io/defaults-for-class"]);
        let by_class = labels.and_then(Node::text) == Some("istio-waypoint");
        let deployment = map.at(&["data", "deployment"]).and_then(Node::text);
        (named || by_class) && deployment.is_some_and(|patch| patch.contains(&key.env))
    });
    if !has_key {
        let message = format!(
            "no key arrives at waypoint `{name}`: its environment has no `{}`, and without it every request is refused",
            key.env
        );
        let finding = Finding::new(
            &codes::KEY_MISSING,
            gateway.at(&["metadata", "name"]).map_or(gateway.span, |name| name.span),
            message,
        );
        findings.push(finding.help(
            "give the Gateway settings with the variable, as `generate` writes them: `infrastructure.parametersRef`",
        ));
    }
}
