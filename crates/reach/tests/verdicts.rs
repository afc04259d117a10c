//! What becomes of requests in whole clusters.
#![expect(clippy::unwrap_used, reason = "tests")]

use meshveil_reach::mesh::request::{Fact, Http};
use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::{Credential, Entry, Form, Layer, Outcome, Path, Verdict};
use meshveil_reach::{Manifests, Options, Reach};
use meshveil_text::codes::Base;

use crate::cluster::{merged, read_text};

const SIDECAR: &str = Base::Sidecar.text();
const AMBIENT: &str = Base::Ambient.text();

fn read(text: &str) -> Manifests {
    let manifests = read_text(text);
    assert!(manifests.is_sound(), "{:#?}\n{text}", manifests.findings);
    manifests
}

/// What a workload gets of a field of `shop/customers` at worst, on declared ports or on all.
fn worst(manifests: &Manifests, source: &str, field: &str) -> (Form, Verdict) {
    let reach = Reach::new(manifests, &Options::default());
    let destination = reach.find("shop", "customers", None).unwrap();
    let plan = reach.plan_of(destination).unwrap();
    let source = match source {
        "outside" => reach.network.range_of("203.0.113.9".parse().unwrap()).unwrap(),
        name => {
            let (namespace, name) = name.split_once('/').unwrap();
            Endpoint::Workload(reach.find(namespace, name, None).unwrap())
        }
    };
    let exposure = reach.exposure(source, destination, &plan).remove(field).unwrap();
    (exposure.form, exposure.verdict)
}

fn forms(text: &str, expected: &[(&str, &str, Form)]) {
    let manifests = read(text);
    for (source, field, form) in expected {
        let (found, verdict) = worst(&manifests, source, field);
        assert_eq!(found, *form, "{source} {field}: {verdict:#?}");
    }
}

#[test]
fn whole_sidecar_bundle_shows_each_caller_its_view_and_nobody_else_anything() {
    forms(
        SIDECAR,
        &[
            ("shop/billing", "ssn", Form::Clear),
            ("shop/billing", "notes", Form::Clear),
            ("shop/support", "ssn", Form::Partial),
            ("shop/support", "notes", Form::Clear),
            ("shop/frontend", "ssn", Form::Partial),
            ("shop/frontend", "notes", Form::Masked),
            ("staging/batch", "ssn", Form::Unreachable),
            ("outside", "ssn", Form::Unreachable),
        ],
    );
}

#[test]
fn without_strict_mutual_tls_the_deny_rule_still_refuses_plaintext() {
    let permissive = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: { name: strict, namespace: shop }\nspec: { mtls: { mode: PERMISSIVE } }\n";
    forms(&merged(SIDECAR, permissive), &[("shop/frontend", "notes", Form::Masked)]);
}

#[test]
fn tcp_port_never_runs_the_filter_but_the_path_rule_then_refuses() {
    let tcp = "apiVersion: v1\nkind: Service\nmetadata: { name: customers, namespace: shop }\nspec: { selector: { app: customers }, ports: [{ name: tcp, port: 80, targetPort: 8080 }] }\n";
    forms(&merged(SIDECAR, tcp), &[("shop/frontend", "notes", Form::Denied)]);
    let no_path = "\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: customers, namespace: shop }\nspec: { selector: { matchLabels: { app: customers } }, rules: [{ from: [{ source: { principals: [cluster.local/ns/shop/sa/frontend] } }] }] }\n";
    forms(&merged(SIDECAR, &format!("{tcp}{no_path}")), &[("shop/frontend", "notes", Form::Clear)]);
}

#[test]
fn workload_outside_the_mesh_serves_clear_text_to_whom_the_network_lets_in() {
    let bare = "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n";
    let manifests = read(&merged(SIDECAR, bare));
    let (form, verdict) = worst(&manifests, "shop/frontend", "ssn");
    assert_eq!(form, Form::Clear);
    assert!(
        verdict
            .steps
            .iter()
            .any(|s| s.reason.to_string() == "outside the mesh: neither namespace nor pod asks for injection")
    );
    assert_eq!(worst(&manifests, "staging/batch", "ssn").0, Form::Unreachable);
}

