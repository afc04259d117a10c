//! What `meshveil generate` writes for the sample shop is committed, current, and does what the policy says.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{fs, path::Path, process::Command};

use meshveil_answers::checks::{self, Context, Protected};
use meshveil_policy::{Policies, ServiceAccount};
use meshveil_reach::{Manifests, Options, Reach, network::Endpoint, verdict::Form};

use crate::root;

fn meshveil(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_meshveil")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The sample shop with what a directory holds.
fn manifests(generated: &Path) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for directory in [&root().join("manifests/app"), generated] {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            // A component is for the application's own kustomization.
            if path.is_dir() {
                continue;
            }
            texts.push((path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()));
        }
    }
    texts.sort();
    texts
}

/// What `make generate` writes: the directory and the arguments.
const COMMITTED: [(&str, &[&str]); 4] = [
    (
        "manifests/istio-sidecar",
        &["--target", "istio-sidecar", "--environment", "production=shop", "--environment", "staging=shop-staging"],
    ),
    (
        "manifests/istio-ambient",
        &["--target", "istio-ambient", "--environment", "production=shop", "--environment", "staging=shop-staging"],
    ),
    ("manifests/envoy-gateway", &["--target", "envoy-gateway"]),
    (
        "envoy-config",
        &[
            "--target",
            "envoy",
            "--envoy-version",
            "1.40",
            "--url",
            "../target/wasm32-wasip1/filter/meshveil_filter.wasm",
        ],
    ),
];

#[test]
fn committed_files_are_what_the_policy_gives() {
    for (directory, arguments) in COMMITTED {
        meshveil(&[&["generate", "shop/policy.yaml", "--check", "-o", directory], arguments].concat());
    }
}

#[test]
fn check_says_what_differs() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("differs");
    let _ = fs::remove_dir_all(&directory);
    let path = directory.to_str().unwrap();
    meshveil(&["generate", "shop/policy.yaml", "--allow-placeholder", "-o", path]);
    fs::write(directory.join("guard.yaml"), "changed\n").unwrap();
    fs::remove_file(directory.join("routes.yaml")).unwrap();
    fs::copy(directory.join("filter.yaml"), directory.join("old.yaml")).unwrap();
    fs::write(directory.join("own.yaml"), "# somebody's own\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_meshveil"))
        .args(["generate", "shop/policy.yaml", "--check", "-o", path])
        .current_dir(root())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap().replace(path, "DIR");
    assert_eq!(text, "guard.yaml differs\nroutes.yaml is missing\nDIR/old.yaml is left over\n");
}

#[test]
fn every_caller_gets_what_the_policy_says_and_nobody_else_gets_anything() {
    let policies =
        Policies::from_texts([("shop/policy.yaml", fs::read_to_string(root().join("shop/policy.yaml")).unwrap())]);
    let policy = policies.policies.first().unwrap();
    let plan = policy.plan();
    let manifests = Manifests::from_texts(manifests(&root().join("manifests/istio-sidecar/base")));
    assert_eq!(manifests.findings, []);
    let reach = Reach::new(&manifests, &Options::default());
    let customers = reach.find("shop", "customers", Some("Deployment")).unwrap();
    let forms = |source: Endpoint| -> Vec<Form> {
        let exposure = reach.exposure(source, customers, &plan);
        plan.fields
            .iter()
            .map(|field| exposure.get(&field.name).map_or(Form::Unreachable, |found| found.form))
            .collect()
    };
    let workload = |name: &str| Endpoint::Workload(reach.find("shop", name, Some("Deployment")).unwrap());
    use Form::{Clear, Masked, Partial, Unreachable};
    assert_eq!(forms(workload("billing")), [Clear; 7]);
    assert_eq!(forms(workload("support")), [Partial, Partial, Clear, Clear, Masked, Masked, Masked]);
    assert_eq!(forms(workload("frontend")), [Partial, Partial, Partial, Partial, Masked, Masked, Masked]);
    assert_eq!(forms(workload("batch")), [Unreachable; 7]);
    for range in reach.network.endpoints().filter(|endpoint| matches!(endpoint, Endpoint::Range(_))) {
        assert_eq!(forms(range), [Unreachable; 7]);
    }
}

#[test]
fn no_known_way_round_is_open_once_the_module_is_pinned() {
    // The committed manifests name no digest: it is that of the module you build.
    let directory = crate::place("generated", "pinned");
    let digest = "0123456789abcdef".repeat(4);
    meshveil(&[
        "generate",
        "shop/policy.yaml",
        "--sha256",
        &digest,
        "--allow-placeholder",
        "-o",
        directory.to_str().unwrap(),
    ]);
    let manifests = Manifests::from_texts(manifests(&directory));
    let reach = Reach::new(&manifests, &Options::default());
    let customers = reach.find("shop", "customers", Some("Deployment")).unwrap();
    let caller = |name: &str| ServiceAccount { namespace: "shop".to_owned(), name: name.to_owned() };
    let protected = Protected {
        workload: customers,
        ports: vec![8080],
        callers: ["billing", "support", "frontend"].map(caller).to_vec(),
    };
    let findings = checks::run(&Context::new(&reach, vec![protected]));
    let lines: Vec<String> = findings
        .iter()
        .map(|finding| format!("{} {} {}", finding.code, manifests.files.place(finding.span), finding.message))
        .collect();
    assert_eq!(lines, Vec::<String>::new());
}

