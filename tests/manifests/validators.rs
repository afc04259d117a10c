//! Everything that is generated, as others see it: Kubernetes' own schemas, the published models of Istio, the Gateway API
//! and Envoy Gateway, our closed key sets, the compose specification, and Envoy of two releases.

use std::{
    fs,
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use meshveil_generate::{Settings, Target, Version};
use meshveil_policy::Policies;
use meshveil_reach::Manifests;
use meshveil_source::{FileId, Node, tree};
use meshveil_tests::shipped::{Places, moved, write_certificates};
use meshveil_tests::{artifact, envoy};
use serde_json::{Value, json};

/// One object, and the file it stands in.
struct Object {
    file: String,
    value: Value,
}

fn objects(file: &str, text: &str) -> Vec<Object> {
    let mut findings = Vec::new();
    let documents = tree::parse(FileId(0), text, &mut findings);
    assert_eq!(findings, [], "{file}");
    documents.iter().map(Node::to_json).map(|value| Object { file: file.to_owned(), value }).collect()
}

/// Every `.yaml` file below a directory of the repository.
fn files(directory: &str) -> Vec<(String, String)> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&artifact::workspace().join(directory), &mut found);
    found.sort();
    let name = |path: &Path| path.strip_prefix(artifact::workspace()).unwrap().display().to_string();
    found.into_iter().map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

/// What the sample shop's policy gives for other releases and with a policy that says everything.
fn variants() -> Vec<(String, String)> {
    let everything = meshveil_policy::schema::EXAMPLE;
    let shop = fs::read_to_string(artifact::workspace().join("shop/policy.yaml")).unwrap();
    let mut found = Vec::new();
    for (name, text) in [("everything", everything), ("shop", &shop)] {
        let policies = Policies::read([("policy.yaml", text)]);
        assert!(policies.is_sound(), "{:#?}", policies.findings);
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
            let generated = meshveil_generate::generate(&policies.files, &policies.policies, &settings).unwrap();
            let name = |path: &str| format!("{name}/{target:?}/{istio}/{path}");
            found.extend(generated.files.into_iter().map(|file| (name(&file.path), file.text)));
        }
    }
    found
}

fn is_kustomize(file: &str) -> bool {
    file.ends_with("kustomization.yaml") || file.contains("/overlays/")
}

/// Every Kubernetes object that is committed or generated.
fn everything() -> Vec<Object> {
    let all = files("manifests").into_iter().chain(variants()).filter(|(name, _)| !is_kustomize(name));
    all.flat_map(|(name, text)| objects(&name, &text)).collect()
}

/// Groups whose kinds the models know; the rest is Kubernetes' own.
fn has_models(object: &Value) -> bool {
    let version = object["apiVersion"].as_str().unwrap();
    ["istio.io/", "gateway.networking.k8s.io/", "gateway.envoyproxy.io/"].iter().any(|group| version.contains(group))
}