#[test]
fn port_that_is_not_captured_serves_clear_text() {
    let excluded = SIDECAR.replace(
        "    metadata: { labels: { app: customers } }",
        "    metadata: { labels: { app: customers }, annotations: { traffic.sidecar.istio.io/excludeInboundPorts: \"8080\" } }",
    );
    let manifests = read(&excluded);
    let (form, verdict) = worst(&manifests, "shop/frontend", "ssn");
    assert_eq!((form, verdict.path.credential), (Form::Clear, Credential::Plaintext));
    let capture = verdict.steps.iter().find(|s| s.layer == Layer::Capture).unwrap();
    assert_eq!(manifests.files.slice(capture.spans[0]), "traffic.sidecar.istio.io/excludeInboundPorts");
}

#[test]
fn workloads_of_a_masking_policy_are_found_by_namespace_and_labels() {
    let manifests = read(SIDECAR);
    let reach = Reach::new(&manifests, &Options::default());
    let customers = reach.find("shop", "customers", Some("Deployment")).unwrap();
    assert_eq!(reach.select("shop", [("app", "customers")].into_iter()), [customers]);
    assert!(reach.select("staging", [("app", "customers")].into_iter()).is_empty());
}

#[test]
fn denial_names_the_rule_that_is_missing() {
    let manifests = read(SIDECAR);
    let (_, verdict) = worst(&manifests, "staging/batch", "ssn");
    let stopped = verdict.stopped().unwrap();
    assert_eq!(stopped.layer, Layer::Ingress);
    assert_eq!(
        stopped.reason.to_string(),
        "no rule of NetworkPolicy shop/default-deny, NetworkPolicy shop/customers lets TCP 8080 through"
    );
    // What would have to change is a rule that the API takes, and with it the request gets further.
    let remedy = Reach::new(&manifests, &Options::default()).remedy(&verdict).unwrap().to_string();
    assert_eq!(
        remedy,
        "an ingress rule of a policy that selects `shop/customers[Deployment]`: `from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: staging } }, podSelector: { matchLabels: { app: batch } } }], ports: [{ port: 8080, protocol: TCP }]`"
    );
    let rule = remedy.split('`').nth(3).unwrap();
    let added = format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{ name: added, namespace: shop }}\nspec: {{ podSelector: {{ matchLabels: {{ app: customers }} }}, ingress: [{{ {rule} }}] }}\n"
    );
    let manifests = read(&merged(SIDECAR, &added));
    let stopped = worst(&manifests, "staging/batch", "ssn").1.stopped().unwrap().layer;
    assert_eq!(stopped, Layer::MutualTls);
}

#[test]
fn node_port_may_come_from_the_node_itself() {
    let open = "apiVersion: v1\nkind: Service\nmetadata: { name: customers, namespace: shop }\nspec: { type: NodePort, selector: { app: customers }, ports: [{ name: http, port: 80, targetPort: 8080, nodePort: 30080 }] }\n";
    let manifests = read(&merged(SIDECAR, open));
    assert_eq!(worst(&manifests, "outside", "ssn").0, Form::Denied);
}

#[test]
fn ambient_bundle_lets_the_caller_in_through_the_waypoint_only() {
    let manifests = read(AMBIENT);
    let (form, verdict) = worst(&manifests, "shop/billing", "ssn");
    assert_eq!((form, verdict.path.credential), (Form::Partial, Credential::Hbone), "{verdict:#?}");
    assert!(matches!(verdict.path.entry, Entry::Service(_)));
    assert_eq!(worst(&manifests, "shop/frontend", "ssn").0, Form::Denied);
}

