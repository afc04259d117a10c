//! What becomes of requests through Envoy Gateway: callers by certificate, filters by route, and objects that others add.
#![expect(clippy::unwrap_used, reason = "tests")]

use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::{Form, Verdict};
use meshveil_reach::{Manifests, Options, Reach};
use meshveil_text::codes::Base;

use crate::cluster::{merged, read_text};

const GATEWAY: &str = Base::Gateway.text();

/// The form in which `ssn` of `shop/customers` arrives at worst on declared ports.
fn ssn(manifests: &Manifests, source: &str) -> (Form, Verdict) {
    let reach = Reach::new(manifests, &Options::default());
    let destination = reach.find("shop", "customers", None).unwrap();
    let plan = reach.plan_of(destination);
    let plan = plan.unwrap_or_else(|| {
        let base = read_text(GATEWAY);
        let reach = Reach::new(&base, &Options::default());
        reach.plan_of(reach.find("shop", "customers", None).unwrap()).unwrap()
    });
    let source = match source.split_once('/') {
        None => reach.network.range_of("203.0.113.9".parse().unwrap()).unwrap(),
        Some((namespace, name)) => Endpoint::Workload(reach.find(namespace, name, None).unwrap()),
    };
    let exposure = reach.exposure(source, destination, &plan).remove("ssn").unwrap();
    (exposure.form, exposure.verdict)
}

/// The forms for `billing` (a caller that sees all), `frontend` (a caller that sees the last digits), a workload that is no
/// caller, and an address outside.
fn forms(change: &str, expected: [Form; 4]) {
    let manifests = read_text(&merged(GATEWAY, change));
    assert!(manifests.is_sound(), "{:#?}\n{change}", manifests.findings);
    let sources = ["shop/billing", "shop/frontend", "staging/batch", "outside"];
    for (source, form) in sources.into_iter().zip(expected) {
        let (found, verdict) = ssn(&manifests, source);
        assert_eq!(found, form, "{source} with\n{change}\n{:#?}", verdict.steps);
    }
}

const MASKED: [Form; 4] = [Form::Clear, Form::Partial, Form::Denied, Form::Denied];
const OPEN: [Form; 4] = [Form::Clear; 4];
/// Every client with a certificate gets everything.
const REPLACED: [Form; 4] = [Form::Clear, Form::Clear, Form::Clear, Form::Denied];
/// Nothing is known but that a certificate is needed.
const UNKNOWN: [Form; 4] = [Form::Unknown, Form::Unknown, Form::Unknown, Form::Denied];

fn policy(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyExtensionPolicy\nmetadata: {{ name: {name}, namespace: shop }}\nspec: {{ {spec} }}\n"
    )
}

fn at(kind: &str, more: &str) -> String {
    format!("targetRefs: [{{ group: gateway.networking.k8s.io, kind: {kind}, name: customers{more} }}]")
}

fn clients(spec: &str) -> String {
    format!(
        "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: ClientTrafficPolicy\nmetadata: {{ name: customers, namespace: shop }}\nspec: {{ {}, {spec} }}\n",
        at("Gateway", "")
    )
}

fn route(kind: &str, spec: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: {kind}\nmetadata: {{ name: second, namespace: shop }}\nspec: {{ {spec} }}\n"
    )
}

fn gateway(name: &str, listeners: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{ name: {name}, namespace: shop }}\nspec: {{ gatewayClassName: envoy-gateway, listeners: [{listeners}] }}\n"
    )
}

#[test]
fn callers_are_known_by_their_certificates_and_nobody_else_gets_anything() {
    forms("", MASKED);
}

#[test]
fn policy_of_a_narrower_target_takes_the_place_of_the_filter() {
    for spec in [
        at("HTTPRoute", ""),
        at("HTTPRoute", ", sectionName: all"),
        at("Gateway", ", sectionName: https"),
        "targetSelectors: [{ kind: HTTPRoute, matchLabels: {} }]".to_owned(),
        format!("{}, extProc: [{{ backendRefs: [{{ name: other, port: 80 }}] }}]", at("HTTPRoute", "")),
        format!(
            "{}, mergeType: JSONMerge, wasm: [{{ name: own, code: {{ type: Image, image: {{ url: registry.example/own }} }} }}]",
            at("HTTPRoute", "")
        ),
    ] {
        forms(&policy("headers", &spec), REPLACED);
    }
}

