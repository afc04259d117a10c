//! Random policies: what is generated means what the policy says, worked out here a second time from the policy alone.

use std::cell::RefCell;
use std::collections::BTreeSet;

use meshveil_generate::{Settings, Target, Version};
use meshveil_policy::Policies;
use meshveil_reach::manifest::kinds::workload::Protocol;
use meshveil_reach::network::{Endpoint, Matrix, PortSet};
use meshveil_reach::verdict::Form::{self, Clear, Denied, Masked, Partial, Unreachable};
use meshveil_reach::{Manifests, Options, Reach};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};
use serde_json::{Value, json};

use crate::views::forms;

const NAMESPACES: [&str; 3] = ["shop", "edge", "other"];
const ACCOUNTS: [&str; 3] = ["ann", "bob", "customers"];
const APPS: [&str; 3] = ["web", "job", "customers-too"];
const MASKS: [(&str, Form); 6] = [
    ("\"redact\"", Masked),
    ("\"null\"", Masked),
    ("\"drop\"", Masked),
    ("{\"partial\": {\"keepLast\": 4}}", Partial),
    ("\"email\"", Partial),
    ("{\"pseudonym\": {}}", Masked),
];
const PORTS: [u16; 3] = [8080, 9090, 9443];

/// Pods, by place in the lists above.
#[derive(Debug, Clone)]
struct Pods {
    namespace: usize,
    account: usize,
    app: usize,
}

impl Pods {
    fn all() -> impl Iterator<Item = Self> {
        (0..27).map(|at| Self { namespace: at / 9, account: at / 3 % 3, app: at % 3 })
    }

    fn name(&self) -> String {
        format!("{}-{}", ACCOUNTS[self.account], APPS[self.app])
    }
}

/// A caller that the policy lists.
#[derive(Debug, Clone)]
struct Listed {
    namespace: usize,
    account: usize,
    /// Without it all pods of the namespace may connect.
    app: Option<usize>,
}

impl Listed {
    fn may_connect(&self, pods: &Pods) -> bool {
        self.namespace == pods.namespace && self.app.is_none_or(|app| app == pods.app)
    }

    fn is(&self, pods: &Pods) -> bool {
        self.namespace == pods.namespace && self.account == pods.account
    }

    fn json(&self) -> Value {
        let mut value =
            json!({ "serviceAccount": format!("{}/{}", NAMESPACES[self.namespace], ACCOUNTS[self.account]) });
        if let Some(app) = self.app {
            value["pods"] = json!({ "app": APPS[app] });
        }
        value
    }
}

/// A policy, as far as it differs.
#[derive(Debug, Clone)]
struct Case {
    fields: Vec<usize>,
    /// Each with the fields it sees in clear; `None` stands for all.
    callers: Vec<(Listed, Option<Vec<bool>>)>,
    hops: Vec<Listed>,
    others_masked: bool,
    ports: Vec<u16>,
    /// The store's port, and whether it is found by labels.
    store: Option<(u16, bool)>,
    metrics: bool,
    probes: bool,
    strict: bool,
    istio: u16,
}

fn listed() -> impl Strategy<Value = Listed> {
    (0..3_usize, 0..3_usize, prop::option::of(0..3_usize)).prop_map(|(namespace, account, app)| Listed {
        namespace,
        account,
        app,
    })
}

fn case() -> impl Strategy<Value = Case> {
    let fields = prop::collection::vec(0..MASKS.len(), 1..5);
    fields.prop_flat_map(|fields| {
        let sees = prop::option::weighted(0.8, prop::collection::vec(any::<bool>(), fields.len()));
        let who = (prop::collection::vec((listed(), sees), 0..5), prop::collection::vec(listed(), 0..2), any::<bool>());
        let where_ = (
            prop::sample::subsequence(PORTS.to_vec(), 1..=3),
            prop::option::of((prop::sample::select(vec![5432_u16, 6379]), any::<bool>())),
        );
        let how = (any::<bool>(), any::<bool>(), any::<bool>(), 27..32_u16);
        (Just(fields), who, where_, how).prop_map(
            |(fields, mut who, (ports, store), (metrics, probes, strict, istio))| {
                // Two callers with one identity are an error.
                let mut seen = BTreeSet::new();
                who.0.retain(|(listed, _)| seen.insert((listed.namespace, listed.account)));
                Case {
                    fields,
                    callers: who.0,
                    hops: who.1,
                    others_masked: who.2,
                    ports,
                    store,
                    metrics,
                    probes,
                    strict,
                    istio,
                }
            },
        )
    })
}

