//! ValidatingAdmissionPolicy: pods whose traffic could bypass the proxy are not admitted. The second layer for what
//! depends on the pod itself (Kubernetes 1.30 or newer).

use meshveil_objects::well_known::{NEEDS_PROXY, annotation, label};
use meshveil_text::{block, flow, yaml::quoted};

use crate::{
    Source, Target,
    document::{Document, Kind},
};

const POLICY: Kind = Kind { version: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy" };
const BINDING: Kind = Kind { version: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicyBinding" };

/// All containers of a pod.
const CONTAINERS: &str =
    "(object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : []))";

/// What has to hold, and what is said where it does not.
fn validations(target: Target) -> Vec<(String, &'static str)> {
    let has = |key: &str| format!("has(object.metadata.annotations) && '{key}' in object.metadata.annotations");
    let value = |key: &str| format!("object.metadata.annotations['{key}']");
    let unless = |key: &str, holds: &str| format!("!({}) || {}{holds}", has(key), value(key));
    // The injector's own containers may be what it makes them.
    let injected = "c.name in ['istio-proxy', 'istio-init', 'istio-validation']";
    let mut all = vec![
        (
            "!has(object.spec.hostNetwork) || !object.spec.hostNetwork".to_owned(),
            "hostNetwork goes round the proxy and every NetworkPolicy",
        ),
        (
            format!("{CONTAINERS}.all(c, !has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0))"),
            "a hostPort lets traffic in past the Service",
        ),
        (
            format!(
                "{CONTAINERS}.all(c, {injected} || !has(c.securityContext) || ((!has(c.securityContext.privileged) || !c.securityContext.privileged) && (!has(c.securityContext.capabilities) || !has(c.securityContext.capabilities.add) || c.securityContext.capabilities.add.all(a, !(a in ['ALL', 'NET_ADMIN', 'NET_RAW', 'SYS_ADMIN'])))))"
            ),
            "a privileged container, or one with NET_ADMIN, NET_RAW or SYS_ADMIN, can undo the redirection to the proxy",
        ),
    ];
    if target != Target::IstioSidecar {
        return all;
    }
    all.insert(0, (NEEDS_PROXY.to_owned(), "without a sidecar nothing would be masked"));
    all.push((
        format!(
            "(!has(object.spec.securityContext) || ((!has(object.spec.securityContext.runAsUser) || object.spec.securityContext.runAsUser != 1337) && (!has(object.spec.securityContext.runAsGroup) || object.spec.securityContext.runAsGroup != 1337))) && {CONTAINERS}.all(c, {injected} || !has(c.securityContext) || ((!has(c.securityContext.runAsUser) || c.securityContext.runAsUser != 1337) && (!has(c.securityContext.runAsGroup) || c.securityContext.runAsGroup != 1337)))"
        ),
        "traffic of user and group 1337 is not redirected: they are the proxy's",
    ));
    // The injector writes these itself where Istio's network plugin is used; nothing else may stand there.
    all.push((
        unless(annotation::EXCLUDE_INBOUND_PORTS, ".split(',').all(p, p.trim() in ['', '15020', '15021', '15090'])"),
        "every inbound port of the application goes through the proxy",
    ));
    all.push((
        unless(annotation::INCLUDE_INBOUND_PORTS, " == '*'"),
        "every inbound port of the application goes through the proxy",
    ));
    all.push((
        unless(annotation::INTERCEPTION_MODE, " in ['REDIRECT', 'TPROXY']"),
        "traffic that is not redirected is not masked",
    ));
    let forbidden = [annotation::EXCLUDE_INTERFACES, annotation::BOOTSTRAP_OVERRIDE, annotation::PROXY_IMAGE];
    let keys: Vec<String> = forbidden.iter().map(|key| format!("'{key}'")).collect();
    all.push((
        format!(
            "!has(object.metadata.annotations) || [{}].all(key, !(key in object.metadata.annotations))",
            keys.join(", ")
        ),
        "this annotation changes the proxy or moves traffic past it",
    ));
    all
}

/// The policy and what puts it in force.
pub(crate) fn documents(source: &Source<'_>) -> Vec<Document> {
    let policy = source.policy;
    let name = format!("{}-{}-pods", policy.namespace.value, policy.name.value);
    let object = |what: &str, kind, spec| {
        let document = source.about_workload(what, kind, "", spec);
        Document { name: name.clone(), namespace: None, ..document }
    };
    let validations = validations(source.settings.target).into_iter();
    let rules = block!({
        failurePolicy: "Fail",
        matchConstraints: {
            namespaceSelector: flow!({
                matchLabels: { (label::NAMESPACE_NAME): quoted(&policy.namespace.value) },
            }),
            objectSelector: source.selector(),
            resourceRules: [flow!({
                apiGroups: [""],
                apiVersions: ["v1"],
                operations: ["CREATE", "UPDATE"],
                resources: ["pods"],
            })],
        },
        validations: [..validations.map(|(expression, message)| {
            block!({ expression: quoted(expression), message: quoted(message) })
        })],
    });
    let actions = if source.enforces() { flow!(["Deny"]) } else { flow!(["Warn", "Audit"]) };
    let binding = block!({ policyName: quoted(&name), validationActions: actions });
    vec![object("pods that nothing goes past", POLICY, rules), object("puts these rules in force", BINDING, binding)]
}
