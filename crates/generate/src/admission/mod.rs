//! ValidatingAdmissionPolicy: pods whose traffic could bypass the proxy are not admitted. The second layer for what
//! depends on the pod itself (Kubernetes 1.30 or newer).
//!
//! What is judged is the pod that injection made, not what it was asked for: mesh-wide settings, templates and containers of
//! one's own lead to the same pods as annotations. Each rule is an expression in CEL; lists of containers are of different
//! types for the API server, so that a rule about all of them stands twice, never on `containers + initContainers`.

mod ambient;
mod gateway;
mod pod;
mod sidecar;

use meshveil_objects::well_known::label;
use meshveil_text::{
    block, flow,
    yaml::{List, Map, quoted},
};

use crate::{
    Source, Target,
    document::{Document, Kind},
};

const POLICY: Kind = Kind { version: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy" };
const BINDING: Kind = Kind { version: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicyBinding" };

pub(crate) use gateway::documents as gateway_documents;

/// What has to hold, in CEL, and what is said where it does not.
pub(crate) type Validation = (String, String);

/// Labels of an object; none where it has none.
fn labels_of(object: &str) -> String {
    format!("(has({object}.metadata.labels) ? {object}.metadata.labels : {{}})")
}

/// A condition on every container, whose name in it is `c`.
fn every(condition: &str) -> String {
    format!("object.spec.containers.all(c, {condition}) && variables.inits.all(c, {condition})")
}

/// A text in CEL.
fn text(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A list of texts in CEL.
fn texts<'t>(values: impl IntoIterator<Item = &'t str>) -> String {
    format!("[{}]", values.into_iter().map(text).collect::<Vec<_>>().join(", "))
}

/// Whether the labels by which every lock selects pods are on a pod.
fn selected(source: &Source<'_>, object: &str) -> String {
    let labels = labels_of(object);
    let each = source.policy.workload.selector.value.iter().map(|(key, value)| {
        let (key, value) = (text(key), text(value));
        format!("{key} in {labels} && {labels}[{key}] == {value}")
    });
    each.collect::<Vec<_>>().join(" && ")
}

/// The rules for pods of the workload, in the order in which they are asked.
fn validations(source: &Source<'_>) -> Vec<Validation> {
    let mut all = Vec::new();
    match source.settings.target {
        Target::IstioSidecar => all.extend(sidecar::validations(source)),
        Target::IstioAmbient => all.extend(ambient::validations()),
        Target::Envoy | Target::EnvoyGateway => {}
    }
    all.extend(pod::validations(source));
    all
}

/// Values that several rules ask for, each made of those before it.
fn variables(source: &Source<'_>) -> Vec<(&'static str, String)> {
    let mut all = vec![("inits", "has(object.spec.initContainers) ? object.spec.initContainers : []".to_owned())];
    if source.settings.target == Target::IstioSidecar {
        all.extend(sidecar::variables());
    }
    all
}

/// Only what the rules are about: controllers go on changing annotations and finalizers of pods from before the rules.
fn condition(source: &Source<'_>) -> String {
    let (old, new) = (labels_of("oldObject"), labels_of("object"));
    let annotations = match source.settings.target {
        Target::IstioAmbient => ambient::changed(),
        _ => String::new(),
    };
    format!("oldObject == null || object.spec != oldObject.spec || {new} != {old}{annotations}")
}

/// What a policy looks at.
fn rule(groups: List, versions: List, resources: List) -> Map {
    block!({
        apiGroups: groups,
        apiVersions: versions,
        operations: flow!(["CREATE", "UPDATE"]),
        resources: resources,
        # "The API server would add it, and tools that compare would find a difference."
        scope: quoted("*"),
    })
}

/// A policy, and what puts it in force.
fn pair(source: &Source<'_>, suffix: &str, what: (&str, &str), rules: Map) -> Vec<Document> {
    let policy = source.policy;
    let name = format!("{}-{}-{suffix}", policy.namespace.value, policy.name.value);
    let object = |what: &str, kind, spec| {
        let document = source.about_workload(what, kind, "", spec);
        Document { name: name.clone(), namespace: None, ..document }
    };
    let actions = if source.enforces() { flow!(["Deny"]) } else { flow!(["Warn", "Audit"]) };
    let binding = block!({ policyName: quoted(&name), validationActions: actions });
    vec![object(what.0, POLICY, rules), object(what.1, BINDING, binding)]
}

/// The items of `validations`.
fn written(validations: Vec<Validation>) -> List {
    let item = |(expression, message): Validation| block!({ expression: quoted(expression), message: quoted(message) });
    validations.into_iter().map(item).collect()
}

/// The namespace of the workload.
fn namespace(source: &Source<'_>) -> Map {
    flow!({ matchLabels: { (label::NAMESPACE_NAME): quoted(&source.policy.namespace.value) } })
}

/// The policy for pods, and what puts it in force.
pub(crate) fn documents(source: &Source<'_>) -> Vec<Document> {
    let resources = flow!(["pods", "pods/ephemeralcontainers", "pods/status"]);
    let variables = variables(source).into_iter();
    let rules = block!({
        failurePolicy: "Fail",
        matchConstraints: {
            matchPolicy: "Equivalent",
            namespaceSelector: namespace(source),
            # "A pod that has the labels before or after a change."
            objectSelector: source.selector(),
            resourceRules: [rule(flow!([""]), flow!(["v1"]), resources)],
        },
        matchConditions: [{ name: "what-traffic-depends-on", expression: quoted(condition(source)) }],
        variables: [..variables.map(|(name, expression)| block!({ name: name, expression: quoted(expression) }))],
        validations: written(validations(source)),
    });
    let what = ("pods whose traffic could bypass the proxy are refused", "puts these rules in force");
    pair(source, "pods", what, rules)
}