impl Case {
    /// JSON is YAML.
    fn text(&self) -> String {
        let fields: Vec<Value> = self
            .fields
            .iter()
            .enumerate()
            .map(|(at, mask)| {
                let mask: Value = serde_json::from_str(MASKS[*mask].0).unwrap();
                json!({ "name": format!("f{at}"), "paths": [format!("$..f{at}")], "mask": mask })
            })
            .collect();
        let callers: Vec<Value> = self
            .callers
            .iter()
            .enumerate()
            .map(|(at, (listed, sees))| {
                let mut value = listed.json();
                value["name"] = json!(format!("caller-{at}"));
                value["sees"] = sees.as_ref().map_or(json!("all"), |sees| {
                    let names = sees.iter().enumerate().filter(|(_, sees)| **sees);
                    names.map(|(at, _)| json!(format!("f{at}"))).collect()
                });
                value
            })
            .collect();
        let mut spec = json!({
            "workload": {
                "selector": { "app": "customers" },
                "serviceAccount": "vault",
                "ports": self.ports.iter().map(|port| json!({ "port": port, "name": format!("http-{port}") })).collect::<Vec<_>>(),
            },
            "fields": fields,
            "callers": callers,
            "trustedHops": self.hops.iter().map(Listed::json).collect::<Vec<_>>(),
            "others": if self.others_masked { "masked" } else { "deny" },
            "key": { "env": "MESHVEIL_KEY", "id": "k" },
            "delivery": if self.strict { "strict" } else { "standard" },
        });
        if let Some((port, by_labels)) = self.store {
            let mut store = json!({ "name": "database", "namespace": "data", "ports": [port] });
            if by_labels {
                store["pods"] = json!({ "app": "database" });
            }
            spec["stores"] = json!([store]);
        }
        if self.metrics {
            spec["metrics"] = json!({ "namespace": "monitoring", "pods": { "app": "prometheus" } });
        }
        if self.probes {
            spec["probes"] = json!(["10.9.0.0/16"]);
        }
        json!({
            "apiVersion": "meshveil.dev/v1alpha1",
            "kind": "MaskingPolicy",
            "metadata": { "name": "customers", "namespace": "shop" },
            "spec": spec,
        })
        .to_string()
    }

    fn listed(&self) -> impl Iterator<Item = &Listed> {
        self.callers.iter().map(|(listed, _)| listed).chain(&self.hops)
    }

    fn may_connect(&self, pods: &Pods) -> bool {
        self.others_masked || self.listed().any(|listed| listed.may_connect(pods))
    }

    /// A request of a trusted hop that names no caller is from an unlisted caller.
    fn may_ask(&self, pods: &Pods) -> bool {
        self.others_masked || self.callers.iter().any(|(listed, _)| listed.is(pods))
    }

    /// What pods in the mesh that may ask get.
    fn view(&self, pods: &Pods) -> Vec<Form> {
        let caller = self.callers.iter().find(|(listed, _)| listed.is(pods));
        let clear = |at: usize| caller.is_some_and(|(_, sees)| sees.as_ref().is_none_or(|sees| sees[at]));
        let form = |(at, mask): (usize, &usize)| if clear(at) { Clear } else { MASKS[*mask].1 };
        self.fields.iter().enumerate().map(form).collect()
    }

    fn settings(&self, target: Target) -> Settings {
        Settings {
            target,
            istio: Version::new(1, self.istio),
            envoy: Version::new(1, self.istio + 8),
            url: "https://modules.example.com/meshveil_filter.wasm".to_owned(),
            sha256: Some("0123456789abcdef".repeat(4)),
            environments: Vec::new(),
        }
    }

