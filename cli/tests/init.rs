//! `meshveil init`: what it writes can be read back, finds what is there, and holds no value of a sample.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use meshveil_policy::Policies;
use serde_json::json;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn file(name: &str, text: &[u8]) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_meshveil")).args(arguments).current_dir(root()).output().unwrap()
}

fn init(arguments: &[&str]) -> String {
    let output = run(&[&["init"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The failure of a run.
fn refused(arguments: &[&str]) -> String {
    let output = run(&[&["init"], arguments].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// Paths of each field.
fn paths(policy: &str) -> Vec<(String, Vec<String>)> {
    let read = Policies::read([("policy.yaml", policy.to_owned())]);
    assert!(read.is_sound(), "{:#?}\n{policy}", read.findings);
    let fields = read.policies[0].fields.iter();
    let text = |field: &meshveil_policy::Field| {
        field.paths.iter().map(|path| read.files.slice(path.span).to_owned()).collect()
    };
    fields.map(|field| (field.name.value.clone(), text(field))).collect()
}

const SHOP: [&str; 6] =
    ["--openapi", "shop/openapi.yaml", "--manifests", "manifests/app", "--workload", "shop/customers"];

#[test]
fn finds_every_field_of_the_sample_shop() {
    let samples = ["--sample", "shop/data/customers.json", "shop/data/orders.json", "shop/data/payments.json"];
    for arguments in [&SHOP[..], &samples] {
        let found = paths(&init(arguments));
        for (field, path) in [
            ("ssn", "$..ssn"),
            ("card", "$..card.number"),
            ("email", "$..email"),
            ("phone", "$..phone"),
            ("born", "$..born"),
            ("iban", "$..iban"),
            ("notes", "$..notes"),
        ] {
            let quoted = format!("\"{path}\"");
            let known = found.iter().any(|(name, paths)| name == field && paths.contains(&quoted));
            assert!(known, "{arguments:?}: {field} in {found:#?}");
        }
    }
}

#[test]
fn what_it_writes_is_a_policy_that_lets_nobody_in_yet() {
    let policy = file("started.yaml", init(&SHOP).as_bytes());
    let checked = run(&["check", &policy]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    let generated = Path::new(env!("CARGO_TARGET_TMPDIR")).join("started");
    let generated = generated.display().to_string();
    assert!(run(&["generate", &policy, "-o", &generated]).status.success());
    let matrix = run(&["simulate", &policy, "manifests/app", &generated]);
    let matrix = String::from_utf8(matrix.stdout).unwrap();
    let rows: Vec<&str> = matrix.lines().skip(1).filter(|line| line.starts_with("shop/")).collect();
    assert_eq!(rows.len(), 4, "{matrix}");
    for row in rows {
        assert!(row.split_whitespace().skip(1).all(|form| form == "unreachable"), "{row}");
    }
}

#[test]
fn lists_who_may_call_and_why_somebody_cannot() {
    let manifests = file(
        "callers.yaml",
        br#"
apiVersion: apps/v1
kind: Deployment
metadata: { name: data, namespace: a }
spec: { selector: {}, template: { metadata: { labels: { app: data } }, spec: { serviceAccountName: data, containers: [{ name: c, image: i }] } } }
---
apiVersion: v1
kind: Pod
metadata: { name: plain, namespace: a }
spec: { containers: [{ name: c, image: i }] }
---
apiVersion: v1
kind: Pod
metadata: { name: "one", namespace: a, labels: { "on": "yes", pod-template-hash: x } }
spec: { serviceAccountName: one, containers: [{ name: c, image: i }] }
"#,
    );
    let policy = init(&["--manifests", &manifests, "--workload", "a/data"]);
    assert!(policy.contains("#   plain: it runs as `default`"), "{policy}");
    assert!(policy.contains(r#"#   - { name: one, serviceAccount: a/one, pods: { "on": "yes" } }"#), "{policy}");
    assert!(policy.contains("port: 8080 }  # TODO"), "{policy}");
    paths(&policy);
    assert!(refused(&["--manifests", &manifests]).contains("`a/data`, `a/one`, `a/plain`"));
    assert!(refused(&["--manifests", &manifests, "--workload", "a/none"]).contains("there is no workload `a/none`"));
}

#[test]
fn names_of_every_kind_are_read_back() {
    let names = [
        "e-mail",
        "home email: x",
        "email # not a comment",
        "*email",
        "it's an \"email\"",
        "back\\slash email",
        "email\nline",
        "email\u{7f}\u{2028}\u{85}",
        "电子 email",
        "😀 email",
        "'email'",
        "email ",
        "[email]",
    ];
    let document: serde_json::Map<_, _> = names.iter().map(|name| ((*name).to_owned(), json!("x"))).collect();
    let sample = file("names.json", serde_json::to_string(&document).unwrap().as_bytes());
    let policy = file("names.yaml", init(&["--sample", &sample]).as_bytes());
    let plan = String::from_utf8(run(&["plan", &policy]).stdout).unwrap();
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["fields"][0]["paths"].as_array().unwrap().len(), names.len(), "{plan}");
    let rules: Vec<String> = plan["fields"][0]["paths"]
        .as_array()
        .unwrap()
        .iter()
        .map(|path| format!("{}=null", path.as_str().unwrap()))
        .collect();
    let rules: Vec<&str> = rules.iter().flat_map(|rule| ["--rule", rule]).collect();
    let masked = run(&[&["mask"], &rules[..], &[sample.as_str()]].concat());
    let masked: serde_json::Value = serde_json::from_slice(&masked.stdout).unwrap();
    assert!(masked.as_object().unwrap().values().all(serde_json::Value::is_null), "{masked}");
}

#[test]
fn values_are_found_by_their_looks_and_told_nobody() {
    let records: Vec<_> = (0..10)
        .map(
            |at| json!({"a": {"x": "4111 1111 1111 1111", "y": if at < 4 { "DE02120300000000202051" } else { "tea" }}}),
        )
        .collect();
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let sample = file("looks.ndjson", lines.as_bytes());
    let output = run(&["init", "--sample", &sample]);
    let policy = String::from_utf8(output.stdout).unwrap();
    assert_eq!(paths(&policy), [("card".to_owned(), vec!["\"$.a.x\"".to_owned()])], "{policy}");
    assert!(policy.contains("10 of 10 times"), "{policy}");
    let told = policy + &String::from_utf8_lossy(&output.stderr);
    for value in ["4111", "DE02", "tea\""] {
        assert!(!told.contains(value), "{told}");
    }
}

#[test]
fn a_schema_may_hold_itself_and_lead_nowhere() {
    let document = file(
        "recursive.yaml",
        br##"
openapi: 3.0.3
paths:
  /tree:
    get:
      responses:
        default:
          content:
            application/vnd.tree+json:
              schema: { $ref: "#/components/schemas/Node" }
            text/plain:
              schema: { type: object, properties: { ssn: { type: string } } }
components:
  schemas:
    Node:
      allOf:
        - { type: object, properties: { left: { $ref: "#/components/schemas/Node" }, code: { type: string, format: password } } }
        - { type: object, additionalProperties: { type: object, properties: { hint: { type: string, x-pii: true } } } }
        - { $ref: "#/components/schemas/Missing" }
        - { $ref: "other.yaml#/Node" }
"##,
    );
    let output = run(&["init", "--openapi", &document]);
    let policy = String::from_utf8(output.stdout).unwrap();
    let expected = [("credential", "\"$.code\""), ("sensitive", "\"$[*].hint\"")];
    let expected = expected.map(|(name, path)| (name.to_owned(), vec![path.to_owned()]));
    assert_eq!(paths(&policy), expected, "{policy}");
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(notes.contains("`#/components/schemas/Missing` leads nowhere"), "{notes}");
    assert!(notes.contains("`other.yaml#/Node` leads nowhere"), "{notes}");
}

#[test]
fn refuses_what_it_cannot_read_without_quoting_it() {
    for (name, text, expected) in [
        ("cut.json", &b"{\"ssn\": \"123-45-67"[..], "is not JSON at 1:18"),
        ("deep.json", &[b'['; 100_000], "is not JSON at 1:128"),
        ("text.json", b"secret", "is not JSON at 1:1"),
        ("bytes.json", b"{\"ssn\": \"\xff\"}", "is not JSON at 1:"),
        ("empty.json", b" ", "is empty"),
    ] {
        let told = refused(&["--sample", &file(name, text)]);
        assert!(told.contains(expected), "{told}");
        assert!(!told.contains("123") && !told.contains("secret"), "{told}");
    }
    assert!(refused(&["--openapi", "docs/sample.json"]).contains("is no OpenAPI document"));
    assert!(refused(&[]).contains("--openapi"));
    let there = file("there.yaml", b"mine");
    assert!(refused(&["--sample", "docs/sample.json", "-o", &there]).contains("exists"));
    assert_eq!(fs::read_to_string(&there).unwrap(), "mine");
    init(&["--sample", "docs/sample.json", "-o", &there, "--force"]);
    paths(&fs::read_to_string(&there).unwrap());
}
