//! Policies that the API server refuses are findings and count as absent; what it takes is taken.

use meshveil_reach::Manifests;

fn object(kind: &str, spec: &str) -> String {
    let (version, name) = match kind {
        "NetworkPolicy" => ("networking.k8s.io/v1", "p"),
        "AdminNetworkPolicy" => ("policy.networking.k8s.io/v1alpha1", "p"),
        "BaselineAdminNetworkPolicy" => ("policy.networking.k8s.io/v1alpha1", "default"),
        "ClusterNetworkPolicy" => ("policy.networking.k8s.io/v1alpha2", "p"),
        "AuthorizationPolicy" | "PeerAuthentication" | "RequestAuthentication" => ("security.istio.io/v1", "p"),
        "WasmPlugin" | "TrafficExtension" => ("extensions.istio.io/v1alpha1", "p"),
        "EnvoyFilter" => ("networking.istio.io/v1alpha3", "p"),
        "Gateway" => ("gateway.networking.k8s.io/v1", "p"),
        _ => ("networking.istio.io/v1", "p"),
    };
    format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{ name: {name}, namespace: shop }}\nspec: {spec}\n")
}

/// How many locks the manifests hold.
fn locks(manifests: &Manifests) -> usize {
    manifests.network_policies.len()
        + manifests.admin_policies.len()
        + manifests.authorization_policies.len()
        + manifests.peer_authentications.len()
        + manifests.request_authentications.len()
        + manifests.extensions.len()
        + manifests.scripts.len()
        + manifests.envoy_filters.len()
        + manifests.sidecars.len()
        + manifests.gateways.len()
}