    fn generated(&self, target: Target) -> Vec<(String, String)> {
        let policies = Policies::from_texts([("policy.yaml", self.text())]);
        assert!(policies.is_sound(), "{:#?}", policies.findings);
        let generate = || meshveil_generate::generate(&policies.policies, &self.settings(target)).unwrap();
        let generated = generate();
        assert_eq!(generated, generate(), "not the same text again");
        generated.files.into_iter().map(|file| (file.path, file.text)).collect()
    }

    /// What the target gives, in a cluster with every pod.
    fn manifests(&self, target: Target) -> Manifests {
        let mut files = self.generated(target);
        files.retain(|(path, _)| path != "kustomization.yaml");
        files.push(("cluster.yaml".to_owned(), self.cluster(target)));
        let mut manifests = Manifests::from_texts(files);
        assert_eq!(manifests.findings, []);
        // Nodes have addresses of another range.
        manifests.pod_ranges = vec!["10.1.0.0/16".parse().unwrap()];
        manifests
    }

    fn cluster(&self, target: Target) -> String {
        let mut objects = Vec::new();
        for (namespace, in_mesh) in
            NAMESPACES.map(|name| (name, true)).into_iter().chain(OUTSIDE.map(|name| (name, false)))
        {
            let labels = match (in_mesh, target) {
                (false, _) => json!({}),
                (true, Target::IstioAmbient) => json!({ "istio.io/dataplane-mode": "ambient" }),
                (true, _) => json!({ "istio-injection": "enabled" }),
            };
            objects.push(
                json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace, "labels": labels } }),
            );
        }
        for pods in Pods::all() {
            objects.push(deployment(
                NAMESPACES[pods.namespace],
                &pods.name(),
                ACCOUNTS[pods.account],
                APPS[pods.app],
                &[8080],
            ));
        }
        objects.push(deployment("shop", "customers", "vault", "customers", &self.ports));
        objects.push(deployment("data", "database", "database", "database", &[5432, 6379]));
        objects.push(deployment("monitoring", "prometheus", "prometheus", "prometheus", &[9090]));
        objects.push(deployment("bare", "ann-web", "ann", "web", &[8080]));
        let ports: Vec<Value> = self.ports.iter().map(|port| {
            json!({ "port": port, "targetPort": port, "name": format!("http-{port}"), "appProtocol": "http" })
        }).collect();
        let labels = match target {
            Target::IstioAmbient => json!({ "istio.io/use-waypoint": "customers-waypoint" }),
            _ => json!({}),
        };
        objects.push(json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": { "name": "customers", "namespace": "shop", "labels": labels },
            "spec": { "selector": { "app": "customers" }, "ports": ports },
        }));
        objects.iter().map(|object| format!("---\n{object}\n")).collect()
    }
}

/// Namespaces that are not in the mesh.
const OUTSIDE: [&str; 3] = ["data", "monitoring", "bare"];

fn deployment(namespace: &str, name: &str, account: &str, app: &str, ports: &[u16]) -> Value {
    let ports: Vec<Value> = ports.iter().map(|port| json!({ "containerPort": port })).collect();
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": name, "namespace": namespace },
        "spec": {
            "selector": { "matchLabels": { "app": app } },
            "template": {
                "metadata": { "labels": { "app": app } },
                "spec": { "serviceAccountName": account, "containers": [{ "name": "main", "image": "registry.example.com/main:1", "ports": ports }] },
            },
        },
    })
}

fn tcp(ports: &[u16]) -> PortSet {
    let mut set = PortSet::default();
    for port in ports {
        set.add(Protocol::Tcp, *port, *port);
    }
    set
}

/// Some random policies for one port, for those who read what is generated and not what it means.
pub fn samples() -> Vec<String> {
    let texts = RefCell::new(Vec::new());
    on_random_policies(4, |case| {
        let case = Case { ports: vec![8080], ..case.clone() };
        texts.borrow_mut().push(case.text());
    });
    texts.into_inner()
}