#[test]
fn missing_waypoint_fails_open_unless_the_pod_takes_the_waypoint_only() {
    let no_gateway =
        AMBIENT.replace("kind: Gateway\nmetadata: { name: waypoint,", "kind: Gateway\nmetadata: { name: other,");
    assert_ne!(no_gateway, AMBIENT);
    let manifests = read(&no_gateway);
    let reach = Reach::new(&manifests, &Options::default());
    let customers = reach.find("shop", "customers", None).unwrap();
    let billing = Endpoint::Workload(reach.find("shop", "billing", None).unwrap());
    for path in reach.paths(billing, customers) {
        assert!(!matches!(reach.verdict(&path).outcome, Outcome::Served { .. }), "{path:?}");
    }
    // Without the two enforcement layers the request arrives unmasked.
    let open = merged(
        &no_gateway,
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: customers, namespace: shop }\nspec: { podSelector: {}, ingress: [{}] }\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: waypoint-only, namespace: shop }\nspec: { selector: { matchLabels: { app: customers } }, rules: [{}] }\n",
    );
    let manifests = read(&open);
    let reach = Reach::new(&manifests, &Options::default());
    let path = reach
        .paths(billing, customers)
        .into_iter()
        .find(|p| matches!(p.entry, Entry::Service(_)) && p.credential == Credential::Hbone)
        .unwrap();
    let verdict = reach.verdict(&path);
    assert_eq!(verdict.outcome, Outcome::Served { filter: None }, "{verdict:#?}");
}

#[test]
fn pod_address_skips_the_waypoint() {
    let open = merged(
        AMBIENT,
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: customers, namespace: shop }\nspec: { podSelector: {}, ingress: [{}] }\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: waypoint-only, namespace: shop }\nspec: { selector: { matchLabels: { app: customers } }, rules: [{}] }\n",
    );
    let manifests = read(&open);
    let (form, verdict) = worst(&manifests, "shop/frontend", "ssn");
    assert_eq!((form, verdict.path.entry), (Form::Clear, Entry::Pod));
}

#[test]
fn every_path_has_a_verdict_and_every_stop_a_reason() {
    for text in [SIDECAR, AMBIENT] {
        let manifests = read(text);
        let reach = Reach::new(&manifests, &Options::default());
        let mut count = 0;
        for source in reach.network.endpoints() {
            for destination in 0..manifests.workloads.len() {
                for path in reach.paths(source, destination) {
                    let verdict = reach.verdict(&path);
                    let served = matches!(verdict.outcome, Outcome::Served { .. });
                    assert_eq!(served, verdict.stopped().is_none(), "{verdict:#?}");
                    assert!(verdict.steps.iter().all(|step| !step.reason.to_string().is_empty()));
                    count += 1;
                }
            }
        }
        assert!(count > 20, "{count}");
    }
}

#[test]
fn ingress_gateway_speaks_with_its_own_identity() {
    let gateway = merged(
        SIDECAR,
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: edge, namespace: edge }\nspec: { gatewayClassName: istio, listeners: [{ name: http, port: 80, protocol: HTTP, allowedRoutes: { namespaces: { from: All } } }] }\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: customers, namespace: shop }\nspec: { parentRefs: [{ name: edge, namespace: edge }], rules: [{ backendRefs: [{ name: customers, port: 80 }] }] }\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: from-edge, namespace: shop }\nspec: { podSelector: { matchLabels: { app: customers } }, ingress: [{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: edge } } }], ports: [{ port: 8080 }] }] }\n",
    );
    let manifests = read(&gateway);
    let reach = Reach::new(&manifests, &Options::default());
    let customers = reach.find("shop", "customers", None).unwrap();
    let outside = reach.network.range_of("203.0.113.9".parse().unwrap()).unwrap();
    let through: Vec<Path> =
        reach.paths(outside, customers).into_iter().filter(|p| matches!(p.entry, Entry::Gateway(..))).collect();
    assert_eq!(through.len(), 1);
    let verdict = reach.verdict(&through[0]);
    assert_eq!(verdict.principal.as_deref(), Some("cluster.local/ns/edge/sa/edge-istio"));
    assert_eq!((verdict.stopped().unwrap().layer, &verdict.outcome), (Layer::Authorization, &Outcome::Denied));
}

