//! Dumps of proxies that Istio configures, written as istiod and Envoy write them, and clusters beside their manifests.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use meshveil_policy::{Policies, Policy};
use meshveil_text::{Documents, FileId, codes::PROXY_POLICY};
use meshveil_verify::{Options, Proxy, Verification, drift::drift, exposes, verify};
use serde_json::{Value, json};

fn policies() -> Vec<Policy> {
    let policies = Policies::from_texts([("policy.yaml", PROXY_POLICY)]);
    assert!(policies.is_sound(), "{:#?}", policies.findings);
    policies.policies
}

fn said(dump: &Value) -> Verification {
    let documents = Documents::parse([("dump.json", format!("{dump:#}"))]);
    assert!(documents.is_sound(), "{:#?}", documents.findings);
    verify(&Proxy::read(FileId(0), &documents.nodes), &policies(), &Options::default())
}

fn codes(found: &Verification) -> (Vec<&'static str>, bool) {
    (found.findings.iter().map(|finding| finding.code.id).collect(), found.findings.iter().any(exposes))
}

fn url(kind: &str) -> String {
    format!("type.googleapis.com/{kind}")
}

const NAME: &str = "extenstions.istio.io/wasmplugin/shop.customers";

fn extension() -> Value {
    let plan = serde_json::to_string(&policies()[0].plan()).unwrap();
    json!({
        "@type": url("envoy.config.core.v3.TypedExtensionConfig"),
        "name": NAME,
        "typed_config": {
            "@type": url("envoy.extensions.filters.http.wasm.v3.Wasm"),
            "config": {
                "name": NAME,
                "root_id": "",
                "failure_policy": "FAIL_RELOAD",
                "vm_config": {
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": { "local": { "filename": "/var/lib/istio/data/0af1/module.wasm" } },
                    "environment_variables": { "host_env_keys": ["MESHVEIL_KEY"] },
                },
                "configuration": { "@type": url("google.protobuf.StringValue"), "value": plan },
            },
        },
    })
}

fn http_filters() -> Value {
    json!([
        { "name": "istio.metadata_exchange", "typed_config": { "@type": url("udpa.type.v1.TypedStruct"), "type_url": url("io.istio.http.peer_metadata.Config"), "value": {} } },
        { "name": "envoy.filters.http.rbac", "typed_config": { "@type": url("envoy.extensions.filters.http.rbac.v3.RBAC"), "rules": { "action": "DENY" } } },
        { "name": NAME, "config_discovery": { "config_source": { "ads": {} }, "type_urls": [url("envoy.extensions.filters.http.wasm.v3.Wasm")] } },
        { "name": "istio.stats", "typed_config": { "@type": url("udpa.type.v1.TypedStruct"), "type_url": url("stats.PluginConfig"), "value": {} } },
        { "name": "meshveil.guard", "typed_config": { "@type": url("envoy.extensions.filters.http.rbac.v3.RBAC"), "rules": {
            "action": "ALLOW",
            "policies": { "seen": { "permissions": [{ "any": true }], "principals": [{ "filter_state": { "key": "wasm.meshveil.filter", "string_match": { "exact": "shop/customers" } } }] } },
        } } },
        { "name": "envoy.filters.http.router", "typed_config": { "@type": url("envoy.extensions.filters.http.router.v3.Router") } },
    ])
}

fn manager(cluster: &str, http_filters: &Value) -> Value {
    json!({
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            "@type": url("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
            "route_config": {
                "name": cluster,
                "virtual_hosts": [{ "name": "inbound|http|80", "domains": ["*"], "routes": [
                    { "name": "default", "match": { "prefix": "/" }, "route": { "cluster": cluster } },
                ] }],
            },
            "http_filters": http_filters,
        },
    })
}

fn tls() -> Value {
    json!({ "name": "envoy.transport_sockets.tls", "typed_config": { "@type": url("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"), "require_client_certificate": true } })
}

fn tcp(cluster: &str) -> Value {
    json!({ "name": "envoy.filters.network.tcp_proxy", "typed_config": { "@type": url("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"), "stat_prefix": cluster, "cluster": cluster } })
}

