//! Odd and hostile texts: each is a clear finding, or read as a cluster would read it; nothing is passed over in silence.

use meshveil_reach::Manifests;

const POD: &str = "spec: { containers: [{ name: c, image: i, ports: [{ containerPort: 8080 }] }] }";

/// Findings by code, and what was read: workloads by title.
fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let manifests = Manifests::from_text("x.yaml", text);
    let findings = manifests.findings.iter().map(|finding| {
        assert!(finding.span.line > 0 && manifests.files.slice(finding.span).len() <= text.len(), "{finding:?}");
        format!("{} {}", finding.code, finding.message)
    });
    (findings.collect(), manifests.workloads.iter().map(|workload| workload.title()).collect())
}

fn pod(metadata: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {metadata}\n{POD}\n")
}

#[test]
fn odd_texts_are_read_as_a_cluster_reads_them() {
    let web = "{ name: web, namespace: shop }";
    let table: Vec<(&str, String)> = vec![
        ("carriage returns", pod(web).replace('\n', "\r\n")),
        ("byte order mark", format!("\u{feff}{}", pod(web))),
        ("JSON with tabs", "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Pod\",\n\t\"metadata\": {\"name\": \"web\", \"namespace\": \"shop\"},\n\t\"spec\": {\"containers\": []}\n}".to_owned()),
        ("directive and end mark", format!("%YAML 1.2\n---\n{}...\n", pod(web))),
        ("empty documents and comments", format!("---\n# Source: a/b.yaml\n---\n---\n{}---\n", pod(web))),
        ("nulls", pod("{ name: web, namespace: shop, labels: null, annotations: }")),
        ("anchors in a list", format!("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {{ name: web, namespace: shop, labels: {{ <<: &l {{ app: a }}, tier: b }} }}\n  {POD}\n")),
        ("a list in a list", format!("{{ apiVersion: v1, kind: List, items: [{{ apiVersion: v1, kind: PodList, items: [{{ metadata: {web}, spec: {{ containers: [] }} }}] }}] }}")),
        ("keys that are numbers", pod("{ name: web, namespace: shop, labels: { 1: a } }")),
        ("an explicit string", pod("{ name: !!str web, namespace: shop }")),
    ];
    for (name, text) in table {
        assert_eq!(read(&text), (vec![], vec!["shop/web[Pod]".to_owned()]), "{name}");
    }
    for nothing in [
        "",
        "\n",
        "---\n---\n",
        "# only a comment\n",
        "\u{feff}",
        "apiVersion: v1\nkind: List\nitems: []\n",
        "apiVersion: v1\nkind: List\nitems:\n",
    ] {
        assert_eq!(read(nothing), (vec![], vec![]), "{nothing:?}");
    }
}

#[test]
fn hostile_texts_are_findings() {
    let deep = |open: &str, close: &str| format!("a: {}{}\n", open.repeat(5_000), close.repeat(5_000));
    let list = |items: &str| format!("apiVersion: v1\nkind: List\nitems: {items}\n");
    let object =
        |version: &str, kind: &str| format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{ name: 'n' }}\n");
    let table: Vec<(String, &str)> = vec![
        (pod("{ name: web }\nmetadata: { name: other }"), "MV-M02 duplicate key `metadata`"),
        (pod("{ name: web, \"name\": other }"), "MV-M02 duplicate key `name`"),
        (pod("\n\tname: web"), "MV-M01 invalid YAML"),
        (pod("{{ .Values.name }}"), "MV-M01 a key that is not a string"),
        (pod("&m { name: web, labels: *m }"), "MV-M01 alias of an anchor"),
        (pod("*nowhere"), "MV-M01 invalid YAML"),
        (pod("{ name: !secret web }"), "MV-M01 the tag `secret` is not read"),
        (pod("{ name: !!int \"5\" }"), "MV-M01 the tag `int` is not read"),
        (pod("{ name: \"a\0b\" }"), "MV-M01 invalid YAML"),
        (pod("{ name: no }"), "MV-M04 `Pod.metadata.name` must be a string"),
        (pod("{ name: 2024-01-01 }").replace("2024-01-01", "5"), "MV-M04 `Pod.metadata.name` must be a string"),
        (pod("{ name: \"Web\" }"), "MV-M05 invalid Pod name `Web`"),
        (pod("{ name: \"w\\e[31m\" }"), "MV-M05 invalid Pod name `w\\u{1b}[31m`"),
        (pod("{ name: web, namespace: a.b }"), "MV-M05 invalid namespace name `a.b`"),
        (pod("{ name: web, labels: { \"a b\": c } }"), "MV-M05 invalid label key `a b`"),
        (pod("{ name: web, labels: { a: \"*\" } }"), "MV-M05 invalid label value `*`"),
        (pod("{ namespace: shop }"), "MV-M05 `metadata.name` is needed"),
        ("{ // note\n \"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"web\"}, \"spec\": {} }".to_owned(), "MV-M05 not a Kubernetes object"),
        ("{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"web\", \"labels\": { // note\n \"a\": \"b\"}}, \"spec\": {}}".to_owned(), "MV-M05 invalid label key `// note \"a\"`"),
        (deep("[", "]"), "MV-M01 "),
        (deep("{\"a\":", "}"), "MV-M01 "),
        ((0..3_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect(), "MV-M01 nested too deep"),
        ("? [a]\n: b\n".to_owned(), "MV-M01 a key that is not a string"),
        ("kind: Pod\n".to_owned(), "MV-M05 not a Kubernetes object"),
        (list("{ a: b }"), "MV-M05 `List.items` must be a list, not a map"),
        (list("text"), "MV-M05 `List.items` must be a list, not a string"),
        (list("[3]"), "MV-M05 an item of `List` must be an object, not a number"),
        (list("[null]"), "MV-M05 an item of `List` must be an object, not nothing"),
        (object("networking.k8s.io/v1", "NetworkPolcy"), "MV-M06 `networking.k8s.io/v1` has no kind `NetworkPolcy`"),
        (object("v1", "pod"), "MV-M06 `v1` has no kind `pod`"),
        (object("V1", "Pod"), "MV-M06 `Pod` of `V1` is not a version"),
        (object("apps/v1beta1", "Deployment"), "MV-M06 `Deployment` of `apps/v1beta1` is not a version"),
        (object("extensions/v1beta1", "Deployment"), "MV-M06 `Deployment` of `extensions/v1beta1` is not a version"),
        (object("apps/v1", "Deployment"), "MV-M05 Deployment default/n has no pod template"),
        (object("kustomize.config.k8s.io/v1beta1", "Kustomization") + "namespace: other\n", "MV-M08 this kustomization is not built: its `namespace`"),
        (pod("{ name: web }") + "---\n" + &pod("{ name: web }"), "MV-M07 Pod default/web is defined twice"),
        (
            "apiVersion: v1\nkind: Namespace\nmetadata: { name: a, labels: { istio-injection: enabled } }\n---\n".repeat(2).replacen("enabled", "disabled", 1),
            "MV-M07 Namespace a is defined twice, with different values of the label `istio-injection`",
        ),
    ];
    for (text, expected) in table {
        let (findings, _) = read(&text);
        assert!(findings.first().is_some_and(|first| first.starts_with(expected)), "{expected}: {findings:?}");
    }
}