#[test]
fn policy_of_a_route_that_merges_leaves_the_filter() {
    forms(&policy("headers", &format!("{}, mergeType: StrategicMerge", at("HTTPRoute", ""))), MASKED);
    let script = "lua: [{ type: Inline, inline: \"function envoy_on_response(r) end\" }]";
    let merged = format!("{}, mergeType: StrategicMerge, {script}", at("HTTPRoute", ""));
    forms(&policy("headers", &merged), UNKNOWN);
}

#[test]
fn of_two_policies_of_one_target_without_ages_either_may_count() {
    forms(&policy("another", &at("Gateway", "")), REPLACED);
    let younger = policy("another", &at("Gateway", ""))
        .replace("namespace: shop }", "namespace: shop, creationTimestamp: \"2026-02-02T00:00:00Z\" }");
    let own = GATEWAY.split("\n---\n").last().unwrap();
    let older = own.replace("namespace: shop }", "namespace: shop, creationTimestamp: \"2026-01-01T00:00:00Z\" }");
    forms(&format!("{younger}---\n{older}"), MASKED);
    let oldest = younger.replace("2026-02-02", "2025-02-02");
    forms(&format!("{oldest}---\n{older}"), REPLACED);
}

#[test]
fn policy_that_concerns_something_else_changes_nothing() {
    for spec in [
        at("HTTPRoute", "").replace("customers", "others"),
        at("HTTPRoute", ", sectionName: some"),
        at("GRPCRoute", ""),
        at("Gateway", ", sectionName: plain"),
        "targetSelectors: [{ kind: HTTPRoute, matchLabels: { tier: edge } }]".to_owned(),
        "targetSelectors: [{ kind: GRPCRoute, matchLabels: {} }]".to_owned(),
    ] {
        forms(&policy("headers", &spec), MASKED);
    }
}

#[test]
fn without_a_certificate_nobody_is_a_caller() {
    // In clear only to those who show theirs.
    let authority = "caCertificateRefs: [{ group: \"\", kind: ConfigMap, name: customers-ca }]";
    let optional = [Form::Clear, Form::Partial, Form::Denied, Form::Denied];
    forms(&clients(&format!("tls: {{ clientValidation: {{ optional: true, {authority} }} }}")), optional);
    forms(&clients(&format!("tls: {{ clientValidation: {{ mode: VerifyIfGiven, {authority} }} }}")), optional);
    // No certificate is asked for: all are unlisted.
    forms(&clients("headers: { enableEnvoyHeaders: true }"), [Form::Denied; 4]);
    // Certificates that are not verified can name any caller.
    forms(&clients("tls: { clientValidation: { mode: RequireAny } }"), [Form::Unknown; 4]);
}

#[test]
fn plain_listener_recognises_no_caller() {
    let listeners = "{ name: https, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: customers-tls }] } }, { name: plain, port: 80, protocol: HTTP }";
    // By the listener with certificates they still get theirs.
    forms(&gateway("customers", listeners), MASKED);
    let only = "{ name: plain, port: 80, protocol: HTTP }";
    forms(&gateway("customers", only), [Form::Denied; 4]);
}

#[test]
fn route_that_is_not_http_leads_past_every_filter() {
    let listeners = "{ name: https, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: customers-tls }] } }, { name: raw, port: 9000, protocol: TCP }";
    let raw = route(
        "TCPRoute",
        "parentRefs: [{ name: customers, sectionName: raw }], rules: [{ backendRefs: [{ name: customers, port: 80 }] }]",
    );
    forms(&format!("{}---\n{raw}", gateway("customers", listeners)), OPEN);
    let through = listeners.replace("protocol: TCP", "protocol: TLS, tls: { mode: Passthrough }");
    let tls = raw.replace("TCPRoute", "TLSRoute");
    forms(&format!("{}---\n{tls}", gateway("customers", &through)), OPEN);
    let older = raw.replace("k8s.io/v1\n", "k8s.io/v1alpha2\n");
    forms(&format!("{}---\n{older}", gateway("customers", listeners)), OPEN);
    // A listener takes only routes of its protocol.
    forms(&format!("{}---\n{}", gateway("customers", listeners), tls), MASKED);
    // The port of a Service that leads elsewhere.
    forms(&format!("{}---\n{}", gateway("customers", listeners), raw.replace("port: 80 }", "port: 81 }")), MASKED);
}