/// A sidecar of the workload, which serves port 8080 and an undeclared one, and asks `orders` on port 8080.
fn sidecar() -> Value {
    let cluster = |name: &str, kind: &str| json!({ "cluster": { "name": name, "type": kind } });
    json!({ "configs": [
        { "@type": url("envoy.admin.v3.BootstrapConfigDump"), "bootstrap": {
            "node": {
                "id": "sidecar~10.1.2.3~customers-5d9c.shop~shop.svc.cluster.local",
                "metadata": { "NAMESPACE": "shop", "LABELS": { "app": "customers", "pod-template-hash": "5d9c" } },
                "user_agent_build_version": { "version": { "major_number": 1, "minor_number": 38, "patch": 4 } },
            },
            "admin": { "address": { "socket_address": { "address": "127.0.0.1", "port_value": 15000 } } },
        } },
        { "@type": url("envoy.admin.v3.ClustersConfigDump"), "dynamic_active_clusters": [
            cluster("inbound|8080||", "ORIGINAL_DST"),
            cluster("InboundPassthroughCluster", "ORIGINAL_DST"),
            cluster("outbound|8080||orders.shop.svc.cluster.local", "EDS"),
        ] },
        { "@type": url("envoy.admin.v3.EcdsConfigDump"), "ecds_filters": [{ "version_info": "1", "ecds_filter": extension() }] },
        { "@type": url("envoy.admin.v3.ListenersConfigDump"), "dynamic_listeners": [
            { "name": "0.0.0.0_8080", "active_state": { "listener": {
                "name": "0.0.0.0_8080", "traffic_direction": "OUTBOUND",
                "filter_chains": [{ "filters": [manager("outbound|8080||orders.shop.svc.cluster.local", &json!([]))] }],
            } } },
            { "name": "virtualInbound", "active_state": { "listener": {
                "name": "virtualInbound", "traffic_direction": "INBOUND",
                "filter_chains": [
                    { "name": "virtualInbound-blackhole", "filter_chain_match": { "destination_port": 15006 }, "filters": [tcp("BlackHoleCluster")] },
                    { "name": "virtualInbound-catchall-http", "filter_chain_match": { "transport_protocol": "tls" }, "transport_socket": tls(), "filters": [manager("InboundPassthroughCluster", &json!([]))] },
                    { "name": "virtualInbound", "filter_chain_match": { "transport_protocol": "tls" }, "transport_socket": tls(), "filters": [tcp("InboundPassthroughCluster")] },
                    { "name": "0.0.0.0_8080", "filter_chain_match": { "destination_port": 8080 }, "transport_socket": tls(), "filters": [manager("inbound|8080||", &http_filters())] },
                ],
            } } },
        ] },
        { "@type": url("envoy.admin.v3.RoutesConfigDump") },
        { "@type": url("envoy.admin.v3.SecretsConfigDump") },
        { "@type": url("envoy.admin.v3.EndpointsConfigDump") },
    ] })
}

/// The part of a sidecar at a path.
fn changed(pointer: &str, value: Value) -> Value {
    let mut dump = sidecar();
    *dump.pointer_mut(pointer).unwrap() = value;
    dump
}

const CHAIN: &str = "/configs/3/dynamic_listeners/1/active_state/listener/filter_chains/3";

#[test]
fn a_sidecar_as_istio_configures_it_has_nothing_wrong() {
    let found = said(&sidecar());
    assert_eq!(codes(&found), (vec![], false), "{:#?}", found.findings);
    assert_eq!(found.running.len(), 1);
}

#[test]
fn names_of_members_may_be_in_either_spelling() {
    fn camel(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                members.iter().map(|(key, value)| (meshveil_chain::camel(key), camel(value))).collect()
            }
            Value::Array(items) => items.iter().map(camel).collect(),
            other => other.clone(),
        }
    }
    let found = said(&camel(&sidecar()));
    assert_eq!(codes(&found), (vec![], false), "{:#?}", found.findings);
}