#[test]
fn kinds_of_others_that_only_look_alike_are_no_mistake() {
    for (version, kind) in [
        ("serving.knative.dev/v1", "Service"),
        ("networking.istio.io/v1beta1", "ProxyConfig"),
        ("v1", "Node"),
        ("v1", "Secret"),
        ("networking.k8s.io/v1", "IngressClass"),
        ("networking.k8s.io/v1", "ServiceCIDR"),
        ("apps/v1", "ControllerRevision"),
        ("gateway.networking.k8s.io/v1", "BackendTLSPolicy"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ] {
        let manifests = Manifests::from_text(
            "x.yaml",
            &format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{ name: 'n' }}\n"),
        );
        assert!(manifests.findings.is_empty() && manifests.skipped.len() == 1, "{kind}: {:?}", manifests.findings);
    }
}

/// What `kubectl get -o yaml` prints of a pod of Deployment `web` in a namespace that injects.
fn running(labels: &str, proxy: bool, phase: &str) -> String {
    let proxy = if proxy { ", { name: istio-proxy, image: p }" } else { "" };
    format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{ name: shop, labels: {{ istio-injection: enabled }} }}\n---\n\
         apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: web, namespace: shop }}\nspec: {{ template: {{ metadata: {{ labels: {{ app: web }} }}, spec: {{ containers: [{{ name: c, image: i }}] }} }} }}\n---\n\
         apiVersion: v1\nkind: Pod\nmetadata:\n  name: web-1\n  namespace: shop\n  labels: {{ {labels} }}\n  ownerReferences: [{{ apiVersion: apps/v1, kind: Deployment, name: web, uid: u, controller: true }}]\n\
         spec: {{ containers: [{{ name: c, image: i }}{proxy}] }}\nstatus: {{ phase: {phase}, podIP: 10.0.0.1 }}\n"
    )
}

#[test]
fn running_pods_are_their_controllers_copies_only_while_they_are_alike() {
    let one = ["shop/web[Deployment]"];
    let two = ["shop/web[Deployment]", "shop/web-1[Pod]"];
    for (labels, proxy, phase, expected) in [
        ("app: web, pod-template-hash: abc, security.istio.io/tlsMode: istio", true, "Running", &one[..]),
        ("app: web, role: caller", true, "Running", &two),
        ("app: other", true, "Running", &two),
        ("app: web", false, "Running", &two),
        ("app: web", false, "Pending", &two),
        ("app: other", false, "Succeeded", &one),
    ] {
        let (findings, workloads) = read(&running(labels, proxy, phase));
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(workloads, expected, "{labels} {proxy} {phase}");
    }
    let manifests = Manifests::from_text("x.yaml", &running("app: web", false, "Running"));
    let pod = manifests.workloads.iter().find(|workload| workload.meta.kind == "Pod").unwrap();
    let enrollment = meshveil_reach::mesh::enrollment::enrollment(&manifests, pod);
    assert!(enrollment.reason.to_string().contains("no `istio-proxy`"), "{}", enrollment.reason);
}

#[test]
fn ten_megabytes_are_read() {
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: big }}\ndata:\n  a: |\n{}",
        "    0123456789012345678901234567890123456789012345678901234567890\n".repeat(160_000)
    );
    assert!(text.len() > 10_000_000);
    assert_eq!(read(&text), (vec![], vec![]));
}
