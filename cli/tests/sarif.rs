//! SARIF output holds what SARIF 2.1.0 (OASIS, sections 3.13 to 3.49) allows and needs, and nothing else.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The keys each object may have, and those it must have, as far as we write them.
const OBJECTS: [(&str, &[&str], &[&str]); 11] = [
    ("sarifLog", &["$schema", "version", "runs"], &["version", "runs"]),
    ("run", &["tool", "columnKind", "results"], &["tool"]),
    ("tool", &["driver"], &["driver"]),
    ("toolComponent", &["name", "version", "rules"], &["name"]),
    (
        "reportingDescriptor",
        &["id", "shortDescription", "fullDescription", "help"],
        &["id", "shortDescription", "help"],
    ),
    ("result", &["ruleId", "level", "message", "locations", "relatedLocations"], &["ruleId", "message", "locations"]),
    ("message", &["text"], &["text"]),
    ("location", &["physicalLocation", "message"], &["physicalLocation"]),
    ("physicalLocation", &["artifactLocation", "region"], &["artifactLocation"]),
    ("artifactLocation", &["uri"], &["uri"]),
    ("region", &["startLine", "startColumn", "byteOffset", "byteLength"], &["startLine"]),
];

fn object(kind: &str, value: &Value) {
    let (_, allowed, needed) = OBJECTS.into_iter().find(|(known, ..)| *known == kind).unwrap();
    let members = value.as_object().unwrap_or_else(|| panic!("{kind} is no object: {value}"));
    for key in needed {
        assert!(members.contains_key(*key), "{kind} has no `{key}`: {value}");
    }
    for (key, value) in members {
        assert!(allowed.contains(&key.as_str()), "{kind} has `{key}`");
        let each = |kind: &str| value.as_array().unwrap().iter().for_each(|item| object(kind, item));
        match key.as_str() {
            "runs" => each("run"),
            "rules" => each("reportingDescriptor"),
            "results" => each("result"),
            "locations" | "relatedLocations" => each("location"),
            "tool" => object("tool", value),
            "driver" => object("toolComponent", value),
            "message" | "shortDescription" | "fullDescription" | "help" => object("message", value),
            "physicalLocation" => object("physicalLocation", value),
            "artifactLocation" => object("artifactLocation", value),
            "region" => object("region", value),
            "startLine" | "startColumn" => assert!(value.as_u64().unwrap() >= 1, "{key}: {value}"),
            "byteOffset" | "byteLength" => assert!(value.is_u64(), "{key}: {value}"),
            "level" => assert!(["error", "warning", "note"].contains(&value.as_str().unwrap())),
            "columnKind" => assert_eq!(value, "unicodeCodePoints"),
            "uri" => {
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/+@,=%".contains(&b);
                assert!(value.as_str().unwrap().bytes().all(plain), "{value}");
            }
            "text" => assert!(!value.as_str().unwrap().is_empty(), "{kind}"),
            _ => assert!(value.is_string(), "{kind}.{key}: {value}"),
        }
    }
}

#[test]
fn every_finding_is_valid_sarif_with_a_rule_that_explains_it() {
    let checks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reach/tests/fixtures/checks");
    let directory = std::env::temp_dir().join(format!("meshveil sarif #{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let mut files = Vec::new();
    for check in std::fs::read_dir(checks).unwrap() {
        let check = check.unwrap();
        let file = directory.join(format!("{}%.yaml", check.file_name().to_string_lossy()));
        std::fs::copy(check.path().join("bad.yaml"), &file).unwrap();
        files.push(file);
    }
    files.push(directory.join("broken.yaml"));
    std::fs::write(&files[files.len() - 1], "apiVersion: v1\nkind: Pod\nmetadata: { nme: \"ä\\n\" }\n--- \na: [\n")
        .unwrap();
    let mut seen = 0;
    for file in &files {
        let output = Command::new(env!("CARGO_BIN_EXE_meshveil"))
            .args(["check", "--output", "sarif"])
            .arg(file)
            .output()
            .unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        if document.is_null() {
            assert_eq!(
                output.status.code(),
                Some(2),
                "{}: {}",
                file.display(),
                String::from_utf8_lossy(&output.stderr)
            );
            continue; // A fixture without a workload: its base is not here.
        }
        object("sarifLog", &document);
        assert_eq!(document["version"], "2.1.0");
        let run = &document["runs"][0];
        let rules: Vec<&Value> = run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|r| &r["id"]).collect();
        for result in run["results"].as_array().unwrap() {
            assert!(rules.contains(&&result["ruleId"]), "{result}");
            assert_eq!(result["locations"].as_array().unwrap().len(), 1);
            seen += 1;
        }
    }
    std::fs::remove_dir_all(&directory).unwrap();
    assert!(seen > 20, "only {seen} results");
}