#[test]
fn second_gateway_is_closed_where_the_network_names_the_first() {
    let second = format!(
        "{}---\n{}",
        gateway("second", "{ name: http, port: 80, protocol: HTTP }"),
        route("HTTPRoute", "parentRefs: [{ name: second }], rules: [{ backendRefs: [{ name: customers, port: 80 }] }]")
    );
    forms(&second, MASKED);
    let any = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: customers, namespace: shop }\nspec: { podSelector: { matchLabels: { app: customers } }, policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app.kubernetes.io/managed-by: envoy-gateway } } }] }] }\n";
    forms(&format!("{second}---\n{any}"), OPEN);
}

#[test]
fn route_of_requests_through_the_gateway_of_the_policy_is_masked() {
    for kind in ["HTTPRoute", "GRPCRoute"] {
        forms(
            &route(
                kind,
                "parentRefs: [{ name: customers }], rules: [{ backendRefs: [{ name: customers, port: 80 }] }]",
            ),
            MASKED,
        );
    }
}

#[test]
fn backend_leads_where_its_endpoints_are() {
    let own = |endpoint: &str| {
        let backend = format!(
            "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {{ name: own, namespace: shop }}\nspec: {{ endpoints: [{{ {endpoint} }}] }}\n"
        );
        let route = route(
            "HTTPRoute",
            "parentRefs: [{ name: customers }], rules: [{ backendRefs: [{ group: gateway.envoyproxy.io, kind: Backend, name: own }] }]",
        );
        let off = policy("another", &at("HTTPRoute", "").replace("customers", "second"));
        format!("{backend}---\n{route}---\n{off}")
    };
    forms(&own("fqdn: { hostname: customers.shop.svc.cluster.local, port: 80 }"), REPLACED);
    forms(&own("fqdn: { hostname: api.example.com, port: 443 }"), MASKED);
    forms(&own("ip: { address: 198.51.100.7, port: 443 }"), MASKED);
    forms(&own("ip: { address: 10.0.0.7, port: 8080 }"), REPLACED);
}

#[test]
fn what_may_change_the_proxies_leaves_answers_open() {
    let patch = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyPatchPolicy\nmetadata: { name: anything, namespace: shop }\nspec: { targetRef: { group: gateway.networking.k8s.io, kind: Gateway, name: customers }, type: JSONPatch, jsonPatches: [{ type: type.googleapis.com/envoy.config.listener.v3.Listener, name: a, operation: { op: remove, path: /a } }] }\n";
    // The listener, too, is what they are about.
    forms(patch, [Form::Unknown; 4]);
    forms(&patch.replace("kind: Gateway, name: customers", "kind: Gateway, name: other"), MASKED);
    let filters = "parentRefs: [{ name: customers }], rules: [{ filters: [{ type: ExtensionRef, extensionRef: { group: example.com, kind: Anything, name: x } }], backendRefs: [{ name: customers, port: 80 }] }]";
    // By its own route billing sees all.
    forms(&route("HTTPRoute", filters), [Form::Clear, Form::Unknown, Form::Unknown, Form::Denied]);
    let class = "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: { name: envoy-gateway }\nspec: { controllerName: gateway.envoyproxy.io/gatewayclass-controller, parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: all, namespace: envoy-gateway-system } }\n";
    let proxy = |spec: &str| {
        format!(
            "{class}---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyProxy\nmetadata: {{ name: all, namespace: envoy-gateway-system }}\nspec: {{ {spec} }}\n"
        )
    };
    forms(class, [Form::Unknown; 4]);
    forms(&proxy("bootstrap: { type: Merge, value: \"admin: {}\" }"), [Form::Unknown; 4]);
    forms(
        &proxy("provider: { type: Kubernetes, kubernetes: { envoyService: { type: ClusterIP } } }"),
        [Form::Clear, Form::Partial, Form::Denied, Form::Unreachable],
    );
    forms(&proxy("mergeGateways: true"), [Form::Denied; 4]);
    let set = route(
        "HTTPRoute",
        "parentRefs: [{ kind: ListenerSet, name: more }], rules: [{ backendRefs: [{ name: customers, port: 80 }] }]",
    );
    forms(&set, [Form::Clear, Form::Unknown, Form::Unknown, Form::Unknown]);
}

#[test]
fn class_of_another_controller_is_not_known() {
    let class = "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: { name: envoy-gateway }\nspec: { controllerName: example.com/other }\n";
    forms(class, [Form::Unknown; 4]);
}