/// What the models say about each object.
fn models(objects: &[&Value]) -> Vec<String> {
    let script = artifact::workspace().join("tests/manifests/models.mjs");
    let mut child = Command::new("node")
        .args(["--no-warnings".as_ref(), script.as_os_str(), artifact::node_modules().unwrap().as_os_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("`node` is needed: install Node.js 20 or newer");
    child.stdin.take().unwrap().write_all(json!(objects).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What `kubernetes-validate --strict` says; none where it has nothing to say.
fn kubernetes(objects: &[&Value]) -> Option<String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("objects.yaml");
    let text: Vec<String> = objects.iter().map(ToString::to_string).collect();
    fs::write(&path, text.join("\n---\n")).unwrap();
    let program = artifact::workspace().join(".venv/bin/kubernetes-validate");
    let output = Command::new(&program)
        .args(["--strict", "--quiet"])
        .arg(&path)
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}: run `make setup`", program.display()));
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (!output.status.success() || !text.is_empty()).then_some(text)
}

#[test]
fn kubernetes_accepts_every_object_of_its_own() {
    let all = everything();
    let own: Vec<&Value> = all.iter().map(|object| &object.value).filter(|value| !has_models(value)).collect();
    assert!(own.len() > 50, "{}", own.len());
    assert_eq!(kubernetes(&own), None);
    let mut wrong = own[0].clone();
    wrong["spec"]["colour"] = json!("blue");
    assert!(kubernetes(&[&wrong]).is_some_and(|text| text.contains("colour")), "it finds faults");
}

#[test]
fn models_of_istio_and_the_gateways_accept_every_object_of_theirs() {
    let all = everything();
    let theirs: Vec<&Object> = all.iter().filter(|object| has_models(&object.value)).collect();
    let said = models(&theirs.iter().map(|object| &object.value).collect::<Vec<_>>());
    let mut seen = 0;
    for (object, complaint) in theirs.iter().zip(&said) {
        let kind = object.value["kind"].as_str().unwrap();
        // The models are older than this kind; our own keys cover it.
        let expected = if kind == "TrafficExtension" { "unknown" } else { "" };
        assert_eq!(complaint, expected, "{}: {kind}", object.file);
        seen += usize::from(complaint.is_empty());
    }
    assert!(seen > 50, "{seen}");
    let faults = [
        ("PeerAuthentication", "/spec/mtls/mode"),
        ("WasmPlugin", "/spec/failStrategy"),
        ("EnvoyFilter", "/spec/configPatches/0/applyTo"),
        ("Gateway", "/spec/gatewayClassName"),
        ("EnvoyExtensionPolicy", "/spec/wasm/0/code/type"),
    ];
    for (kind, place) in faults {
        let mut wrong = theirs.iter().find(|object| object.value["kind"] == kind).unwrap().value.clone();
        *wrong.pointer_mut(place).unwrap() = json!({ "colour": "blue" });
        assert_ne!(models(&[&wrong]), [""], "{kind}: it finds faults");
    }
}

#[test]
fn our_own_key_sets_know_every_object() {
    let texts = files("manifests").into_iter().chain(variants()).filter(|(name, _)| !is_kustomize(name));
    for (name, text) in texts {
        let manifests = Manifests::read([(name.clone(), text)]);
        assert_eq!(manifests.findings, [], "{name}");
        assert_eq!(manifests.skipped, [], "{name}: kinds that nobody reads");
    }
}

#[test]
fn compose_files_follow_the_specification() {
    let mut schemas = files_named(&artifact::workspace().join(".venv/lib"), "compose_spec.json");
    let schema = schemas.pop().expect("no schema of compose files: run `make setup`");
    let mut schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    // It names its draft in a way that is no identifier.
    schema.as_object_mut().unwrap().remove("$schema");
    let validator = jsonschema::draft201909::new(&schema).unwrap();
    let mut seen = 0;
    for (name, text) in files("envoy-config").into_iter().filter(|(name, _)| name.contains("compose")) {
        for object in objects(&name, &text) {
            let faults: Vec<String> = validator.iter_errors(&object.value).map(|error| error.to_string()).collect();
            assert_eq!(faults, Vec::<String>::new(), "{name}");
            let mut wrong = object.value;
            wrong["services"]["envoy"]["imagine"] = json!("there is none");
            assert!(!validator.is_valid(&wrong), "it finds faults");
            seen += 1;
        }
    }
    assert_eq!(seen, 2);
}

fn files_named(directory: &Path, name: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files_named(&path, name),
            false => Some(path).filter(|path| path.ends_with(name)).into_iter().collect(),
        })
        .collect()
}

#[test]
fn two_releases_of_envoy_accept_what_is_written_for_them() {
    let directory = tempfile::tempdir().unwrap();
    let certificates = directory.path().join("certs");
    write_certificates(&certificates).unwrap();
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let places = Places { listener: anywhere, admin: anywhere, shop: anywhere, certificates: &certificates };
    let older = artifact::workspace().join(".venv/envoy-older/envoy/_bin/envoy");
    let shop = fs::read_to_string(artifact::workspace().join("shop/policy.yaml")).unwrap();
    for (binary, release) in [(older, Version::new(1, 36)), (artifact::envoy().unwrap(), Version::new(1, 40))] {
        let version = Command::new(&binary).arg("--version").output().expect("no second Envoy: run `make setup`");
        let version = String::from_utf8(version.stdout).unwrap();
        assert!(version.contains(&format!("/{release}.")), "{version}");
        for (name, text) in [("shop", shop.as_str()), ("everything", meshveil_policy::schema::EXAMPLE)] {
            let policies = Policies::read([("policy.yaml", text)]);
            let settings = Settings {
                target: Target::Envoy,
                istio: Version::new(1, 29),
                envoy: release,
                url: "./meshveil_filter.wasm".to_owned(),
                sha256: None,
                environments: Vec::new(),
            };
            let generated = meshveil_generate::generate(&policies.files, &policies.policies, &settings).unwrap();
            let yaml = &generated.files.iter().find(|file| file.path == "envoy.yaml").unwrap().text;
            let path = directory.path().join("envoy.yaml");
            fs::write(&path, moved(yaml.clone(), &places).unwrap()).unwrap();
            envoy::validate_with(&binary, &path).unwrap_or_else(|error| panic!("{name}, {release}: {error}"));
        }
    }
}