#[test]
fn a_directory_keeps_what_was_not_generated_and_loses_what_no_longer_is() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("owned");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    let path = |name: &str| directory.join(name);
    let generate = |arguments: &[&str]| {
        let fixed = ["generate", "shop/policy.yaml", "--allow-placeholder", "-o", directory.to_str().unwrap()];
        let output = Command::new(env!("CARGO_BIN_EXE_meshveil"))
            .args(fixed)
            .args(arguments)
            .current_dir(root())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    // A file of somebody's own is in the way: nothing is written.
    fs::write(path("kustomization.yaml"), "resources: [app.yaml]\n").unwrap();
    let (code, said) = generate(&[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("kustomization.yaml"), "{said}");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    fs::remove_file(path("kustomization.yaml")).unwrap();
    // So is one that was generated from another policy.
    let other = "# The filter.\n# Generated by `meshveil generate` from policy shop/orders; do not edit.\n";
    fs::write(path("filter.yaml"), other).unwrap();
    assert_eq!(generate(&[]).0, Some(2));
    fs::rename(path("filter.yaml"), path("orders.yaml")).unwrap();
    // What the target before wrote goes, and nothing else.
    fs::write(path("own.yaml"), "# somebody's own\n").unwrap();
    assert_eq!(generate(&["--environment", "staging=shop-staging"]).0, Some(0));
    assert!(path("base/routes.yaml").exists());
    let (code, said) = generate(&["--target", "istio-ambient"]);
    assert_eq!(code, Some(0));
    assert!(said.contains("routes.yaml` is no longer written: removed"), "{said}");
    assert!(said.contains("orders.yaml` was generated from another policy: it stays"), "{said}");
    assert!(!path("base").exists() && !path("overlays").exists());
    for kept in ["own.yaml", "orders.yaml", "waypoint.yaml"] {
        assert!(path(kept).exists(), "{kept}");
    }
}

#[test]
fn an_example_of_an_image_is_no_silent_success() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_meshveil"))
            .args(["generate", "shop/policy.yaml"])
            .args(arguments)
            .current_dir(root())
            .output()
            .unwrap();
        output.status.code()
    };
    assert_eq!(run(&[]), Some(1));
    assert_eq!(run(&["--allow-placeholder"]), Some(0));
    assert_eq!(run(&["--url", "oci://registry.example.com/meshveil:1"]), Some(0));
    assert_eq!(run(&["--target", "envoy"]), Some(0));
}

#[test]
fn neither_comments_nor_the_directory_change_what_is_generated() {
    let policy = fs::read_to_string(root().join("shop/policy.yaml")).unwrap();
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("elsewhere");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("other.yaml"), format!("# one\n# two\n{policy}")).unwrap();
    for target in ["istio-sidecar", "istio-ambient", "envoy-gateway", "envoy"] {
        let first = meshveil(&["generate", "shop/policy.yaml", "--allow-placeholder", "--target", target]);
        let output = Command::new(env!("CARGO_BIN_EXE_meshveil"))
            .args(["generate", "other.yaml", "--allow-placeholder", "--target", target])
            .current_dir(&directory)
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), first, "{target}");
    }
}

#[test]
fn next_policy_is_written_beside_the_one_in_force_and_changes_no_answer() {
    let directory = crate::place("generated", "next");
    let shop = fs::read_to_string(root().join("shop/policy.yaml")).unwrap();
    let changed = shop.replace("sees: [email, phone]", "sees: [email, phone, ssn]");
    assert_ne!(shop, changed);
    fs::write(directory.join("changed.yaml"), changed).unwrap();
    let changed = directory.join("changed.yaml");
    let next = ["--next", changed.to_str().unwrap()];
    let generated = |more: &[&str]| {
        let base = ["generate", "shop/policy.yaml", "--allow-placeholder"];
        let output = Command::new(env!("CARGO_BIN_EXE_meshveil"))
            .args(base.iter().chain(more))
            .current_dir(root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let (alone, beside) = (generated(&[]), generated(&next));
    assert!(!alone.contains("\"next\": {") && beside.contains("\"next\": {"), "{beside}");
    let answer = |text: &str| {
        let file = directory.join("manifests.yaml");
        fs::write(&file, text).unwrap();
        let simulated = Command::new(env!("CARGO_BIN_EXE_meshveil"))
            .args(["simulate", "shop/policy.yaml", "manifests/app", file.to_str().unwrap()])
            .current_dir(root())
            .output()
            .unwrap();
        String::from_utf8(simulated.stdout).unwrap()
    };
    assert_eq!(answer(&alone), answer(&beside));
    assert!(answer(&beside).contains("shop/support[Deployment]"));
}