#[test]
fn what_the_api_server_refuses_is_absent() {
    let long = format!("{{ podSelector: {{ matchLabels: {{ app: {} }} }} }}", "a".repeat(64));
    let admin = |rest: &str| format!("{{ priority: 10, subject: {{ namespaces: {{}} }}, {rest} }}");
    let from = "from: [{ namespaces: {} }]";
    let wasm = |rest: &str| format!("{{ url: oci://example/x, {rest} }}");
    let rule = |rule: &str| format!("{{ rules: [{{ {rule} }}] }}");
    let table: Vec<(&str, String)> = vec![
        ("NetworkPolicy", "{ podSelector: { matchLabels: { app: y } } }".into()),
        ("NetworkPolicy", "{ podSelector: { matchLabels: { app: 1_0 } } }".into()),
        ("NetworkPolicy", "{ podSelector: { matchLabels: { app: 0x1F } } }".into()),
        ("NetworkPolicy", "{ podSelector: { matchLabels: { app: .5 } } }".into()),
        ("NetworkPolicy", "{ podSelector: { matchLabels: { app: \"a b\" } } }".into()),
        ("NetworkPolicy", "{ podSelector: { matchLabels: { app: -a } } }".into()),
        ("NetworkPolicy", "{ podSelector: { matchLabels: { \"a b\": c } } }".into()),
        ("NetworkPolicy", "{ podSelector: { matchLabels: { A/b: c } } }".into()),
        ("NetworkPolicy", long),
        ("NetworkPolicy", "{ podSelector: { matchExpressions: [{ key: app, operator: In, values: [\"a b\"] }] } }".into()),
        ("NetworkPolicy", "{ podSelector: { matchExpressions: [{ key: app, operator: in, values: [a] }] } }".into()),
        ("NetworkPolicy", "{ podSelector: { matchExpressions: [{ key: app, operator: In, values: [] }] } }".into()),
        ("NetworkPolicy", "{ podSelector: { matchExpressions: [{ key: \"\", operator: Exists }] } }".into()),
        ("NetworkPolicy", "{ podSelector: {}, policyTypes: [ingress] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, policyTypes: [Ingress, Egress, Ingress] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ ports: [{ port: 80, protocol: \"\" }] }] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ ports: [{ port: 80, protocol: tcp }] }] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ ports: [{ port: 0 }] }] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ ports: [{ port: 65536 }] }] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ ports: [{ port: Web }] }] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ ports: [{ port: 90, endPort: 80 }] }] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ ports: [{ port: web, endPort: 80 }] }] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ from: [{}] }] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0 } }] }] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.1/8 } }] }] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/08 } }] }] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: \"::ffff:10.0.0.0/104\" } }] }] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8, except: [11.0.0.0/16] } }] }] }".into()),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8 }, podSelector: {} }] }] }".into()),
        ("AdminNetworkPolicy", "{ priority: 1001, subject: { namespaces: {} } }".into()),
        ("AdminNetworkPolicy", "{ priority: -1, subject: { namespaces: {} } }".into()),
        ("AdminNetworkPolicy", "{ subject: { namespaces: {} } }".into()),
        ("AdminNetworkPolicy", "{ priority: 10, subject: {} }".into()),
        ("AdminNetworkPolicy", admin(&format!("ingress: [{{ action: Drop, {from} }}]"))),
        ("AdminNetworkPolicy", admin("ingress: [{ action: Deny, from: [] }]")),
        ("AdminNetworkPolicy", admin("ingress: [{ action: Deny, from: [{ namespaces: {}, pods: { namespaceSelector: {}, podSelector: {} } }] }]")),
        ("AdminNetworkPolicy", admin(&format!("ingress: [{{ action: Deny, {from}, ports: [{{ portNumber: {{ protocol: TCP, port: 0 }} }}] }}]"))),
        ("AdminNetworkPolicy", admin("egress: [{ action: Deny, to: [{ networks: [10.0.0.0] }] }]")),
        ("ClusterNetworkPolicy", "{ tier: Other, priority: 10, subject: { namespaces: {} } }".into()),
        ("ClusterNetworkPolicy", "{ priority: 10, subject: { namespaces: {} } }".into()),
        ("AuthorizationPolicy", "{ action: DENY }".into()),
        ("AuthorizationPolicy", "{ action: DENY, rules: [] }".into()),
        ("AuthorizationPolicy", "{ action: deny, rules: [{}] }".into()),
        ("AuthorizationPolicy", "{ action: CUSTOM, rules: [{}] }".into()),
        ("AuthorizationPolicy", "{ provider: { name: x }, rules: [{}] }".into()),
        ("AuthorizationPolicy", "{ selector: { matchLabels: { app: a } }, targetRefs: [{ kind: Service, group: \"\", name: a }], rules: [{}] }".into()),
        ("AuthorizationPolicy", "{ targetRefs: [{ kind: Service, group: \"\", name: a, namespace: b }], rules: [{}] }".into()),
        ("AuthorizationPolicy", "{ selector: { matchLabels: { app: \"a*\" } }, rules: [{}] }".into()),
        ("AuthorizationPolicy", rule("from: [{ source: {} }]")),
        ("AuthorizationPolicy", rule("from: [{}]")),
        ("AuthorizationPolicy", rule("from: [{ source: { principals: [\"\"] } }]")),
        ("AuthorizationPolicy", rule("from: [{ source: { ipBlocks: [10.0.0.0/33] } }]")),
        ("AuthorizationPolicy", rule("from: [{ source: { serviceAccounts: [a], namespaces: [b] } }]")),
        ("AuthorizationPolicy", rule("to: [{ operation: {} }]")),
        ("AuthorizationPolicy", rule("to: [{ operation: { ports: [\"http\"] } }]")),
        ("AuthorizationPolicy", rule("to: [{ operation: { ports: [\"65536\"] } }]")),
        ("AuthorizationPolicy", rule("to: [{ operation: { notPaths: [\"\"] } }]")),
        ("AuthorizationPolicy", rule("when: [{ key: source.ip }]")),
        ("AuthorizationPolicy", rule("when: [{ key: source.name, values: [a] }]")),
        ("AuthorizationPolicy", rule("when: [{ key: \"request.headers[]\", values: [a] }]")),
        ("AuthorizationPolicy", rule("when: [{ key: destination.port, values: [x] }]")),
        ("PeerAuthentication", "{ mtls: { mode: strict } }".into()),
        ("PeerAuthentication", "{ mtls: { mode: STRICT }, portLevelMtls: { 80: { mode: DISABLE } } }".into()),
        ("PeerAuthentication", "{ selector: { matchLabels: {} }, portLevelMtls: { 80: { mode: STRICT } } }".into()),
        ("PeerAuthentication", "{ selector: { matchLabels: { app: a } }, portLevelMtls: { 65536: { mode: STRICT } } }".into()),
        ("PeerAuthentication", "{ selector: { matchLabels: { app: a } }, portLevelMtls: {} }".into()),
        ("RequestAuthentication", "{ jwtRules: [{ issuer: a, jwks: x, jwksUri: \"https://a\" }] }".into()),
        ("RequestAuthentication", "{ jwtRules: [{ issuer: a, jwksUri: \"ftp://a\" }] }".into()),
        ("WasmPlugin", "{ sha256: x }".into()),
        ("WasmPlugin", "{ url: ftp://a/b }".into()),
        ("WasmPlugin", wasm("sha256: abc")),
        ("WasmPlugin", wasm("failStrategy: FAIL")),
        ("WasmPlugin", wasm("match: [{ ports: [{ number: 0 }] }]")),
        ("WasmPlugin", wasm("selector: { matchLabels: { a: b } }, targetRefs: [{ kind: Service, group: \"\", name: a }]")),
        ("TrafficExtension", "{ phase: AUTHN }".into()),
        ("TrafficExtension", "{ wasm: { url: oci://a/b }, lua: { inlineCode: x } }".into()),
        ("EnvoyFilter", "{ workloadSelector: { labels: { a: b } }, targetRefs: [{ kind: Gateway, group: gateway.networking.k8s.io, name: a }] }".into()),
        ("EnvoyFilter", "{ configPatches: [{ applyTo: HTTP_FILTRE, patch: { operation: REMOVE } }] }".into()),
        ("Sidecar", "{ ingress: [{ port: { number: 80, protocol: HTTP, name: http }, captureMode: OFF }] }".into()),
        ("Gateway", "{ gatewayClassName: istio-waypoint }".into()),
        ("Gateway", "{ gatewayClassName: istio-waypoint, listeners: [{ name: mesh, port: 65536, protocol: HBONE }] }".into()),
    ];
    for (kind, spec) in table {
        let text = object(kind, &spec);
        let manifests = Manifests::from_text("x.yaml", &text);
        assert!(!manifests.refused.is_empty(), "taken: {text}");
        assert_eq!(locks(&manifests), 0, "{text}");
    }
}