#[test]
fn what_is_wrong_with_a_sidecar_is_found() {
    let cases = [
        // The module did not arrive: named, and empty.
        ("empty", changed("/configs/2/ecds_filters/0/ecds_filter", json!({ "name": NAME })), vec!["MV-V06"], false),
        (
            "another name",
            changed("/configs/2/ecds_filters/0/ecds_filter/name", "shop.other".into()),
            vec!["MV-V06"],
            false,
        ),
        // The port is not declared as HTTP.
        ("tcp", changed(&format!("{CHAIN}/filters/0"), tcp("inbound|8080||")), vec!["MV-V05"], true),
        // The port has no chain of its own: what catches all passes it on.
        (
            "no chain",
            changed(&format!("{CHAIN}/filter_chain_match/destination_port"), 9090.into()),
            vec!["MV-V04", "MV-V05"],
            true,
        ),
        (
            "permissive",
            changed(&format!("{CHAIN}/transport_socket"), json!({ "name": "envoy.transport_sockets.raw_buffer" })),
            vec!["MV-V23"],
            false,
        ),
        (
            "another pod",
            changed("/configs/0/bootstrap/node/metadata/LABELS/app", "orders".into()),
            vec!["MV-V03"],
            true,
        ),
        (
            "another namespace",
            changed("/configs/0/bootstrap/node/metadata/NAMESPACE", "other".into()),
            vec!["MV-V03"],
            true,
        ),
        (
            "a gateway",
            changed("/configs/0/bootstrap/node/id", "router~10.1.2.3~gateway.istio-system~x".into()),
            vec!["MV-V03"],
            true,
        ),
        ("no section", changed("/configs/6/@type", url("envoy.admin.v3.LaterConfigDump").into()), vec!["MV-V02"], true),
        (
            "no listeners",
            changed("/configs/3/@type", url("envoy.admin.v3.RoutesConfigDump").into()),
            vec!["MV-V02", "MV-V03"],
            true,
        ),
    ];
    for (what, dump, expected, exposed) in cases {
        let found = said(&dump);
        let (mut own, exposes) = codes(&found);
        own.sort_unstable();
        assert_eq!((own, exposes), (expected, exposed), "{what}: {:#?}", found.findings);
    }
}

#[test]
fn a_waypoint_is_looked_at_by_the_service_and_without_chains_that_are_never_chosen() {
    let chain = |name: &str, filters: Value| json!({ "name": name, "filters": [filters] });
    let vip = "inbound-vip|80|http|customers.shop.svc.cluster.local";
    let other = "inbound-vip|80|http|orders.shop.svc.cluster.local";
    let mut dump = sidecar();
    *dump.pointer_mut("/configs/0/bootstrap/node/id").unwrap() =
        "waypoint~10.1.2.4~waypoint-5d.shop~shop.svc.cluster.local".into();
    dump["configs"][3]["dynamic_listeners"] = json!([{ "name": "main_internal", "active_state": { "listener": {
        "name": "main_internal", "traffic_direction": "INBOUND",
        "filter_chain_matcher": { "matcher_tree": { "exact_match_map": { "map": { "10.2.0.1": { "action": { "name": vip } }, "10.2.0.2": { "action": { "name": other } } } } } },
        "filter_chains": [
            chain(vip, manager(vip, &http_filters())),
            chain(other, manager(other, &json!([]))),
            chain("direct-tcp", tcp("encap")),
        ],
    } } }]);
    let found = said(&dump);
    assert_eq!(codes(&found), (vec![], false), "{:#?}", found.findings);
    // Once the matcher chooses it, nobody knows where it leads.
    let map =
        "/configs/3/dynamic_listeners/0/active_state/listener/filter_chain_matcher/matcher_tree/exact_match_map/map";
    dump.pointer_mut(map).unwrap()["10.2.0.3"] = json!({ "action": { "name": "direct-tcp" } });
    assert_eq!(codes(&said(&dump)), (vec!["MV-V05"], true));
}

/// What the generator writes for the sample shop.
fn manifests() -> Vec<(String, String)> {
    let base = concat!(env!("CARGO_MANIFEST_DIR"), "/../../manifests/istio-sidecar/base");
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(base).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            texts.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
    texts.sort();
    texts
}

