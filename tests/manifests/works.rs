//! What an application needs is let through by what is generated, and no more: rules of single objects.

use meshveil_generate::{Settings, Target, Version};
use meshveil_policy::Policies;
use serde_json::{Value, json};

use crate::documents::objects;

/// What a policy with these members of `spec` gives, and the notes about it.
fn generated(target: Target, url: &str, members: &str) -> (Vec<Value>, Vec<String>) {
    let text = format!(
        "apiVersion: meshveil.dev/v1alpha1
kind: MaskingPolicy
metadata: {{ name: customers, namespace: shop }}
spec:
  fields: [{{ name: ssn, paths: [\"$..ssn\"], mask: redact }}]
  callers: [{{ name: web, serviceAccount: shop/web, pods: {{ app: web }} }}]
  others: deny
{members}"
    );
    let policies = Policies::from_texts([("policy.yaml", text)]);
    assert!(policies.is_sound(), "{:#?}", policies.findings);
    let settings = Settings {
        target,
        istio: Version::new(1, 29),
        envoy: Version::new(1, 40),
        url: url.to_owned(),
        sha256: None,
        environments: Vec::new(),
    };
    let generated = meshveil_generate::generate(&policies.policies, &settings).unwrap();
    let files = generated.files.iter().filter(|file| !file.path.ends_with("kustomization.yaml"));
    let objects = files.flat_map(|file| objects(&file.path, &file.text)).map(|object| object.value);
    (objects.collect(), generated.notes)
}

const URL: &str = "oci://registry.example.com/meshveil:1";
const WORKLOAD: &str =
    "  workload: { selector: { app: customers }, serviceAccount: customers, ports: [{ port: 8080, name: http }]";

/// The members, with more in `workload`.
fn workload(more: &str) -> String {
    format!("{WORKLOAD}{more} }}\n")
}

fn find<'v>(objects: &'v [Value], kind: &str, name: &str) -> &'v Value {
    let is_it = |object: &&Value| object["kind"] == kind && object["metadata"]["name"] == name;
    objects.iter().find(is_it).unwrap_or_else(|| panic!("no {kind} {name}"))
}

/// Whether some rule of a NetworkPolicy has this peer, or one that holds these members, with this port.
fn lets(policy: &Value, direction: &str, peer: &Value, port: (u16, &str)) -> bool {
    let key = if direction == "egress" { "to" } else { "from" };
    let rules = policy["spec"][direction].as_array().unwrap();
    rules.iter().any(|rule| {
        let peers = rule[key].as_array().unwrap();
        let ports = rule["ports"].as_array();
        peers.iter().any(|found| found == peer)
            && ports.is_none_or(|ports| ports.contains(&json!({ "port": port.0, "protocol": port.1 })))
    })
}

fn pods(namespace: &str, labels: Value) -> Value {
    let labels = if labels.as_object().unwrap().is_empty() { json!({}) } else { json!({ "matchLabels": labels }) };
    json!({ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": namespace } }, "podSelector": labels })
}

fn block(cidr: &str) -> Value {
    json!({ "ipBlock": { "cidr": cidr } })
}

/// The policy for what leaves the pod in which the proxy runs.
fn egress_of_proxy(target: Target) -> &'static str {
    if target == Target::IstioAmbient { "customers-waypoint-egress" } else { "customers-egress" }
}

#[test]
fn names_are_looked_up_where_the_platform_has_them() {
    for (platform, namespace, port, on_node) in [
        ("kubernetes", "kube-system", 53, vec!["169.254.20.10/32"]),
        ("kind", "kube-system", 53, vec!["169.254.20.10/32"]),
        ("eks", "kube-system", 53, vec!["169.254.20.10/32"]),
        ("gke", "kube-system", 53, vec!["169.254.20.10/32", "169.254.169.254/32"]),
        ("aks", "kube-system", 53, vec!["169.254.20.10/32", "169.254.10.10/31"]),
        ("openshift", "openshift-dns", 5353, vec!["169.254.20.10/32"]),
    ] {
        for target in [Target::IstioSidecar, Target::IstioAmbient, Target::EnvoyGateway] {
            let members = workload("") + &format!("  cluster: {{ platform: {platform} }}\n");
            let (objects, _) = generated(target, URL, &members);
            let policy = find(&objects, "NetworkPolicy", "customers-egress");
            for protocol in ["UDP", "TCP"] {
                assert!(lets(policy, "egress", &pods(namespace, json!({})), (port, protocol)), "{platform}");
                for cidr in &on_node {
                    assert!(lets(policy, "egress", &block(cidr), (53, protocol)), "{platform} {cidr}");
                }
            }
        }
    }
}

#[test]
fn the_policy_says_where_the_parts_of_the_mesh_are() {
    let members = workload("")
        + "  cluster:
    dns: [{ namespace: dns, pods: { app: dns }, ports: [1053] }, { cidr: 10.96.0.10/32 }]
    istiod: { namespace: mesh-control, pods: { app: istiod } }
    registry: [{ cidr: 203.0.113.7/32 }, { namespace: registry, pods: { app: mirror }, ports: [5000] }]
";
    for target in [Target::IstioSidecar, Target::IstioAmbient] {
        let (objects, notes) = generated(target, URL, &members);
        let policy = find(&objects, "NetworkPolicy", egress_of_proxy(target));
        for (peer, port) in [
            (pods("dns", json!({ "app": "dns" })), (1053, "UDP")),
            (block("10.96.0.10/32"), (53, "TCP")),
            (pods("mesh-control", json!({ "app": "istiod" })), (15012, "TCP")),
            (block("203.0.113.7/32"), (443, "TCP")),
            (pods("registry", json!({ "app": "mirror" })), (5000, "TCP")),
        ] {
            assert!(lets(policy, "egress", &peer, port), "{target:?} {peer} {port:?}");
        }
        assert!(!policy.to_string().contains("istio-system") && !policy.to_string().contains("kube-system"));
        assert!(!notes.iter().any(|note| note.contains("registry")), "{notes:?}");
    }
}

#[test]
fn the_module_can_be_fetched_or_a_note_says_that_it_cannot() {
    for target in [Target::IstioSidecar, Target::IstioAmbient] {
        let (_, notes) = generated(target, URL, &workload(""));
        assert!(notes.iter().any(|note| note.contains("registry.example.com")), "{notes:?}");
        let (objects, notes) = generated(target, "oci://10.1.2.3:5000/meshveil:1", &workload(""));
        let policy = find(&objects, "NetworkPolicy", egress_of_proxy(target));
        assert!(lets(policy, "egress", &block("10.1.2.3/32"), (5000, "TCP")));
        assert!(!notes.iter().any(|note| note.contains("10.1.2.3")), "{notes:?}");
    }
}

#[test]
fn stores_are_reached_in_tunnels_by_their_own_pods_and_by_listed_clients() {
    let members = workload("")
        + "  stores:
    - name: db
      pods: { app: db }
      ports: [5432]
      peers: [{ port: 8008 }, { port: 7946, protocol: UDP }]
      clients: [{ name: operator, namespace: operators, pods: { app: operator } }, { name: exporter, namespace: monitoring, ports: [9187] }]
";
    for (target, tunnel) in [(Target::IstioSidecar, false), (Target::IstioAmbient, true), (Target::EnvoyGateway, false)]
    {
        let (objects, _) = generated(target, URL, &members);
        let policy = find(&objects, "NetworkPolicy", "customers-store-db");
        let own = pods("shop", json!({ "app": "db" }));
        let customers = pods("shop", json!({ "app": "customers" }));
        assert!(lets(policy, "ingress", &customers, (5432, "TCP")));
        assert_eq!(lets(policy, "ingress", &customers, (15008, "TCP")), tunnel, "{target:?}");
        assert!(lets(policy, "ingress", &own, (8008, "TCP")) && lets(policy, "ingress", &own, (7946, "UDP")));
        assert!(!lets(policy, "ingress", &own, (5432, "TCP")));
        assert!(lets(policy, "ingress", &pods("operators", json!({ "app": "operator" })), (5432, "TCP")));
        let exporter = pods("monitoring", json!({}));
        assert!(
            lets(policy, "ingress", &exporter, (9187, "TCP")) && !lets(policy, "ingress", &exporter, (5432, "TCP"))
        );
    }
}

#[test]
fn replicas_talk_to_each_other_on_their_own_ports_only() {
    let members = workload(", peers: [{ port: 7800 }, { port: 7801, protocol: UDP }]");
    for target in [Target::IstioSidecar, Target::IstioAmbient] {
        let (objects, _) = generated(target, URL, &members);
        let own = pods("shop", json!({ "app": "customers" }));
        let inbound = find(&objects, "NetworkPolicy", "customers-peers");
        let outbound = find(&objects, "NetworkPolicy", "customers-egress");
        for port in [(7800, "TCP"), (7801, "UDP")] {
            assert!(lets(inbound, "ingress", &own, port) && lets(outbound, "egress", &own, port), "{port:?}");
        }
        assert!(!lets(inbound, "ingress", &own, (8080, "TCP")));
        let allow = &find(&objects, "AuthorizationPolicy", "customers-peers")["spec"];
        assert_eq!(allow["rules"][0]["to"], json!([{ "operation": { "ports": ["7800"] } }]));
        let principals = json!([{ "source": { "principals": ["cluster.local/ns/shop/sa/customers"] } }]);
        assert_eq!(allow["rules"][0]["from"], principals);
    }
}

#[test]
fn sidecars_that_take_tunnels_get_connections_at_their_port() {
    let members = workload("") + "  egress: [{ name: other, pods: { app: other }, ports: [80] }]\n";
    for (cluster, tunnel) in [("", false), ("  cluster: { hbone: on }\n", true)] {
        let (objects, _) = generated(Target::IstioSidecar, URL, &(members.clone() + cluster));
        let inbound = find(&objects, "NetworkPolicy", "customers-callers");
        let outbound = find(&objects, "NetworkPolicy", "customers-egress");
        assert_eq!(lets(inbound, "ingress", &pods("shop", json!({ "app": "web" })), (15008, "TCP")), tunnel);
        assert_eq!(lets(outbound, "egress", &pods("shop", json!({ "app": "other" })), (15008, "TCP")), tunnel);
    }
}

#[test]
fn probes_of_ambient_mode_come_from_the_node_on_any_port_and_in_both_families() {
    let (objects, _) = generated(Target::IstioAmbient, URL, &workload(""));
    let policy = find(&objects, "NetworkPolicy", "customers-callers");
    let rule = &policy["spec"]["ingress"][1];
    let from = json!([block("169.254.7.127/32"), block("fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128")]);
    assert_eq!(*rule, json!({ "from": from }));
}

#[test]
fn who_passes_connections_on_opens_the_network_and_nothing_else() {
    let members = workload("")
        + "  passthrough: [{ name: east-west, namespace: istio-system, pods: { istio: eastwestgateway } }]\n";
    let gateway = pods("istio-system", json!({ "istio": "eastwestgateway" }));
    for (target, name, port) in
        [(Target::IstioSidecar, "customers-callers", 8080), (Target::IstioAmbient, "customers-waypoint-callers", 15008)]
    {
        let (objects, _) = generated(target, URL, &members);
        assert!(lets(find(&objects, "NetworkPolicy", name), "ingress", &gateway, (port, "TCP")));
        let named = objects.iter().filter(|object| object.to_string().contains("eastwestgateway"));
        assert!(named.into_iter().all(|object| object["kind"] == "NetworkPolicy"));
    }
}

#[test]
fn only_the_proxies_of_its_own_gateway_come_in_and_the_route_leads_to_the_service() {
    let members = workload(", service: { name: api, port: 80 }") + "  cluster: { envoyGateway: gateways }\n";
    let (objects, _) = generated(Target::EnvoyGateway, URL, &members);
    let peer = &find(&objects, "NetworkPolicy", "customers-callers")["spec"]["ingress"][0]["from"][0];
    assert_eq!(peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"], "gateways");
    let labels = &peer["podSelector"]["matchLabels"];
    assert_eq!(labels["gateway.envoyproxy.io/owning-gateway-name"], "customers");
    assert_eq!(labels["gateway.envoyproxy.io/owning-gateway-namespace"], "shop");
    let backend = &find(&objects, "HTTPRoute", "customers")["spec"]["rules"][0]["backendRefs"][0];
    assert_eq!((&backend["name"], &backend["port"]), (&json!("api"), &json!(80)));
}

#[test]
fn routes_retry_as_istios_own_do_unless_they_are_grpc() {
    let routes = "  routes: [{ name: export, match: { prefix: /export } }]\n";
    for (name, retries) in [("http", true), ("http-api", true), ("grpc", false), ("grpc-web", false)] {
        let members = workload("").replace("name: http", &format!("name: {name}")) + routes;
        let (objects, _) = generated(Target::IstioSidecar, URL, &members);
        let route =
            &find(&objects, "EnvoyFilter", "customers-routes")["spec"]["configPatches"][0]["patch"]["value"]["route"];
        let policy = json!({ "retry_on": "reset-before-request", "num_retries": 2 });
        assert_eq!(route.get("retry_policy"), retries.then_some(&policy), "{name}");
    }
}

#[test]
fn the_key_arrives_at_waypoints_and_at_envoy_gateway() {
    let members = workload("") + "  key: { env: MESHVEIL_KEY }\n";
    let (objects, _) = generated(Target::IstioAmbient, URL, &members);
    let gateway = &find(&objects, "Gateway", "customers-waypoint")["spec"]["infrastructure"]["parametersRef"];
    assert_eq!(*gateway, json!({ "group": "", "kind": "ConfigMap", "name": "customers-waypoint" }));
    let patch = find(&objects, "ConfigMap", "customers-waypoint")["data"]["deployment"].as_str().unwrap().to_owned();
    let patch = &crate::documents::objects("patch", &patch)[0].value;
    let variable =
        json!({ "name": "MESHVEIL_KEY", "valueFrom": { "secretKeyRef": { "name": "customers-key", "key": "key" } } });
    assert_eq!(patch["spec"]["template"]["spec"]["containers"], json!([{ "name": "istio-proxy", "env": [variable] }]));
    let (objects, _) = generated(Target::EnvoyGateway, URL, &members);
    let proxy = &find(&objects, "EnvoyProxy", "customers")["spec"]["provider"]["kubernetes"]["envoyDeployment"];
    assert_eq!(proxy["container"]["env"], json!([variable]));
    // Without a key nothing of it is there.
    for target in [Target::IstioAmbient, Target::EnvoyGateway] {
        let (objects, _) = generated(target, URL, &workload(""));
        assert!(!objects.iter().any(|object| object.to_string().contains("parametersRef")));
    }
}

#[test]
fn locks_come_before_the_filter_and_the_filter_before_routes() {
    let routes = "  routes: [{ name: export, match: { prefix: /export } }]\n";
    for target in [Target::IstioSidecar, Target::IstioAmbient, Target::EnvoyGateway] {
        let (objects, _) = generated(target, URL, &(workload("") + routes));
        for object in objects {
            let metadata = &object["metadata"];
            let component = metadata["labels"]["app.kubernetes.io/component"].as_str().unwrap();
            let wave = match component {
                "filter" => "-2",
                "routes" | "route" => "-1",
                _ => "-3",
            };
            assert_eq!(metadata["annotations"]["argocd.argoproj.io/sync-wave"], wave, "{object}");
            let masks =
                matches!(object["kind"].as_str(), Some("WasmPlugin" | "TrafficExtension" | "EnvoyExtensionPolicy"));
            assert!(!masks || component == "filter");
        }
    }
}