#[test]
fn what_it_takes_is_taken() {
    let table: Vec<(&str, &str)> = vec![
        ("NetworkPolicy", "{ podSelector: {} }"),
        ("NetworkPolicy", "{}"),
        ("NetworkPolicy", "{ podSelector: { matchLabels: { app: \"y\", b: \"\", example.com/c: A_b.c-1 } } }"),
        ("NetworkPolicy", "{ podSelector: {}, policyTypes: [] }"),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ from: [], ports: [] }] }"),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ ports: [{}] }] }"),
        (
            "NetworkPolicy",
            "{ podSelector: {}, ingress: [{ ports: [{ port: 80, endPort: 80 }, { port: http-1, protocol: SCTP }] }] }",
        ),
        (
            "NetworkPolicy",
            "{ podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: \"2001:db8::/32\", except: [\"2001:db8:1::/48\"] } }] }] }",
        ),
        ("NetworkPolicy", "{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 0.0.0.0/0 } }] }] }"),
        (
            "AdminNetworkPolicy",
            "{ priority: 1000, subject: { namespaces: {} }, ingress: [{ action: Pass, from: [{ pods: { namespaceSelector: {}, podSelector: {} } }], ports: [{ namedPort: web }] }] }",
        ),
        (
            "BaselineAdminNetworkPolicy",
            "{ subject: { pods: { namespaceSelector: {}, podSelector: {} } }, egress: [{ action: Deny, to: [{ networks: [10.0.0.0/8] }] }] }",
        ),
        (
            "ClusterNetworkPolicy",
            "{ tier: Baseline, priority: 0, subject: { namespaces: {} }, egress: [{ action: Accept, to: [{ domainNames: [\"*.example.com\"] }] }] }",
        ),
        ("AuthorizationPolicy", "{}"),
        ("AuthorizationPolicy", "{ rules: [] }"),
        ("AuthorizationPolicy", "{ action: DENY, rules: [{}] }"),
        ("AuthorizationPolicy", "{ action: AUDIT, rules: [{ from: [{ source: { notPrincipals: [\"*\"] } }] }] }"),
        (
            "AuthorizationPolicy",
            "{ action: CUSTOM, provider: { name: x }, rules: [{ to: [{ operation: { paths: [/a] } }] }] }",
        ),
        (
            "AuthorizationPolicy",
            "{ rules: [{ from: [{ source: { serviceAccounts: [a, b/c], remoteIpBlocks: [10.0.0.1, 10.0.0.0/8] } }], when: [{ key: \"request.headers[x]\", notValues: [a] }, { key: connection.sni, values: [a] }, { key: \"experimental.envoy.filters.x[y]\", values: [a] }] }] }",
        ),
        (
            "AuthorizationPolicy",
            "{ targetRefs: [{ kind: Gateway, group: gateway.networking.k8s.io, name: a }], rules: [{ to: [{ operation: { ports: [\"80\"], methods: [GET] } }] }] }",
        ),
        ("PeerAuthentication", "{}"),
        ("PeerAuthentication", "{ mtls: {} }"),
        ("PeerAuthentication", "{ selector: { matchLabels: { app: a } }, portLevelMtls: { 8080: { mode: DISABLE } } }"),
        (
            "RequestAuthentication",
            "{ jwtRules: [{ issuer: a, jwksUri: \"https://a/keys\", forwardOriginalToken: true }] }",
        ),
        (
            "WasmPlugin",
            "{ url: registry.example/a:1, match: [{ mode: SERVER, ports: [{ number: 80 }] }], priority: 10, phase: AUTHN, pluginConfig: { a: [1, 2] } }",
        ),
        (
            "WasmPlugin",
            "{ url: \"https://example/a.wasm\", sha256: 1ef0c9a92b0420cf25f7fe5d481b231464bc88f486ca3b9c83ed5cc21d2f6210 }",
        ),
        (
            "WasmPlugin",
            "{ url: file:///a.wasm, vmConfig: { env: [{ name: A, valueFrom: HOST }, { name: B, value: c }] } }",
        ),
        ("TrafficExtension", "{ phase: AUTHN, wasm: { url: oci://a/b } }"),
        (
            "EnvoyFilter",
            "{ configPatches: [{ applyTo: HTTP_FILTER, match: { context: SIDECAR_INBOUND, listener: { filterChain: { filter: { name: a, subFilter: { name: b } } } } }, patch: { operation: INSERT_BEFORE, value: { name: c } } }] }",
        ),
        (
            "EnvoyFilter",
            "{ configPatches: [{ applyTo: HTTP_FILTER, match: { context: WAYPOINT }, patch: { operation: REMOVE } }] }",
        ),
        ("Sidecar", "{ egress: [{ hosts: [\"./*\"] }] }"),
        (
            "Sidecar",
            "{ ingress: [{ port: { number: 80, protocol: HTTP, name: http }, defaultEndpoint: 127.0.0.1:80 }] }",
        ),
        ("Gateway", "{ gatewayClassName: istio-waypoint, listeners: [{ name: mesh, port: 15008, protocol: HBONE }] }"),
        (
            "Gateway",
            "{ gatewayClassName: a, listeners: [{ name: a, port: 443, protocol: HTTPS, hostname: a.example, tls: { certificateRefs: [{ name: b }] }, allowedRoutes: { namespaces: { from: All } } }] }",
        ),
    ];
    for (kind, spec) in table {
        let text = object(kind, spec);
        let manifests = Manifests::from_text("x.yaml", &text);
        assert!(manifests.refused.is_empty(), "{text}\n{:#?}", manifests.refused);
        assert!(manifests.is_sound(), "{text}\n{:#?}", manifests.findings);
        assert_eq!(locks(&manifests), 1, "{text}");
    }
}
