//! Rules for objects of Envoy Gateway and the Gateway API that could take the filter out of the policy's own Gateway.
//!
//! An EnvoyExtensionPolicy of a route takes the place of the Gateway's (Envoy Gateway, "policy attachment"): with one that
//! holds nothing, every client with a certificate would read everything in clear. The same goes for a ClientTrafficPolicy of
//! a listener, an EnvoyPatchPolicy, and a route that is not HTTP.

use meshveil_text::{block, flow, yaml::List};

use super::{Validation, namespace, pair, rule, text, written};
use crate::{Source, document::Document};

/// Kinds of routes, as resources.
const ROUTES: [&str; 5] = ["httproutes", "grpcroutes", "tcproutes", "tlsroutes", "udproutes"];

/// Kinds of policies that change what a Gateway does with requests or responses, as resources.
const POLICIES: [&str; 3] = ["envoyextensionpolicies", "clienttrafficpolicies", "envoypatchpolicies"];

/// One policy for routes and one for what attaches to Gateways, with what puts them in force.
pub(crate) fn documents(source: &Source<'_>) -> Vec<Document> {
    let own = text(&source.policy.name.value);
    let routes = vec![(
        format!(
            "object.metadata.name == {own} && object.kind == 'HTTPRoute' || !has(object.spec.parentRefs) || object.spec.parentRefs.all(p, p.name != {own} || has(p.kind) && p.kind != 'Gateway')"
        ),
        "only its own route leads through the Gateway of a policy".to_owned(),
    )];
    let is_target = format!("(t.name != {own} || !(t.kind in ['Gateway', 'HTTPRoute']))");
    let attached = vec![(
        format!(
            "object.metadata.name == {own} && object.kind in ['EnvoyExtensionPolicy', 'ClientTrafficPolicy'] || (!has(object.spec.targetRefs) || object.spec.targetRefs.all(t, {is_target})) && (!has(object.spec.targetRef) || [object.spec.targetRef].all(t, {is_target})) && (!has(object.spec.targetSelectors) || object.spec.targetSelectors.all(t, !(t.kind in ['Gateway', 'HTTPRoute'])))"
        ),
        "this would take the place of what masks at the Gateway of a policy".to_owned(),
    )];
    let group = |name: &'static str| -> List { flow!([name]) };
    let resources = |names: &[&'static str]| -> List { flow!([..names.iter().copied()]) };
    let rules = |rule, validations: Vec<Validation>| {
        block!({
            failurePolicy: "Fail",
            matchConstraints: {
                matchPolicy: "Equivalent",
                namespaceSelector: namespace(source),
                objectSelector: {},
                resourceRules: [rule],
            },
            validations: written(validations),
        })
    };
    let of_routes = rule(group("gateway.networking.k8s.io"), flow!(["*"]), resources(&ROUTES));
    let of_policies = rule(group("gateway.envoyproxy.io"), flow!(["*"]), resources(&POLICIES));
    let mut all = pair(
        source,
        "routes",
        ("no other route leads through its Gateway", "puts this rule in force"),
        rules(of_routes, routes),
    );
    all.extend(pair(
        source,
        "extensions",
        ("nothing takes the filter out of its Gateway", "puts this rule in force"),
        rules(of_policies, attached),
    ));
    all
}
