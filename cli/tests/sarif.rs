//! SARIF output is what the schema of SARIF 2.1.0 (OASIS) allows.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn schema() -> jsonschema::Validator {
    let schema = serde_json::from_str(include_str!("sarif/sarif-schema-2.1.0.json")).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// A document, if there is anything to check.
fn sarif(file: &Path) -> Option<Value> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_meshveil")).args(["check", "--output", "sarif"]).arg(file).output().unwrap();
    if output.status.code() == Some(2) {
        assert!(String::from_utf8_lossy(&output.stderr).contains("nothing to check"), "{}", file.display());
        return None;
    }
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn every_finding_is_valid_sarif_with_a_rule_that_explains_it() {
    let directory = std::env::temp_dir().join(format!("meshveil sarif #{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let mut files = Vec::new();
    for code in meshveil_text::codes::all() {
        let file = directory.join(format!("{code}%.yaml"));
        std::fs::write(&file, code.example.base.with(code.example.bad)).unwrap();
        files.push(file);
    }
    files.push(directory.join("broken.yaml"));
    std::fs::write(&files[files.len() - 1], "apiVersion: v1\nkind: Pod\nmetadata: { nme: \"ä\\n\" }\n--- \na: [\n")
        .unwrap();
    files.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/check.in/faults.yaml"));
    files.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/check.in/good.yaml"));
    let schema = schema();
    let (mut seen, mut fixes) = (0, 0);
    for file in &files {
        // A fixture without a workload: its base is not here.
        let Some(document) = sarif(file) else { continue };
        let faults: Vec<String> =
            schema.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path)).collect();
        assert!(faults.is_empty(), "{}: {faults:#?}", file.display());
        let run = &document["runs"][0];
        let rules: Vec<&Value> = run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|r| &r["id"]).collect();
        for result in run["results"].as_array().unwrap() {
            assert!(rules.contains(&&result["ruleId"]), "{result}");
            assert_eq!(result["locations"].as_array().unwrap().len(), 1);
            fixes += result["fixes"].as_array().map_or(0, Vec::len);
            seen += 1;
        }
        for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
            assert!(rule["help"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{rule}");
        }
    }
    std::fs::remove_dir_all(&directory).unwrap();
    assert!(seen > 20 && fixes > 3, "only {seen} results, {fixes} fixes");
}

#[test]
fn the_schema_refuses_what_is_not_sarif() {
    let schema = schema();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/check.in/faults.yaml");
    let document = sarif(&file).unwrap();
    assert!(schema.is_valid(&document));
    for (pointer, wrong) in [
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", 0.into()),
        ("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", "a b".into()),
        ("/runs/0/results/0/level", "warn".into()),
        ("/version", "2.2".into()),
    ] {
        let mut document = document.clone();
        *document.pointer_mut(pointer).unwrap() = wrong;
        assert!(!schema.is_valid(&document), "{pointer}");
    }
}
