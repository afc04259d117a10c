//! Manifests: workload, ports, probes, callers, and what cannot be known.

use super::*;

const CLUSTER: &str = "\
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: { name: api, namespace: a }
  spec:
    selector: { matchLabels: { app: api } }
    template:
      metadata: { labels: { app: api, version: '1.0', pod-template-hash: abc } }
      spec:
        serviceAccountName: api
        containers:
        - name: api
          image: x
          ports: [{ containerPort: 8080, name: http-api }, { containerPort: 9090, name: metrics }, { containerPort: 9000, name: grpc }]
          livenessProbe: { httpGet: { path: '/healthz?full=1', port: 8080 } }
          readinessProbe: { httpGet: { path: /ready, port: http-api } }
          startupProbe: { httpGet: { path: /customers, port: 8080 } }
- apiVersion: apps/v1
  kind: Deployment
  metadata: { name: web, namespace: b }
  spec:
    selector: { matchLabels: { app: web } }
    template: { metadata: { labels: { app: web } }, spec: { serviceAccountName: web, containers: [{ name: web, image: x }] } }
- apiVersion: apps/v1
  kind: Deployment
  metadata: { name: 'yes', namespace: a }
  spec:
    selector: { matchLabels: { app: 'true' } }
    template: { metadata: { labels: { app: 'true' } }, spec: { serviceAccountName: 'no', containers: [{ name: x, image: x }] } }
- apiVersion: apps/v1
  kind: Deployment
  metadata: { name: lazy, namespace: a }
  spec:
    selector: { matchLabels: { app: lazy } }
    template: { metadata: { labels: { app: lazy } }, spec: { containers: [{ name: x, image: x }] } }
- apiVersion: apps/v1
  kind: Deployment
  metadata: { name: one, namespace: a }
  spec:
    selector: { matchLabels: { app: one } }
    template: { metadata: { labels: { app: one } }, spec: { serviceAccountName: both, containers: [{ name: x, image: x }] } }
- apiVersion: batch/v1
  kind: CronJob
  metadata: { name: two, namespace: a }
  spec:
    schedule: '@daily'
    jobTemplate: { spec: { template: { spec: { serviceAccountName: both, restartPolicy: Never, containers: [{ name: x, image: x }] } } } }
";

#[test]
fn manifests_give_workload_ports_probes_and_callers() {
    let directory = directory("cluster");
    let path = file(&directory, "cluster.yaml", CLUSTER);
    let text = meshveil(&["init", "--openapi", "shop/openapi.yaml", "--manifests", &path, "--workload", "a/api"]);
    // That a type passes on the path of a probe is said by `check`, too.
    let found = policy_but(&text, &["MV-P40"]);
    let labels = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    assert_eq!((found.name.value.as_str(), found.namespace.value.as_str()), ("api", "a"));
    assert_eq!(found.workload.selector.value, labels(&[("app", "api")]));
    let ports: Vec<u16> = found.workload.ports.iter().map(|port| port.port.value).collect();
    assert_eq!(ports, [8080]);
    let routes: Vec<_> = found.routes.iter().map(|route| route.matches.clone().unwrap().value.path.unwrap()).collect();
    // `/customers` is a probe path, too, but its answers are customers.
    // `/healthz` answers in JSON, which is masked as everywhere: it needs no route.
    assert_eq!(routes, ["/ready"]);
    assert!(found.routes.iter().all(|route| route.masking.value == meshveil_plan::Masking::On), "{text}");
    let passes: Vec<String> =
        found.routes.iter().flat_map(|route| &route.passes).map(|range| range.value.0.clone()).collect();
    assert_eq!(passes, ["text/plain"]);
    assert!(text.contains("# The probe path /customers is masked"), "{text}");
    let callers: Vec<_> =
        found.callers.iter().map(|caller| (caller.name.value.clone(), caller.pods.clone().unwrap().value)).collect();
    assert_eq!(
        callers,
        [("yes".to_owned(), labels(&[("app", "true")])), ("web".to_owned(), labels(&[("app", "web")]))]
    );
    assert!(text.contains("# not a/lazy[Deployment]: it runs as `default`"), "{text}");
    assert!(text.contains("# not a/one[Deployment]: 2 workloads run as `both`"), "{text}");
    assert!(text.contains("# not a/two[CronJob]: 2 workloads run as `both`"), "{text}");
    assert!(text.contains("# Without port 9000: gRPC"), "{text}");
}

#[test]
fn among_several_workloads_one_has_to_be_chosen() {
    let directory = directory("several");
    let two = CLUSTER.replace(
        "containers: [{ name: web, image: x }]",
        "containers: [{ name: web, image: x, ports: [{ containerPort: 80 }] }]",
    );
    let path = file(&directory, "cluster.yaml", two);
    let said = refused(&["init", "--manifests", &path]);
    assert!(said.contains("several workloads could be meant: `a/api`, `b/web`; choose one with `--workload"), "{said}");
    let said = refused(&["init", "--manifests", &path, "--workload", "b/wbe"]);
    assert!(said.contains("no workload is called `b/wbe`: did you mean `b/web`?"), "{said}");
    assert_eq!(policy(&meshveil(&["init", "--manifests", &path, "--workload", "web"])).namespace.value, "b");
}

#[test]
fn what_is_unknown_is_a_valid_placeholder_and_counted() {
    let output = run(&["init", "--sample", "docs/sample.json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    policy(&text);
    let todos = text.lines().filter(|line| line.contains("# TODO")).count();
    assert!(todos > 3, "{text}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("note: {todos} TODOs are left in the policy\n"));
    let named = policy(&meshveil(&["init", "--sample", "docs/sample.json", "--workload", "a/b"]));
    assert_eq!((named.namespace.value.as_str(), named.name.value.as_str()), ("a", "b"));
}
