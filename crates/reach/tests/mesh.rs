//! Istio's own decisions, as tables: injection, PeerAuthentication, AuthorizationPolicy, protocols.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use meshveil_reach::Manifests;
use meshveil_reach::manifest::kinds::security::MtlsMode;
use meshveil_reach::mesh::authorization::{Outcome, Scope, decide};
use meshveil_reach::mesh::enrollment::{Plane, enrollment};
use meshveil_reach::mesh::mtls::peer_mode;
use meshveil_reach::mesh::protocol::{Kind, of_service_port, port_protocol};
use meshveil_reach::mesh::request::{Fact, Http, Request};

fn pod(namespace_labels: &str, labels: &str, annotations: &str, spec: &str) -> Manifests {
    let text = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{ name: n, labels: {{ {namespace_labels} }} }}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{ name: p, namespace: n, labels: {{ {labels} }}, annotations: {{ {annotations} }} }}\nspec: {{ {spec} containers: [{{ name: c }}] }}\n"
    );
    let manifests = Manifests::from_text("x", &text);
    assert!(manifests.is_sound(), "{:?}", manifests.findings);
    manifests
}

#[test]
fn injection_follows_the_webhooks_and_then_the_injector() {
    use Plane::{Ambient, Outside, Sidecar};
    const INJECT: &str = "sidecar.istio.io/inject";
    let on = "istio-injection: enabled";
    let no = "sidecar.istio.io/inject: 'no'";
    let (t, f) = (&format!("{INJECT}: 'true'"), &format!("{INJECT}: 'false'"));
    let ambient = "istio.io/dataplane-mode: ambient";
    let table: [(&str, &str, &str, &str, Plane); 23] = [
        ("", "", "", "", Outside),
        (on, "", "", "", Sidecar),
        ("istio-injection: disabled", "", "", "", Outside),
        ("istio-injection: disabled", t, "", "", Outside),
        ("", t, "", "", Sidecar),
        ("", "", t, "", Outside),
        (on, f, "", "", Outside),
        (on, "", f, "", Outside),
        (on, t, f, "", Sidecar),
        (on, no, "", "", Sidecar),
        ("istio.io/rev: stable", "", "", "", Sidecar),
        ("istio.io/rev: stable", f, "", "", Outside),
        ("istio-injection: disabled, istio.io/rev: stable", "", "", "", Outside),
        ("", "istio.io/rev: stable", "", "", Sidecar),
        (on, "", "", "hostNetwork: true,", Outside),
        (ambient, "", "", "", Ambient),
        ("", ambient, "", "", Ambient),
        (ambient, "istio.io/dataplane-mode: none", "", "", Outside),
        (ambient, "", "ambient.istio.io/redirection: disabled", "", Outside),
        (ambient, "", "", "hostNetwork: true,", Outside),
        (&format!("{on}, {ambient}"), "", "", "", Sidecar),
        (&format!("{on}, {ambient}"), f, "", "", Ambient),
        ("", "", "inject.istio.io/templates: gateway", "", Plane::Proxy),
    ];
    for (namespace, labels, annotations, spec, expected) in table {
        let manifests = pod(namespace, labels, annotations, spec);
        let found = enrollment(&manifests, &manifests.workloads[0]);
        assert_eq!(found.plane, expected, "{namespace} | {labels} | {annotations} | {spec}: {}", found.reason);
    }
    let system = Manifests::from_text(
        "x",
        "apiVersion: v1\nkind: Namespace\nmetadata: { name: kube-system, labels: { istio-injection: enabled } }\n---\napiVersion: v1\nkind: Pod\nmetadata: { name: p, namespace: kube-system }\nspec: { containers: [{ name: c }] }\n",
    );
    assert_eq!(enrollment(&system, &system.workloads[0]).plane, Outside);
}

fn peers(policies: &[(&str, &str, &str)]) -> Manifests {
    let mut text = "apiVersion: v1\nkind: Pod\nmetadata: { name: p, namespace: n, labels: { app: a } }\nspec: { containers: [{ name: c }] }\n".to_owned();
    for (at, (namespace, created, spec)) in policies.iter().enumerate() {
        text += &format!(
            "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{ name: p{at}, namespace: {namespace}, creationTimestamp: '{created}' }}\nspec: {{ {spec} }}\n"
        );
    }
    let manifests = Manifests::from_text("x", &text);
    assert!(manifests.is_sound(), "{:?}", manifests.findings);
    manifests
}