/// Runs `check` on random policies, the same ones each time unless `MESHVEIL_SEED` says otherwise.
fn on_random_policies(count: u32, check: impl Fn(&Case)) {
    let seed = std::env::var("MESHVEIL_SEED").map_or(7, |seed| seed.parse().expect("MESHVEIL_SEED is a number"));
    let cases = std::env::var("MESHVEIL_POLICIES").map_or(count, |n| n.parse().expect("MESHVEIL_POLICIES is a number"));
    let config = Config {
        cases,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    let checked = |case: Case| {
        check(&case);
        Ok(())
    };
    if let Err(error) = TestRunner::new(config).run(&case(), checked) {
        panic!("{error}");
    }
}

#[test]
fn everybody_sees_what_a_random_policy_says() {
    on_random_policies(400, |case| {
        for target in [Target::IstioSidecar, Target::IstioAmbient] {
            let manifests = case.manifests(target);
            let reach = Reach::new(&manifests, &Options::default());
            let customers = reach.find("shop", "customers", Some("Deployment")).unwrap();
            let forms = |namespace: &str, name: &str| {
                forms(&reach, Endpoint::Workload(reach.find(namespace, name, None).unwrap()), customers)
            };
            for pods in Pods::all() {
                let found = forms(NAMESPACES[pods.namespace], &pods.name());
                let denied = if case.may_connect(&pods) { Denied } else { Unreachable };
                if case.may_connect(&pods) && case.may_ask(&pods) {
                    assert_eq!(found, case.view(&pods), "{target:?}: {pods:?}");
                } else if target == Target::IstioSidecar {
                    assert_eq!(found, vec![denied; case.fields.len()], "{pods:?}");
                } else {
                    assert!(found.iter().all(|form| *form <= Denied), "{target:?}: {pods:?}: {found:?}");
                }
            }
            for namespace in OUTSIDE {
                let name = manifests.workloads.iter().find(|found| found.meta.namespace == namespace).unwrap();
                let found = forms(namespace, &name.meta.name);
                assert!(found.iter().all(|form| *form <= Denied), "{target:?}: {namespace}: {found:?}");
            }
        }
    });
}

#[test]
fn connections_are_those_that_a_random_policy_lists() {
    on_random_policies(400, |case| {
        let manifests = case.manifests(Target::IstioSidecar);
        let reach = Reach::new(&manifests, &Options::default());
        let matrix = Matrix::new(&reach.network);
        let find = |namespace: &str, name: &str| Endpoint::Workload(reach.find(namespace, name, None).unwrap());
        let (customers, database) = (find("shop", "customers"), find("data", "database"));
        for pods in Pods::all() {
            let other = find(NAMESPACES[pods.namespace], &pods.name());
            let expected = if case.may_connect(&pods) { tcp(&case.ports) } else { tcp(&[]) };
            assert_eq!(*matrix.ports(other, customers), expected, "from {pods:?}");
            assert_eq!(*matrix.ports(customers, other), tcp(&[]), "to {pods:?}");
            if case.store.is_some_and(|(_, by_labels)| by_labels) {
                assert_eq!(*matrix.ports(other, database), tcp(&[]), "to the store from {pods:?}");
            }
        }
        let store: Vec<u16> = case.store.iter().map(|(port, _)| *port).collect();
        assert_eq!(*matrix.ports(customers, database), tcp(&store));
        let mut metrics = if case.others_masked { case.ports.clone() } else { Vec::new() };
        metrics.extend(case.metrics.then_some(15020));
        assert_eq!(*matrix.ports(find("monitoring", "prometheus"), customers), tcp(&metrics));
        let nodes = reach.network.endpoints().filter(|endpoint| {
            matches!(endpoint, Endpoint::Range(_)) && reach.network.title(*endpoint).contains("10.9.0.0/16")
        });
        let nodes: Vec<Endpoint> = nodes.collect();
        assert_eq!(nodes.len(), usize::from(case.probes));
        for node in nodes {
            assert_eq!(*matrix.ports(node, customers), tcp(&[15020, 15021]));
        }
    });
}
