//! What is read from manifests, and what is said about what is wrong in them.
use meshveil_reach::{Manifests, Severity};

fn read(text: &str) -> Manifests {
    Manifests::from_text("x.yaml", text)
}

fn lines(manifests: &Manifests) -> Vec<String> {
    let line = |f: &meshveil_reach::Finding| format!("{} {} {}", f.code, manifests.files.place(f.span), f.message);
    manifests.findings.iter().chain(&manifests.refused).map(line).collect()
}

const POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: p, namespace: shop }\n";

#[test]
fn unknown_key_is_an_error_with_its_place_and_a_suggestion() {
    let text = format!("{POLICY}spec:\n  podSelector: {{}}\n  ingress:\n  - form:\n    - podSelector: {{}}\n");
    let manifests = read(&text);
    assert_eq!(lines(&manifests), ["MV-M03 x.yaml:7 unknown key `form` in `NetworkPolicy.spec.ingress`"]);
    let finding = &manifests.findings[0];
    assert_eq!(manifests.files.slice(finding.span), "form");
    assert!(finding.help.as_deref().unwrap().ends_with("did you mean `from`?"));
}

#[test]
fn unknown_kind_is_skipped_with_a_note() {
    let manifests = read(
        "apiVersion: v1\nkind: Secret\nmetadata: { name: s }\n---\napiVersion: x/v1\nkind: Thing\nmetadata: { name: t }\n",
    );
    assert!(manifests.findings.is_empty());
    let kinds: Vec<_> = manifests.skipped.iter().map(|s| format!("{} {}", s.kind, s.name)).collect();
    assert_eq!(kinds, ["v1/Secret s", "x/v1/Thing t"]);
}

#[test]
fn broken_document_does_not_hide_the_next() {
    let manifests = read("a: [1\n---\napiVersion: v1\nkind: Namespace\nmetadata: { name: 'n' }\n");
    assert_eq!(manifests.findings.len(), 1, "{:?}", lines(&manifests));
    assert!(manifests.findings[0].message.starts_with("invalid YAML"));
    assert!(manifests.namespaces["n"].given);
}

#[test]
fn lists_are_flattened_and_items_of_typed_lists_get_their_kind() {
    let manifests = read(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: PodList\n  items:\n  - metadata: { name: a }\n    spec: { containers: [{ name: c, image: i }] }\n",
    );
    assert!(lines(&manifests).is_empty(), "{:?}", lines(&manifests));
    assert_eq!(manifests.workloads[0].title(), "default/a[Pod]");
}

#[test]
fn json_is_read_too() {
    let manifests =
        read(r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"port":80}]}}"#);
    assert!(manifests.is_sound());
    assert_eq!(manifests.services[0].ports[0].port, 80);
}

#[test]
fn duplicate_key_is_an_error() {
    let manifests = read("apiVersion: v1\nkind: Namespace\nmetadata: { name: 'n', name: m }\n");
    assert_eq!(lines(&manifests), ["MV-M02 x.yaml:3 duplicate key `name`"]);
}

#[test]
fn unquoted_boolean_label_is_an_error() {
    let manifests = read("apiVersion: v1\nkind: Namespace\nmetadata: { name: 'n', labels: { istio.io/x: true } }\n");
    assert_eq!(
        lines(&manifests),
        ["MV-M04 x.yaml:3 `Namespace.metadata.labels.istio.io/x` must be a string, not a boolean"]
    );
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..9 {
        let item = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![item; 10].join(",")));
    }
    let manifests = read(&text);
    assert_eq!(manifests.findings[0].message, "aliases multiply the document");
}

#[test]
fn anchors_and_merge_keys_are_followed() {
    let manifests = read(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: &l { app: a }\nspec:\n  nodeSelector:\n    <<: *l\n    disk: ssd\n  containers: [{ name: c }]\n",
    );
    assert!(lines(&manifests).is_empty(), "{:?}", lines(&manifests));
}

#[test]
fn what_the_api_server_refuses_is_an_error_and_the_policy_does_not_count() {
    let cases = [
        ("ingress: [{ from: [{}] }]", "a peer needs"),
        ("ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8 }, podSelector: {} }] }]", "not both"),
        ("ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/33 } }] }]", "invalid address block"),
        ("ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8, except: [11.0.0.0/16] } }] }]", "is not inside"),
        ("ingress: [{ ports: [{ port: 0 }] }]", "from 1 to 65535"),
        ("ingress: [{ ports: [{ port: 90, endPort: 80 }] }]", "at least `port`"),
        ("ingress: [{ ports: [{ port: http, endPort: 80 }] }]", "numeric `port`"),
        ("ingress: [{ ports: [{ endPort: 80 }] }]", "needs `port`"),
        ("ingress: [{ ports: [{ port: 80, protocol: ICMP }] }]", "`TCP`, `UDP` or `SCTP`"),
        ("policyTypes: [ingress]", "`Ingress` and `Egress`"),
        ("ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: a, operator: In }] } }] }]", "needs `values`"),
        (
            "ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: a, operator: Exists, values: [b] }] } }] }]",
            "takes no",
        ),
        (
            "ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: a, operator: Gt, values: ['1'] }] } }] }]",
            "unknown operator",
        ),
    ];
    for (spec, message) in cases {
        let manifests = read(&format!("{POLICY}spec:\n  podSelector: {{}}\n  {spec}\n"));
        let found = lines(&manifests);
        assert!(found.len() == 1 && found[0].contains(message), "{spec}: {found:?}");
        assert!(manifests.network_policies.is_empty(), "{spec}");
    }
}