#[test]
fn peer_authentication_merges_by_level_and_the_oldest_wins() {
    use MtlsMode::{Disable, Permissive, Strict};
    const SELECTOR: &str = "selector: { matchLabels: { app: a } }";
    let strict = "mtls: { mode: STRICT }";
    let (old, new) = ("2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z");
    let own = |rest: &str| format!("{SELECTOR}, {rest}");
    let (own_permissive, own_unset, own_strict) =
        (own("mtls: { mode: PERMISSIVE }"), own("mtls: { mode: UNSET }"), own(strict));
    let own_port = own("mtls: { mode: STRICT }, portLevelMtls: { '8080': { mode: DISABLE } }");
    let own_port_only = own("portLevelMtls: { '8080': { mode: UNSET } }");
    let other = format!("selector: {{ matchLabels: {{ app: b }} }}, {strict}");
    type Policy<'p> = (&'p str, &'p str, &'p str);
    let table: [(&[Policy<'_>], MtlsMode); 17] = [
        (&[], Permissive),
        (&[("istio-system", old, strict)], Strict),
        (&[("n", old, strict)], Strict),
        (&[("m", old, strict)], Permissive),
        (&[("istio-system", old, strict), ("n", new, "mtls: { mode: PERMISSIVE }")], Permissive),
        (&[("istio-system", old, strict), ("n", new, "mtls: { mode: UNSET }")], Strict),
        (&[("istio-system", old, strict), ("n", new, "")], Strict),
        (&[("n", old, strict), ("n", old, &own_permissive)], Permissive),
        (&[("n", old, strict), ("n", old, &own_unset)], Strict),
        (&[("n", old, &own_port)], Disable),
        (&[("n", old, strict), ("n", old, &own_port_only)], Strict),
        (&[("n", new, strict), ("n", old, "mtls: { mode: DISABLE }")], Disable),
        (&[("n", old, strict), ("n", new, "mtls: { mode: DISABLE }")], Strict),
        (&[("n", new, &own_strict), ("n", old, &own_permissive)], Permissive),
        (&[("n", old, &other)], Permissive),
        (&[("istio-system", old, &own_strict)], Permissive),
        (&[("n", old, "selector: { matchLabels: {} }, mtls: { mode: STRICT }")], Strict),
    ];
    for (policies, expected) in table {
        let manifests = peers(policies);
        let found = peer_mode(&manifests, &manifests.workloads[0], 8080);
        assert_eq!(found.mode, expected, "{policies:?}: {found:?}");
    }
}

fn ask(policies: &[&str], request: &Request, ztunnel: bool) -> Outcome {
    let mut text = "apiVersion: v1\nkind: Pod\nmetadata: { name: p, namespace: n, labels: { app: a } }\nspec: { containers: [{ name: c }] }\n".to_owned();
    for (at, spec) in policies.iter().enumerate() {
        let (annotations, spec) = match spec.strip_prefix("dry ") {
            Some(spec) => ("istio.io/dry-run: 'true'", spec),
            None => ("", *spec),
        };
        let (namespace, spec) = match spec.strip_prefix("root ") {
            Some(spec) => ("istio-system", spec),
            None => ("n", spec),
        };
        text += &format!(
            "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{ name: p{at}, namespace: {namespace}, annotations: {{ {annotations} }} }}\nspec: {{ {spec} }}\n"
        );
    }
    let manifests = Manifests::from_text("x", &text);
    assert!(manifests.is_sound(), "{:?}", manifests.findings);
    let workload = &manifests.workloads[0];
    decide(&manifests, if ztunnel { Scope::Ztunnel(workload) } else { Scope::Sidecar(workload) }, request).outcome
}

fn get(path: &str) -> Request {
    let is = |text: &str| Fact::Is(text.to_owned());
    Request {
        principal: is("cluster.local/ns/shop/sa/web"),
        source_ip: Fact::Is("10.0.0.7".parse().unwrap()),
        remote_ip: Fact::Is("203.0.113.9".parse().unwrap()),
        port: 8080,
        sni: Fact::Absent,
        http: Some(Http {
            method: is("GET"),
            path: is(path),
            host: is("Customers.shop"),
            headers: vec![("x-token".to_owned(), is("abc"))],
            headers_complete: true,
            request_principal: is("https://issuer/me"),
            claims: vec![("groups".to_owned(), vec!["a".to_owned(), "admin".to_owned()])],
            claims_complete: true,
        }),
    }
}

const FROM: &str = "rules: [{ from: [{ source:";

#[test]
fn authorization_of_a_known_request() {
    use Outcome::{Allowed, Denied, Depends};
    let from = |source: &str| format!("{FROM} {{ {source} }} }}] }}]");
    let to = |operation: &str| format!("rules: [{{ to: [{{ operation: {{ {operation} }} }}] }}]");
    let when = |condition: &str| format!("rules: [{{ when: [{{ {condition} }}] }}]");
    let yes = [
        from("principals: [cluster.local/ns/shop/sa/web]"),
        from("principals: ['*']"),
        from("principals: ['*/sa/web']"),
        from("principals: [cluster.local/ns/shop/*]"),
        from("notPrincipals: [cluster.local/ns/shop/sa/other]"),
        from("namespaces: [shop]"),
        from("namespaces: ['sh*']"),
        from("notNamespaces: [other]"),
        from("serviceAccounts: [shop/web]"),
        from("ipBlocks: [10.0.0.0/8]"),
        from("ipBlocks: [10.0.0.7]"),
        from("notIpBlocks: [10.1.0.0/16]"),
        from("remoteIpBlocks: [203.0.113.0/24]"),
        from("requestPrincipals: ['https://issuer/*']"),
        to("hosts: [customers.SHOP]"),
        to("hosts: ['*.shop']"),
        to("methods: [POST, GET]"),
        to("methods: ['*']"),
        to("notMethods: [DELETE]"),
        to("paths: ['/a/*']"),
        to("paths: ['*/b']"),
        to("paths: ['/{*}/b']"),
        to("notPaths: [/a]"),
        to("ports: ['8080']"),
        to("notPorts: ['80']"),
        to("ports: ['8080'], methods: [GET]"),
        when("key: 'request.headers[X-Token]', values: [abc]"),
        when("key: 'request.headers[x-none]', notValues: ['*']"),
        when("key: source.ip, values: [10.0.0.0/24]"),
        when("key: source.namespace, values: [shop]"),
        when("key: source.principal, notValues: [x]"),
        when("key: destination.port, values: ['8080', '9090']"),
        when("key: 'request.auth.claims[groups]', values: [admin]"),
        when("key: request.auth.principal, values: ['https://issuer/me']"),
        "rules: [{}]".to_owned(),
        "rules: [{}], action: ALLOW, selector: { matchLabels: { app: a } }".to_owned(),
    ];
    let no = [
        from("principals: [cluster.local/ns/shop/sa/we]"),
        from("principals: [spiffe://cluster.local/ns/shop/sa/web]"),
        from("principals: ['*'], notPrincipals: ['*/sa/web']"),
        from("notPrincipals: ['*']"),
        from("namespaces: [sho]"),
        from("serviceAccounts: [web]"),
        from("ipBlocks: [11.0.0.0/8]"),
        from("requestPrincipals: [issuer]"),
        to("hosts: [shop]"),
        to("methods: [get]"),
        to("paths: ['/b/*']"),
        to("paths: [/a]"),
        to("ports: ['80']"),
        to("notPorts: ['8080']"),
        to("ports: ['8080'], methods: [PUT]"),
        when("key: 'request.headers[x-none]', values: ['*']"),
        when("key: source.namespace, notValues: [shop]"),
        when("key: 'request.auth.claims[groups]', values: [root]"),
        when("key: connection.sni, values: ['*']"),
    ];
    for (rules, matches) in yes.iter().map(|r| (r, true)).chain(no.iter().map(|r| (r, false))) {
        let allow = ask(&[rules], &get("/a/b?x=1"), false);
        assert_eq!(allow, if matches { Allowed } else { Denied }, "ALLOW {rules}");
        let deny = ask(&[&format!("action: DENY, {}", rules.replace("action: ALLOW, ", ""))], &get("/a/b?x=1"), false);
        assert_eq!(deny, if matches { Denied } else { Allowed }, "DENY {rules}");
    }
    let table: [(&[&str], Outcome); 10] = [
        (&[], Allowed),
        (&[""], Denied),
        (&["action: DENY"], Allowed),
        (&["rules: [{}]", "action: DENY, rules: [{}]"], Denied),
        (&["", "rules: [{}]"], Allowed),
        (&["dry "], Allowed),
        (&["action: AUDIT, rules: [{}]"], Allowed),
        (&["action: CUSTOM, provider: { name: x }, rules: [{}]"], Depends),
        (&["selector: { matchLabels: { app: b } }"], Allowed),
        (&["root "], Denied),
    ];
    for (policies, expected) in table {
        assert_eq!(ask(policies, &get("/"), false), expected, "{policies:?}");
    }
}

#[test]
fn header_of_several_lines_matches_by_one_of_them() {
    let lines = |values: &[&str]| {
        let mut request = get("/");
        if let Some(http) = &mut request.http {
            http.headers = values.iter().map(|v| ("x-role".to_owned(), Fact::Is((*v).to_owned()))).collect();
        }
        request
    };
    let deny =
        |values: &str| format!("action: DENY, rules: [{{ when: [{{ key: 'request.headers[X-Role]', {values} }}] }}]");
    for (found, values, expected) in [
        (&["user", "admin"][..], "values: [admin]", Outcome::Denied),
        (&["user,admin"][..], "values: [admin]", Outcome::Allowed),
        (&["user", "admin"][..], "notValues: [user]", Outcome::Allowed),
        (&[""][..], "values: ['*']", Outcome::Denied),
        (&[][..], "values: ['*']", Outcome::Allowed),
    ] {
        assert_eq!(ask(&[&deny(values)], &lines(found), false), expected, "{found:?} {values}");
    }
}

#[test]
fn audience_and_presenter_are_claims() {
    let mut request = get("/");
    if let Some(http) = &mut request.http {
        http.claims = vec![
            ("aud".to_owned(), vec!["web".to_owned(), "api".to_owned()]),
            ("realm.role".to_owned(), vec!["dev".to_owned()]),
        ];
    }
    for (condition, expected) in [
        ("key: request.auth.audiences, values: [api]", Outcome::Allowed),
        ("key: request.auth.audiences, values: [other]", Outcome::Denied),
        ("key: request.auth.presenter, values: ['*']", Outcome::Denied),
        ("key: request.auth.presenter, notValues: [cli]", Outcome::Allowed),
        ("key: 'request.auth.claims[realm][role]', values: [dev]", Outcome::Allowed),
    ] {
        assert_eq!(
            ask(&[&format!("rules: [{{ when: [{{ {condition} }}] }}]")], &request, false),
            expected,
            "{condition}"
        );
    }
}

#[test]
fn plaintext_has_no_principal() {
    let request = Request { principal: Fact::Absent, ..get("/") };
    for (rules, expected) in [
        ("principals: ['*']", Outcome::Denied),
        ("notPrincipals: ['*']", Outcome::Allowed),
        ("notPrincipals: [x]", Outcome::Allowed),
        ("namespaces: ['*']", Outcome::Denied),
        ("notNamespaces: [x]", Outcome::Allowed),
    ] {
        assert_eq!(ask(&[&format!("{FROM} {{ {rules} }} }}] }}]")], &request, false), expected, "{rules}");
    }
}

#[test]
fn without_http_allow_rules_with_http_fields_vanish_and_deny_rules_widen() {
    let tcp = Request { http: None, ..get("/") };
    let principal = "from: [{ source: { principals: [cluster.local/ns/shop/sa/web] } }]";
    let path = "to: [{ operation: { paths: ['/*'] } }]";
    let table = [
        (format!("rules: [{{ {principal} }}]"), Outcome::Allowed),
        (format!("rules: [{{ {principal}, {path} }}]"), Outcome::Denied),
        (format!("rules: [{{ {principal}, {path} }}, {{ {principal} }}]"), Outcome::Allowed),
        ("rules: [{ when: [{ key: 'request.headers[x]', values: [y] }] }]".to_owned(), Outcome::Denied),
        ("action: DENY, rules: [{ to: [{ operation: { paths: [/never] } }] }]".to_owned(), Outcome::Denied),
        ("action: DENY, rules: [{ to: [{ operation: { paths: [/x], ports: ['1'] } }] }]".to_owned(), Outcome::Allowed),
        ("action: DENY, rules: [{ from: [{ source: { namespaces: [other] } }], to: [{ operation: { paths: [/x] } }] }]".to_owned(), Outcome::Allowed),
    ];
    for (rules, expected) in &table {
        assert_eq!(ask(&[rules], &tcp, false), *expected, "{rules}");
        // ztunnel skips an entry in which nothing is left: the rule does not deny.
        let is_void = rules == "action: DENY, rules: [{ to: [{ operation: { paths: [/never] } }] }]";
        assert_eq!(ask(&[rules], &tcp, true), if is_void { Outcome::Allowed } else { *expected }, "{rules}");
    }
    assert_eq!(ask(&["action: CUSTOM, provider: { name: x }, rules: [{}]"], &tcp, true), Outcome::Allowed);
}

#[test]
fn ztunnel_compares_what_is_left_for_tcp() {
    use Outcome::{Allowed, Denied};
    let tcp = Request { http: None, ..get("/") };
    let from = |source: &str| format!("rules: [{{ from: [{{ source: {{ {source} }} }}] }}]");
    let when = |condition: &str| format!("rules: [{{ when: [{{ {condition} }}] }}]");
    let to = |operation: &str| format!("rules: [{{ to: [{{ operation: {{ {operation} }} }}] }}]");
    // What a DENY and what an ALLOW policy with the rule say.
    let table = [
        ("rules: [{}]".to_owned(), Denied, Allowed),
        ("rules: []".to_owned(), Allowed, Denied),
        (from("notRequestPrincipals: ['*']"), Allowed, Denied),
        (from("remoteIpBlocks: [203.0.113.0/24]"), Allowed, Denied),
        (from("principals: ['*/sa/web'], notRequestPrincipals: ['*']"), Denied, Denied),
        (from("principals: ['*/sa/we.']"), Allowed, Denied),
        (from("principals: ['*']"), Denied, Allowed),
        (from("notPrincipals: ['*']"), Allowed, Denied),
        (from("namespaces: ['*p']"), Denied, Allowed),
        (from("namespaces: ['*b']"), Allowed, Denied),
        (from("namespaces: ['s*p']"), Allowed, Denied),
        (from("serviceAccounts: [shop/web]"), Denied, Allowed),
        (from("serviceAccounts: [web]"), Allowed, Denied),
        (from("ipBlocks: [10.0.0.0/8]"), Denied, Allowed),
        (to("hosts: ['*'], ports: ['8080']"), Denied, Denied),
        (to("hosts: ['*']"), Allowed, Denied),
        (
            "rules: [{ to: [{ operation: { methods: [GET] } }, { operation: { ports: ['8080'] } }] }]".to_owned(),
            Denied,
            Denied,
        ),
        (
            "rules: [{ from: [{ source: { namespaces: [shop] } }], to: [{ operation: { methods: [GET] } }] }]"
                .to_owned(),
            Allowed,
            Denied,
        ),
        (when("key: 'request.headers[x-token]', values: [abc]"), Allowed, Denied),
        (when("key: source.serviceAccount, values: [shop/web]"), Allowed, Denied),
        (when("key: connection.sni, notValues: [x]"), Allowed, Denied),
        (when("key: remote.ip, values: [203.0.113.0/24]"), Allowed, Denied),
        (when("key: source.namespace, values: [shop]"), Denied, Allowed),
        (when("key: source.principal, notValues: [x]"), Denied, Allowed),
        (when("key: destination.port, values: ['8080']"), Denied, Allowed),
        (when("key: destination.ip, values: [10.9.9.9]"), Outcome::Depends, Outcome::Depends),
    ];
    for (rules, deny, allow) in table {
        assert_eq!(ask(&[&format!("action: DENY, {rules}")], &tcp, true), deny, "DENY {rules}");
        assert_eq!(ask(&[&rules], &tcp, true), allow, "ALLOW {rules}");
    }
    for empty in ["selector: {}", "selector: { matchLabels: {} }"] {
        assert_eq!(ask(&[&format!("{empty}, action: DENY, rules: [{{}}]")], &tcp, true), Allowed, "{empty}");
        assert_eq!(ask(&[&format!("{empty}, action: DENY, rules: [{{}}]")], &tcp, false), Denied, "{empty}");
    }
}

#[test]
fn what_is_unknown_stays_open() {
    let unknown = Request { principal: Fact::Absent, port: 8080, http: Some(Http::default()), ..Request::default() };
    let table = [
        ("rules: [{ to: [{ operation: { paths: ['/*'] } }] }]", Outcome::Allowed),
        ("rules: [{ to: [{ operation: { paths: [/a] } }] }]", Outcome::Depends),
        ("rules: [{ to: [{ operation: { methods: [GET] } }] }]", Outcome::Depends),
        ("action: DENY, rules: [{ to: [{ operation: { paths: [/a] } }] }]", Outcome::Depends),
        ("action: DENY, rules: [{ to: [{ operation: { notPaths: ['/*'] } }] }]", Outcome::Allowed),
    ];
    for (rules, expected) in table {
        assert_eq!(ask(&[rules], &unknown, false), expected, "{rules}");
    }
}

#[test]
fn trust_domain_and_its_aliases_stand_for_each_other() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: istio, namespace: istio-system }\ndata: { mesh: \"trustDomain: new\\ntrustDomainAliases: [old]\" }\n---\napiVersion: v1\nkind: Pod\nmetadata: { name: p, namespace: n }\nspec: { containers: [{ name: c }] }\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: a, namespace: n }\nspec: { rules: [{ from: [{ source: { principals: [PATTERN] } }] }] }\n";
    for (pattern, principal, expected) in [
        ("cluster.local/ns/a/sa/b", "new/ns/a/sa/b", Outcome::Allowed),
        ("old/ns/a/sa/b", "new/ns/a/sa/b", Outcome::Allowed),
        ("new/ns/a/sa/b", "old/ns/a/sa/b", Outcome::Allowed),
        ("foreign/ns/a/sa/b", "new/ns/a/sa/b", Outcome::Denied),
    ] {
        let manifests = Manifests::from_text("x", &text.replace("PATTERN", pattern));
        let request = Request { principal: Fact::Is(principal.to_owned()), ..get("/") };
        let found = decide(&manifests, Scope::Sidecar(&manifests.workloads[0]), &request).outcome;
        assert_eq!(found, expected, "{pattern} {principal}");
    }
}