#[test]
fn peer_authentication_alone_decides_about_plaintext() {
    // Nothing else stands in the way: no DENY rule, and an ALLOW rule for all sources.
    let open = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: deny-plaintext, namespace: shop }\nspec: { action: DENY }\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: customers, namespace: shop }\nspec: { rules: [{}] }\n";
    for (mode, plaintext, mtls) in [("STRICT", false, true), ("PERMISSIVE", true, true), ("DISABLE", true, false)] {
        let peer = format!(
            "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{ name: strict, namespace: shop }}\nspec: {{ mtls: {{ mode: {mode} }} }}\n"
        );
        let manifests = read(&merged(SIDECAR, &format!("{open}\n---\n{peer}")));
        let reach = Reach::new(&manifests, &Options::default());
        let customers = reach.find("shop", "customers", None).unwrap();
        let frontend = Endpoint::Workload(reach.find("shop", "frontend", None).unwrap());
        for (credential, expected) in [(Credential::Plaintext, plaintext), (Credential::Mtls, mtls)] {
            let path = Path {
                source: frontend,
                destination: customers,
                entry: Entry::Pod,
                credential,
                port: 8080,
                declared: true,
                canary: false,
            };
            let verdict = reach.verdict(&path);
            let served = matches!(verdict.outcome, Outcome::Served { filter: Some(_) });
            assert_eq!(served, expected, "{mode} {credential:?}: {verdict:#?}");
            if !served {
                assert_eq!(verdict.stopped().unwrap().layer, Layer::MutualTls);
            }
        }
    }
}

#[test]
fn trusted_hop_counts_as_the_header_caller_who_gets_most() {
    use meshveil_plan::Decisions;
    use meshveil_plan::Plan;
    use meshveil_reach::verdict::form::worst;
    let plan = |others: &str| {
        let text = format!(
            r#"{{"version": 1, "fields": [{{"name": "ssn", "paths": ["$.ssn"], "mask": {{"partial": {{}}}}}}],
            "callers": [
                {{"name": "clerk", "match": [{{"header": {{"name": "x-role", "value": "clerk"}}}}], "sees": []}},
                {{"name": "auditor", "match": [{{"header": {{"name": "x-role", "value": "auditor"}}}}], "sees": "all"}}],
            "others": "{others}", "trustedHops": ["spiffe://cluster.local/ns/shop/sa/gate"]}}"#
        );
        serde_json::from_str::<Plan>(&text).unwrap()
    };
    let form =
        |others: &str, principal: Option<&str>| worst(&Decisions::new(plan(others)), principal).get("ssn").unwrap().0;
    let gate = Some("cluster.local/ns/shop/sa/gate");
    assert_eq!(form("deny", gate), Form::Clear);
    assert_eq!(form("deny", Some("cluster.local/ns/shop/sa/web")), Form::Denied);
    assert_eq!(form("masked", Some("cluster.local/ns/shop/sa/web")), Form::Partial);
    assert_eq!(form("masked", None), Form::Partial);
}

#[test]
fn claims_of_a_token_that_nobody_verifies_do_not_count() {
    let text = "apiVersion: v1
kind: Namespace
metadata: { name: n, labels: { istio-injection: enabled } }
---
apiVersion: v1
kind: Pod
metadata: { name: api, namespace: n, labels: { app: api } }
spec: { containers: [{ name: c }] }
---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: n }
spec: { selector: { app: api }, ports: [{ name: http, port: 80 }] }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: a, namespace: n }
spec: { rules: [{ when: [{ key: 'request.auth.claims[groups]', values: [admin] }] }] }
";
    let verified = "---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: r, namespace: n }
spec: { jwtRules: [{ issuer: i, jwks: '{}' }] }
";
    let http = Http {
        request_principal: Fact::Is("i/s".to_owned()),
        claims: vec![("groups".to_owned(), vec!["admin".to_owned()])],
        claims_complete: true,
        ..Http::default()
    };
    for (text, served) in [(text.to_owned(), false), (format!("{text}{verified}"), true)] {
        let manifests = read(&text);
        let reach = Reach::new(&manifests, &Options::default());
        let api = reach.find("n", "api", None).unwrap();
        let source = Endpoint::Workload(api);
        let credential = Credential::Mtls;
        let path =
            Path { source, destination: api, entry: Entry::Pod, credential, port: 80, declared: true, canary: false };
        let verdict = reach.verdict_for(&path, &http);
        assert_eq!(matches!(verdict.outcome, Outcome::Served { .. }), served, "{verdict:#?}");
    }
}
