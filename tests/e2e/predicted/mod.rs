//! Random policies with routes in a real Envoy: what `simulate` says of a source and a field is the worst form in which the
//! field arrives, over every route, identity header and kind of response.

mod policy;
mod running;

use std::collections::BTreeMap;

use meshveil_answers::{Cluster, matrix::AccessMatrix};
use meshveil_generate::{Settings, Target, Version};
use meshveil_policy::Policies;
use meshveil_reach::verdict::Form;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};
use serde_json::{Value, json};

use policy::{ACCOUNTS, Case, case};
use running::Running;

/// What the generator writes for a target.
fn generated(policy: &str, target: Target) -> Vec<(String, String)> {
    let policies = Policies::from_texts([("policy.yaml", policy)]);
    assert!(policies.is_sound(), "{policy}\n{:#?}", policies.findings);
    let (url, sha256) = match target {
        Target::Envoy => ("./meshveil_filter.wasm", None),
        _ => ("https://modules.example.com/meshveil_filter.wasm", Some("0123456789abcdef".repeat(4))),
    };
    let settings = Settings {
        target,
        istio: Version::new(1, 29),
        envoy: Version::new(1, 40),
        url: url.to_owned(),
        sha256,
        environments: Vec::new(),
    };
    let written = meshveil_generate::generate(&policies.policies, &settings).unwrap();
    written.files.into_iter().map(|file| (file.path, file.text)).collect()
}

/// The workload and one source for each account, in a mesh.
fn cluster() -> String {
    let namespace = json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop", "labels": { "istio-injection": "enabled" } },
    });
    let service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": "customers", "namespace": "shop" },
        "spec": {
            "selector": { "app": "customers" },
            "ports": [{ "port": 8080, "targetPort": 8080, "name": "http", "appProtocol": "http" }],
        },
    });
    let workloads = ACCOUNTS.iter().chain(["customers"].iter()).map(|name| deployment(name));
    [namespace, service].into_iter().chain(workloads).map(|object| format!("---\n{object}\n")).collect()
}

fn deployment(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": name, "namespace": "shop" },
        "spec": {
            "selector": { "matchLabels": { "app": name } },
            "template": {
                "metadata": { "labels": { "app": name } },
                "spec": {
                    "serviceAccountName": name,
                    "containers": [{ "name": "main", "image": "registry.example.com/main:1", "ports": [{ "containerPort": 8080 }] }],
                },
            },
        },
    })
}

/// By account, the form of each field that `simulate` would print.
fn predicted(policy: &str) -> BTreeMap<String, Vec<Form>> {
    let mut files = generated(policy, Target::IstioSidecar);
    files.retain(|(path, _)| path != "kustomization.yaml");
    files.push(("policy.yaml".to_owned(), policy.to_owned()));
    files.push(("cluster.yaml".to_owned(), cluster()));
    let cluster = Cluster::read(files).unwrap();
    let reach = cluster.reach();
    let (policy, workload) = cluster.must_protect(&reach).unwrap()[0];
    let matrix = AccessMatrix::find(&reach, policy, workload);
    assert_eq!(matrix.exceeding().count, 0, "nothing exceeds what the policy grants");
    let rows = matrix.rows();
    let forms = |name: &&str| {
        let row = rows.iter().find(|row| row.source == format!("shop/{name}[Deployment]")).unwrap();
        // Whether the network or the mesh refuses is another matter: nothing of the field arrives.
        let form = |field: &String| row.fields[field].form.max(Form::Denied);
        ((*name).to_owned(), matrix.fields.iter().map(form).collect())
    };
    ACCOUNTS.iter().map(forms).collect()
}

/// By account, the worst form of each field that arrives.
async fn measured(case: &Case) -> BTreeMap<String, Vec<Form>> {
    let files = generated(&case.text(), Target::Envoy);
    let (_, yaml) = files.into_iter().find(|(path, _)| path == "envoy.yaml").unwrap();
    let running = Running::start(yaml, case.fields()).await;
    let mut measured = BTreeMap::new();
    for account in ACCOUNTS {
        measured.insert(account.to_owned(), running.worst(account, &case.requests()).await);
    }
    measured
}

/// The same policies each time unless `MESHVEIL_SEED` says otherwise; `MESHVEIL_POLICIES` of them.
#[test]
fn worst_form_that_arrives_is_the_one_that_simulate_says() {
    let number = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().expect("a number"));
    let cases = u32::try_from(number("MESHVEIL_POLICIES", 6)).unwrap();
    let config = Config {
        cases,
        failure_persistence: None,
        // Each step starts an Envoy.
        max_shrink_iters: 40,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(number("MESHVEIL_SEED", 11)),
        ..Config::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let result = TestRunner::new(config).run(&case(), |case| {
        let text = case.text();
        let (predicted, measured) = (predicted(&text), runtime.block_on(measured(&case)));
        assert_eq!(predicted, measured, "predicted, and what arrives\n{text}");
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