#[test]
fn protocol_comes_from_app_protocol_then_from_the_name() {
    use Kind::{Http, Sniffed, Tcp};
    for (app, name, port, expected) in [
        (None, None, 80, Sniffed),
        (None, Some("http"), 80, Http),
        (None, Some("http-web"), 80, Http),
        (None, Some("HTTP2"), 80, Http),
        (None, Some("httpx"), 80, Sniffed),
        (None, Some("web"), 80, Sniffed),
        (None, Some("grpc-web-x"), 80, Http),
        (None, Some("tcp-db"), 80, Tcp),
        (None, Some("https"), 443, Tcp),
        (None, Some("tls"), 443, Tcp),
        (Some("http"), Some("tcp"), 80, Http),
        (Some("tcp"), Some("http"), 80, Tcp),
        (Some("kubernetes.io/h2c"), None, 80, Http),
        (Some("kubernetes.io/wss"), None, 80, Tcp),
        (None, None, 3306, Tcp),
        (None, Some("redis"), 6379, Tcp),
    ] {
        assert_eq!(of_service_port(app, name, port), expected, "{app:?} {name:?} {port}");
    }
}

#[test]
fn services_that_disagree_leave_both_open() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: { name: p, namespace: n, labels: { app: a } }\nspec: { containers: [{ name: c, ports: [{ containerPort: 8080, name: web }] }] }\n---\napiVersion: v1\nkind: Service\nmetadata: { name: one, namespace: n }\nspec: { selector: { app: a }, ports: [{ port: 80, targetPort: web, name: http }] }\n---\napiVersion: v1\nkind: Service\nmetadata: { name: two, namespace: n }\nspec: { selector: { app: a }, ports: [{ port: 81, targetPort: 8080, name: tcp }] }\n";
    let manifests = Manifests::from_text("x", text);
    let found = port_protocol(&manifests, &manifests.workloads[0], 8080);
    assert_eq!((found.kind, found.declared), (Kind::Sniffed, true));
    assert!(!port_protocol(&manifests, &manifests.workloads[0], 9090).declared);
}