/// The objects of some manifests as an API server gives them back.
fn as_in_a_cluster(texts: &[(String, String)]) -> Value {
    let documents = Documents::parse(texts.to_vec());
    let mut objects: Vec<Value> = documents.nodes.iter().map(meshveil_text::Node::to_json).collect();
    objects.retain(|object| object["kind"] != "Kustomization" && object["kind"].is_string());
    for (number, object) in objects.iter_mut().enumerate() {
        let meta = &mut object["metadata"];
        meta["uid"] = format!("0af1-{number}").into();
        meta["resourceVersion"] = number.to_string().into();
        meta["generation"] = 1.into();
        meta["creationTimestamp"] = "2026-11-01T10:00:00Z".into();
        meta["managedFields"] = json!([{ "manager": "kubectl", "fieldsV1": { "f:spec": {} } }]);
        meta["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = "{}".into();
        meta["labels"]["argocd.argoproj.io/instance"] = "shop".into();
        if object["kind"] == "NetworkPolicy" {
            for direction in ["ingress", "egress"] {
                for rule in object["spec"][direction].as_array_mut().into_iter().flatten() {
                    for port in rule["ports"].as_array_mut().into_iter().flatten() {
                        port.as_object_mut().unwrap().entry("protocol").or_insert("TCP".into());
                    }
                }
            }
        }
        if object["kind"] == "ValidatingAdmissionPolicy" {
            object["spec"]["matchConstraints"]["matchPolicy"] = "Equivalent".into();
            let constraints = object["spec"]["matchConstraints"].as_object_mut().unwrap();
            constraints.entry("objectSelector").or_insert(json!({}));
            constraints.entry("namespaceSelector").or_insert(json!({}));
            object["status"] = json!({ "observedGeneration": 1 });
        }
    }
    json!({ "apiVersion": "v1", "kind": "List", "items": objects })
}

fn drifted(live: &Value) -> Vec<String> {
    let applied = Documents::parse(manifests());
    assert!(applied.nodes.len() > 5);
    let live = Documents::parse([("live.json", format!("{live:#}"))]);
    drift(&applied.nodes, &live.nodes)
        .into_iter()
        .map(|finding| format!("{} {}", finding.code, finding.message))
        .collect()
}

#[test]
fn what_an_api_server_adds_is_no_drift() {
    assert_eq!(drifted(&as_in_a_cluster(&manifests())), Vec::<String>::new());
}

#[test]
fn every_change_of_a_value_is_drift() {
    /// The paths of all values that are no object or list.
    fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
        let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(key, value)| leaves(value, &format!("{path}/{}", escaped(key)), found))
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(at, value)| leaves(value, &format!("{path}/{at}"), found))
            }
            _ => found.push(path.to_owned()),
        }
    }
    let live = as_in_a_cluster(&manifests());
    let mut changed = 0;
    for (number, object) in live["items"].as_array().unwrap().iter().enumerate() {
        let mut paths = Vec::new();
        leaves(&object["spec"], "/spec", &mut paths);
        // One of each ten: reading all objects again for every value takes its time.
        for path in paths.iter().step_by(10) {
            let mut live = live.clone();
            let value = live["items"][number].pointer_mut(path).unwrap();
            *value = match &*value {
                Value::String(text) => format!("{text}x").into(),
                Value::Number(_) => 1.into(),
                Value::Bool(bool) => (!*bool).into(),
                _ => continue,
            };
            let found = drifted(&live);
            assert!(!found.is_empty() && found[0].starts_with("MV-V21"), "{number} {path}: {found:?}");
            changed += 1;
        }
    }
    assert!(changed > 20, "{changed}");
}

#[test]
fn additions_that_open_something_are_drift() {
    let live = as_in_a_cluster(&manifests());
    let at = |kind: &str| live["items"].as_array().unwrap().iter().position(|object| object["kind"] == kind).unwrap();
    let policy = at("NetworkPolicy");
    let mut opened = live.clone();
    opened["items"][policy]["spec"]["ingress"] = json!([{}]);
    assert!(!drifted(&opened).is_empty());
    let authorization = at("AuthorizationPolicy");
    let mut rehearsed = live.clone();
    rehearsed["items"][authorization]["metadata"]["annotations"]["istio.io/dry-run"] = "true".into();
    assert_eq!(drifted(&rehearsed).len(), 1);
    let mut gone = live.clone();
    gone["items"].as_array_mut().unwrap().remove(policy);
    assert!(drifted(&gone)[0].starts_with("MV-V22"));
}