#[test]
fn every_workload_kind_is_read() {
    let template = "{ metadata: { labels: { app: a } }, spec: { serviceAccountName: sa, containers: [{ name: c, ports: [{ containerPort: 80, name: http }] }] } }";
    let mut text = String::new();
    for (api, kind) in [
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
        ("apps/v1", "ReplicaSet"),
        ("batch/v1", "Job"),
    ] {
        text += &format!(
            "apiVersion: {api}\nkind: {kind}\nmetadata: {{ name: w }}\nspec: {{ template: {template} }}\n---\n"
        );
    }
    text += &format!(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{ name: w }}\nspec: {{ schedule: '* * * * *', jobTemplate: {{ spec: {{ template: {template} }} }} }}\n---\n"
    );
    text += &format!("apiVersion: v1\nkind: PodTemplate\nmetadata: {{ name: w }}\ntemplate: {template}\n---\n");
    text += &format!(
        "apiVersion: v1\nkind: ReplicationController\nmetadata: {{ name: w }}\nspec: {{ template: {template} }}\n"
    );
    let manifests = read(&text);
    assert!(lines(&manifests).is_empty(), "{:?}", lines(&manifests));
    assert_eq!(manifests.workloads.len(), 8);
    for workload in &manifests.workloads {
        assert_eq!(
            (workload.labels.get("app"), workload.service_account.as_str()),
            (Some("a"), "sa"),
            "{}",
            workload.title()
        );
        assert_eq!(workload.ports().next().unwrap().port, 80);
    }
}

#[test]
fn pods_of_a_known_controller_add_addresses_not_workloads() {
    let manifests = read(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: d }\nspec: { template: { spec: { containers: [{ name: c }] } } }\n---\n\
         apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: { name: d-1, ownerReferences: [{ apiVersion: apps/v1, kind: Deployment, name: d, uid: u, controller: true }] }\nspec: { template: { spec: { containers: [{ name: c }] } } }\n---\n\
         apiVersion: v1\nkind: Pod\nmetadata: { name: d-1-x, ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: d-1, uid: u, controller: true }] }\nspec: { containers: [{ name: c }] }\nstatus: { podIP: 10.1.2.3, phase: Running }\n",
    );
    assert!(lines(&manifests).is_empty(), "{:?}", lines(&manifests));
    assert_eq!(manifests.workloads.len(), 1);
    assert_eq!(manifests.workloads[0].addresses[0].to_string(), "10.1.2.3");
}

#[test]
fn namespaces_that_objects_name_exist() {
    let manifests = read("apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: a, namespace: 'n' }\n");
    let labels = &manifests.namespaces["n"].labels;
    assert_eq!(labels.get("kubernetes.io/metadata.name"), Some("n"));
    assert!(!manifests.namespaces["n"].given);
}

#[test]
fn mesh_settings_come_from_the_config_map_of_istio() {
    let manifests = read(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: istio, namespace: istio-system }\ndata:\n  mesh: |\n    rootNamespace: mesh-root\n    trustDomain: example.org\n    trustDomainAliases: [old.org]\n",
    );
    assert_eq!(manifests.mesh.root_namespace, "mesh-root");
    assert_eq!(manifests.mesh.trust_domain, "example.org");
    assert_eq!(manifests.mesh.trust_domain_aliases, ["old.org"]);
}

#[test]
fn old_api_version_of_a_known_kind_is_an_error() {
    let manifests = read("apiVersion: extensions/v1beta1\nkind: NetworkPolicy\nmetadata: { name: p }\n");
    assert_eq!(manifests.findings[0].code.id, "MV-M06");
    assert_eq!(manifests.findings[0].severity, Severity::Error);
}

#[test]
fn objects_as_a_cluster_prints_them_are_without_a_finding() {
    let manifests = read(include_str!("fixtures/from-a-cluster.yaml"));
    assert!(lines(&manifests).is_empty(), "{:#?}", lines(&manifests));
    assert_eq!((manifests.workloads.len(), manifests.routes.len()), (3, 2));
    assert_eq!(manifests.envoy_filters[0].patches[0].filter.as_deref(), Some("envoy.filters.http.router"));
}
