//! Everything that is committed or generated: as files, as objects, and as kustomize puts it together.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use meshveil_generate::{Settings, Target, Version};
use meshveil_policy::Policies;
use meshveil_tests::artifact;
use meshveil_text::{FileId, Node, tree};
use serde_json::Value;

use crate::{kustomize, random};

/// One object, and the file it stands in.
pub struct Object {
    pub file: String,
    pub value: Value,
}

pub fn objects(file: &str, text: &str) -> Vec<Object> {
    let mut findings = Vec::new();
    let documents = tree::parse(FileId(0), text, &mut findings);
    assert_eq!(findings, [], "{file}");
    documents.iter().map(Node::to_json).map(|value| Object { file: file.to_owned(), value }).collect()
}

/// Every `.yaml` file below a directory of the repository. Any other file fails, unless it is `known`: nothing validates it.
pub fn files(directory: &str, known: &[&str]) -> Vec<(String, String)> {
    fn walk(directory: &Path, known: &[&str], found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if known.iter().any(|known| path.ends_with(known)) {
                continue;
            } else if path.is_dir() {
                walk(&path, known, found);
            } else {
                assert!(path.extension().is_some_and(|end| end == "yaml"), "nobody validates `{}`", path.display());
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&artifact::workspace().join(directory), known, &mut found);
    found.sort();
    let name = |path: &Path| path.strip_prefix(artifact::workspace()).unwrap().display().to_string();
    found.into_iter().map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

/// Policies to generate from: that of the sample shop, one that says everything, and some random ones.
pub fn policies() -> Vec<(String, Policies)> {
    let shop = fs::read_to_string(artifact::workspace().join("shop/policy.yaml")).unwrap();
    let mut texts =
        vec![("everything".to_owned(), meshveil_policy::schema::EXAMPLE.to_owned()), ("shop".to_owned(), shop)];
    let random = random::samples().into_iter().enumerate();
    texts.extend(random.map(|(at, text)| (format!("random-{at}"), text)));
    let read = |(name, text)| {
        let policies = Policies::from_texts([("policy.yaml", text)]);
        assert!(policies.is_sound(), "{:#?}", policies.findings);
        (name, policies)
    };
    texts.into_iter().map(read).collect()
}

/// What these policies give for several releases.
fn variants() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, policies) in policies() {
        for (target, istio) in [
            (Target::IstioSidecar, Version::new(1, 24)),
            (Target::IstioSidecar, Version::new(1, 29)),
            (Target::IstioSidecar, Version::new(1, 30)),
            (Target::IstioAmbient, Version::new(1, 29)),
            (Target::IstioAmbient, Version::new(1, 30)),
            (Target::EnvoyGateway, Version::new(1, 29)),
        ] {
            let settings = Settings {
                target,
                istio,
                envoy: Version::new(1, 40),
                url: "oci://registry.example.com/meshveil:0.1.0".to_owned(),
                sha256: Some("0123456789abcdef".repeat(4)),
                environments: Vec::new(),
            };
            let generated = meshveil_generate::generate(&policies.policies, &settings).unwrap();
            let name = |path: &str| format!("{name}/{target:?}/{istio}/{path}");
            found.extend(generated.files.into_iter().map(|file| (name(&file.path), file.text)));
        }
    }
    found
}

/// Every text of Kubernetes objects. Kustomizations and what they patch are there as kustomize reads them, each directory once.
pub fn texts() -> &'static [(String, String)] {
    static TEXTS: OnceLock<Vec<(String, String)>> = OnceLock::new();
    TEXTS.get_or_init(|| {
        let (kustomize, mut texts): (Vec<_>, Vec<_>) = files("manifests", &[])
            .into_iter()
            .chain(variants())
            // A component is built where it is taken.
            .filter(|(name, _)| !name.contains("application/kustomization.yaml"))
            .partition(|(name, _)| name.ends_with("/kustomization.yaml") || name.contains("/overlays/"));
        let of_manifests = |name: &str| {
            let directory = name.strip_prefix("manifests/")?.strip_suffix("/kustomization.yaml")?;
            Some((format!("{directory} (kustomize)"), kustomize::build(directory)))
        };
        texts.extend(kustomize.iter().filter_map(|(name, _)| of_manifests(name)));
        texts
    })
}

/// Every Kubernetes object.
pub fn everything() -> Vec<Object> {
    texts().iter().flat_map(|(name, text)| objects(name, text)).collect()
}
