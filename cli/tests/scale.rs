//! A policy of 5,000 fields and 500 callers is checked and generated in the tests, too, and a cluster of 1,000 workloads is
//! simulated: what grows with the square of them would be noticed. How long it takes: `make bench-policy bench-simulate`.
#![expect(clippy::unwrap_used, reason = "a test")]

#[path = "../examples/large_cluster.rs"]
#[expect(dead_code, reason = "its `main` is the example's")]
pub(crate) mod large_cluster;
#[path = "../examples/large_policy.rs"]
#[expect(dead_code, reason = "its `main` is the example's")]
mod large_policy;

use std::{collections::BTreeMap, fs, path::Path, process::Command};

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_meshveil")).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn five_thousand_fields_and_five_hundred_callers_are_checked_and_generated() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("large-policy.yaml");
    fs::write(&file, large_policy::text(5_000, 500)).unwrap();
    let file = file.to_str().unwrap();

    let (code, found) = run(&["check", "--output", "json", file]);
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in found["findings"].as_array().unwrap() {
        *counts.entry(finding["code"].as_str().unwrap()).or_default() += 1;
    }
    // A path in a hundred looks ahead; five exact paths in a hundred are selected by a name at any depth, too.
    assert_eq!(counts["MV-P25"], 50);
    assert_eq!(counts["MV-P30"] + counts["MV-P31"], 250);
    assert_eq!(code, Some(1));

    for target in ["istio-sidecar", "istio-ambient", "envoy", "envoy-gateway"] {
        let (code, text) = run(&["generate", "--target", target, "--allow-placeholder", file]);
        assert_eq!(code, Some(0), "{target}");
        assert_eq!(text.matches("\"name\": \"field4999\"").count(), 1, "{target}");
        assert!(text.contains("caller499"), "{target}");
    }
}

#[test]
fn every_question_is_answered_about_a_thousand_workloads() {
    let directory = crate::place("scale", "large-cluster");
    let path = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    fs::write(path("app.yaml"), large_cluster::manifests(1_000, 200)).unwrap();
    fs::write(path("policy.yaml"), large_cluster::policy(1_000)).unwrap();
    assert_eq!(run(&["generate", &path("policy.yaml"), "--allow-placeholder", "-o", &path("mesh")]).0, Some(0));
    let ask = |question: &[&str]| {
        let (code, text) = run(&[&["simulate"], question, &[directory.to_str().unwrap()]].concat());
        assert_eq!(code, Some(0), "{question:?}");
        text
    };
    let matrix = ask(&["--wide"]);
    let rows = |form: &str| matrix.lines().filter(|line| line.contains(form)).count();
    // Of 39 callers those that their own policies let out; the rest are marked as getting less than granted, which the last two lines say.
    assert_eq!((rows("clear"), matrix.lines().count()), (3, 1_004));
    assert!(ask(&["--connections"]).lines().count() > 1_000);
    let exposure = ask(&["--exposure"]);
    // Somebody who may take the identity of a caller and its labels; nobody else.
    assert!(exposure.contains("\na pod with ") && !exposure.contains("too many kinds"), "{exposure}");
    for line in exposure.lines().filter(|line| line.starts_with("a pod")) {
        assert!(line.contains("as ServiceAccount `w"), "{line}");
    }
    assert_eq!(ask(&["--single-fault"]).lines().filter(|line| line.starts_with('n')).count(), 1_000);
}

#[test]
fn ten_policies_over_a_thousand_sources_are_answered_in_a_page() {
    const FIELDS: [(&str, &str); 8] = [
        ("ssn", "{ partial: { keepLast: 4 } }"),
        ("card", "{ partial: { keepLast: 4 } }"),
        ("email", "email"),
        ("phone", "redact"),
        ("born", "redact"),
        ("iban", "redact"),
        ("address", "redact"),
        ("notes", "drop"),
    ];
    let directory = crate::place("scale", "ten-policies");
    let path = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    fs::write(path("app.yaml"), large_cluster::manifests(1_000, 200)).unwrap();
    for at in 0..10 {
        let policy = path(&format!("policy{at}.yaml"));
        fs::write(&policy, large_cluster::policy_of(at * 100, 1_000, &FIELDS)).unwrap();
        assert_eq!(run(&["generate", &policy, "--allow-placeholder", "-o", &path(&format!("mesh{at}"))]).0, Some(0));
    }
    let ask = |question: &[&str]| {
        let (code, text) = run(&[&["simulate"], question, &[directory.to_str().unwrap()]].concat());
        assert_eq!(code, Some(0), "{question:?}");
        text
    };
    let text = ask(&[]);
    assert!(text.lines().count() < 200, "{} lines", text.lines().count());
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let json = ask(&["--output", "json"]);
    assert!(json.len() < 200_000, "{} bytes", json.len());
    // Nothing is lost: expanded, it is what `--wide` writes.
    let wide: serde_json::Value = serde_json::from_str(&ask(&["--wide", "--output", "json"])).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let mut cells = 0;
    for (short, wide) in json["matrix"].as_array().unwrap().iter().zip(wide["matrix"].as_array().unwrap()) {
        let mut rows: BTreeMap<&str, Vec<(&serde_json::Value, &serde_json::Value)>> = BTreeMap::new();
        for class in short["classes"].as_array().unwrap() {
            for part in class["parts"].as_array().unwrap() {
                let shown: Vec<_> =
                    class["cells"].as_array().unwrap().iter().zip(part["decided"].as_array().unwrap()).collect();
                for group in part["groups"].as_array().unwrap() {
                    for source in json["groups"][group.as_str().unwrap()].as_object().unwrap().keys() {
                        rows.insert(source, shown.clone());
                    }
                }
            }
        }
        let sources = wide["sources"].as_array().unwrap();
        assert_eq!((rows.len(), sources.len()), (1_001, 1_001));
        for source in sources {
            for (cell, decided) in &rows[source["source"].as_str().unwrap()] {
                let decided = &json["decisions"][usize::try_from(decided.as_u64().unwrap()).unwrap()];
                for field in cell["fields"].as_array().unwrap() {
                    let known = &source["fields"][field.as_str().unwrap()];
                    assert_eq!((&known["form"], &known["exceeds"]), (&cell["form"], &cell["exceeds"]));
                    assert_eq!((&known["granted"], &known["lacks"]), (&cell["granted"], &cell["lacks"]));
                    assert_eq!(&known["decided"], decided);
                    cells += 1;
                }
            }
        }
    }
    assert_eq!(cells, 80_080);
}
