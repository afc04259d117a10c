//! The route of Envoy Gateway leads to a Service, or a port of it, that is not there.

use meshveil_text::{Finding, Node, codes::manifest as codes};

use super::Case;

pub(super) fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let policy = case.policy;
    let (name, namespace) = (&policy.name.value, &policy.namespace.value);
    let services: Vec<_> =
        case.reach.manifests.services.iter().filter(|service| service.meta.namespace == *namespace).collect();
    // Services may stand in files that were not named.
    if !services.iter().any(|service| service.leads_to(case.workload)) {
        return;
    }
    let own = case.of_kind("HTTPRoute").filter(|route| {
        let at = |key: &str| route.at(&["metadata", key]).and_then(Node::text);
        at("name") == Some(name) && at("namespace") == Some(namespace)
    });
    for backend in own
        .flat_map(|route| route.at(&["spec", "rules"]).map(Node::items).unwrap_or_default())
        .flat_map(|rule| rule.get("backendRefs").map(Node::items).unwrap_or_default())
    {
        let is_service =
            backend.text_at("kind").is_none_or(|kind| kind == "Service") && backend.get("namespace").is_none();
        let (Some(to), true) = (backend.get("name"), is_service) else { continue };
        let Some(service) = services.iter().find(|service| Some(service.meta.name.as_str()) == to.text()) else {
            let leading = services.iter().find(|service| service.leads_to(case.workload));
            let known = leading.map(|service| service.meta.name.as_str()).unwrap_or_default();
            let message = format!(
                "the HTTPRoute of `{namespace}/{name}` leads to Service `{}`, which is not there",
                to.text().unwrap_or_default()
            );
            let finding = Finding::new(&codes::NO_BACKEND, to.span, message);
            findings.push(
                finding
                    .help(format!("name it in the policy: `workload: {{ service: {{ name: {known}, port: ... }} }}`")),
            );
            continue;
        };
        let Some(port) = backend.get("port") else { continue };
        if service.ports.iter().all(|known| port.int() != Some(i64::from(known.port))) {
            let known: Vec<String> = service.ports.iter().map(|port| port.port.to_string()).collect();
            let message = format!(
                "the HTTPRoute of `{namespace}/{name}` leads to port {} of {}, which has {}",
                port.int().unwrap_or_default(),
                service.meta.title(),
                known.join(", ")
            );
            let finding = Finding::new(&codes::NO_BACKEND, port.span, message);
            findings.push(finding.label(service.meta.span, "the Service").help(format!(
                "a backend has the port of the Service, not of the container: `workload: {{ service: {{ name: {}, port: {} }} }}` in the policy",
                service.meta.name,
                known.first().map_or("...", String::as_str)
            )));
        }
    }
}
