//! Everything that is generated, as others see it: Kubernetes' own schemas, the published models of Istio, the Gateway API
//! and Envoy Gateway, our closed key sets, the compose specification, and Envoy of two releases.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use meshveil_generate::{Settings, Target, Version};
use meshveil_reach::Manifests;
use meshveil_tests::shipped::{Places, moved, write_certificates};
use meshveil_tests::{artifact, envoy};
use serde_json::{Value, json};

use crate::documents::{Object, everything, files, objects, policies, texts};

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
    let unknown = json!({ "apiVersion": "example.com/v1", "kind": "Colour", "metadata": { "name": "blue" } });
    assert!(kubernetes(&[own[0], &unknown]).is_some(), "it does not pass over kinds it does not know");
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

/// What our own key sets have against a text.
fn findings(name: &str, text: &str) -> Vec<String> {
    let manifests = Manifests::from_texts([(name.to_owned(), text.to_owned())]);
    assert_eq!(manifests.skipped, [], "{name}: kinds that nobody reads");
    manifests.findings.iter().map(|finding| finding.message.clone()).collect()
}

#[test]
fn our_own_key_sets_know_every_object() {
    for (name, text) in texts() {
        assert_eq!(findings(name, text), Vec::<String>::new(), "{name}");
    }
    // The models of others accept keys that they do not know: here every kind of theirs has a limit.
    let mut kinds = std::collections::BTreeMap::new();
    for object in everything().into_iter().filter(|object| has_models(&object.value)) {
        kinds.entry(object.value["kind"].to_string()).or_insert(object.value);
    }
    assert!(kinds.len() > 8, "{:?}", kinds.keys());
    for (kind, mut wrong) in kinds {
        wrong["spec"]["colour"] = json!("blue");
        let found = findings("wrong.yaml", &wrong.to_string());
        assert!(found.iter().any(|message| message.contains("colour")), "{kind}: {found:?}");
    }
}

/// The sample shop's configuration for Envoy, checked by a program of some release.
struct Check {
    directory: tempfile::TempDir,
}

impl Check {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        write_certificates(&directory.path().join("certs")).unwrap();
        Self { directory }
    }

    fn run(&self, binary: &Path, yaml: &str) -> anyhow::Result<()> {
        let certificates = self.directory.path().join("certs");
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let places = Places { listener: anywhere, admin: anywhere, shop: anywhere, certificates: &certificates };
        let path = self.directory.path().join("envoy.yaml");
        fs::write(&path, moved(yaml.to_owned(), &places)?)?;
        envoy::validate_with(binary, &path)
    }
}

/// The binaries of both releases. Only the older one is not the one of the other tests.
fn releases() -> [(PathBuf, Version); 2] {
    let older = artifact::older_envoy().unwrap();
    let both = [(older, Version::new(1, 36)), (artifact::envoy().unwrap(), Version::new(1, 40))];
    for (binary, release) in &both {
        let version = Command::new(binary).arg("--version").output().expect("no second Envoy: run `make setup`");
        let version = String::from_utf8(version.stdout).unwrap();
        assert!(version.contains(&format!("/{release}.")), "{version}");
    }
    both
}

#[test]
fn two_releases_of_envoy_accept_what_is_written_for_them() {
    let check = Check::new();
    for (binary, release) in releases() {
        for (name, policies) in policies() {
            let settings = Settings {
                target: Target::Envoy,
                istio: Version::new(1, 29),
                envoy: release,
                url: "./meshveil_filter.wasm".to_owned(),
                sha256: None,
                environments: Vec::new(),
            };
            let generated = meshveil_generate::generate(&policies.policies, &settings).unwrap();
            let yaml = &generated.files.iter().find(|file| file.path == "envoy.yaml").unwrap().text;
            check.run(&binary, yaml).unwrap_or_else(|error| panic!("{name}, {release}: {error}"));
            let wrong = yaml.replacen("http_filters:", "http_fillters:", 1);
            let error = check.run(&binary, &wrong).expect_err("it finds faults").to_string();
            assert!(error.contains("http_fillters"), "{error}");
        }
    }
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

/// The schema of compose files.
fn compose() -> jsonschema::Validator {
    let mut schemas = files_named(&artifact::workspace().join(".venv/lib"), "compose_spec.json");
    let schema = schemas.pop().expect("no schema of compose files: run `make setup`");
    let mut schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    // It names its draft in a way that is not an identifier.
    schema.as_object_mut().unwrap().remove("$schema");
    jsonschema::draft201909::new(&schema).unwrap()
}

#[test]
fn every_file_for_envoy_alone_is_a_valid_configuration_or_compose_file() {
    let (check, compose, newest) = (Check::new(), compose(), artifact::envoy().unwrap());
    let (mut configurations, mut composed) = (0, 0);
    for (name, text) in files("envoy-config", &["Dockerfile", "certs"]) {
        for Object { value, .. } in objects(&name, &text) {
            if value.get("static_resources").is_some() {
                check.run(&newest, &text).unwrap_or_else(|error| panic!("{name}: {error}"));
                configurations += 1;
            } else if value.get("services").is_some() {
                let faults: Vec<String> = compose.iter_errors(&value).map(|error| error.to_string()).collect();
                assert_eq!(faults, Vec::<String>::new(), "{name}");
                let mut wrong = value;
                wrong["services"]["envoy"]["imagine"] = json!("there is none");
                assert!(!compose.is_valid(&wrong), "it finds faults");
                composed += 1;
            } else {
                panic!("nobody validates `{name}`");
            }
        }
    }
    assert!(configurations >= 1 && composed >= 2, "{configurations}, {composed}");
}

/// Docker's client merges both files and resolves what they name, which the schema does not. It needs no daemon; a machine
/// without Compose has the schema only.
#[test]
fn the_compose_client_takes_both_files_where_there_is_one() {
    let client = || {
        let mut command = Command::new("docker");
        command.arg("compose").env("MESHVEIL_KEY", envoy::KEY).env_remove("COMPOSE_FILE");
        command
    };
    if !client().arg("version").output().is_ok_and(|output| output.status.success()) {
        eprintln!("no `docker compose` here: the schema was the only check");
        return;
    }
    let directory = artifact::workspace().join("envoy-config");
    let run = |files: &[&Path]| {
        let files = files.iter().flat_map(|file| ["--file".as_ref(), file.as_os_str()]);
        let mut command = client();
        command.arg("--project-directory").arg(&directory).args(files).args(["config", "--quiet"]);
        let output = command.output().unwrap();
        output.status.success().then_some(()).ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (base, more) = (directory.join("docker-compose.yaml"), directory.join("docker-compose.override.yaml"));
    run(&[&base]).unwrap_or_else(|error| panic!("{error}"));
    run(&[&base, &more]).unwrap_or_else(|error| panic!("{error}"));
    let wrong = tempfile::tempdir().unwrap();
    let path = wrong.path().join("wrong.yaml");
    let text = fs::read_to_string(&more).unwrap();
    fs::write(&path, text.replace("customers: { condition:", "nobody: { condition:")).unwrap();
    run(&[&base, &path]).expect_err("it finds faults");
}
