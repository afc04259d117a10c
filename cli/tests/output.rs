//! Every answer in JSON has the shape that `docs/reference/output.schema.json` says, and every shape is an answer.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use serde_json::Value;

fn reference(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference").join(file)).unwrap()
}

/// What a command prints, and its exit code.
fn answer(directory: &str, arguments: &[&str]) -> (Value, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_meshveil"))
        .args(arguments)
        .args(["--output", "json"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd").join(directory))
        .output()
        .unwrap();
    let document = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    (document, output.status.code().unwrap())
}

#[test]
fn every_answer_has_the_shape_of_the_reference() {
    let schema: Value = serde_json::from_str(&reference("output.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut seen = BTreeSet::new();
    for (directory, arguments, code) in [
        ("check.in", &["check", "good.yaml"][..], 0),
        ("check.in", &["check", "faults.yaml"], 1),
        ("check.in", &["check", "article.yaml"], 1),
        ("simulate.in", &["simulate", "masked"], 0),
        ("simulate.in", &["simulate", "unmasked"], 3),
        ("simulate.in", &["simulate", "--wide", "unmasked"], 3),
        ("simulate.in", &["simulate", "--connections", "masked"], 0),
        ("simulate.in", &["simulate", "--exposure", "masked"], 0),
        ("simulate.in", &["simulate", "--exposure", "open.yaml"], 0),
        ("simulate.in", &["simulate", "--single-fault", "masked"], 0),
        ("assert.in", &["simulate", "--assert", "holds.yaml", "masked"], 0),
        ("assert.in", &["simulate", "--assert", "broken.yaml", "masked"], 3),
        ("assert.in", &["simulate", "--assert", "faults.yaml", "masked"], 1),
        ("explain.in", &["explain", "frontend", "customers", "-m", "masked"], 0),
        ("explain.in", &["explain", "batch", "customers:9999", "ssn", "-m", "masked"], 0),
        ("diff.in", &["diff", "before", "before"], 0),
        ("diff.in", &["diff", "before", "opened"], 3),
        ("diff.in", &["diff", "before", "weaker"], 3),
        // Faults in the files, whatever was asked.
        ("diff.in", &["simulate", "broken.yaml"], 1),
        ("diff.in", &["explain", "a", "b", "-m", "broken.yaml"], 1),
        ("diff.in", &["diff", "before", "broken.yaml"], 1),
    ] {
        let (document, exit) = answer(directory, arguments);
        let faults: Vec<String> =
            validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path)).collect();
        assert!(faults.is_empty(), "{arguments:?}: {faults:#?}\n{document:#}");
        assert_eq!(exit, code, "{arguments:?}");
        assert_eq!(document.as_object().unwrap().contains_key("findings"), exit == 1 || arguments[0] == "check");
        seen.extend(document.as_object().unwrap().keys().cloned());
    }
    let shapes = schema["anyOf"].as_array().unwrap().iter();
    let known: BTreeSet<String> =
        shapes.flat_map(|shape| shape["properties"].as_object().unwrap().keys().cloned()).collect();
    assert_eq!(seen, known);
    let page = reference("output.md");
    for member in known {
        assert!(page.contains(&format!("`{member}`")), "{member} is not on the page");
    }
}

#[test]
fn the_matrix_says_who_gets_more_than_the_policy_grants() {
    let exceeding = |directory: &str| -> Vec<String> {
        let (document, _) = answer("simulate.in", &["simulate", "--wide", directory]);
        let sources = document["matrix"][0]["sources"].as_array().unwrap();
        let is_more = |source: &&Value| source["fields"]["ssn"]["exceeds"] == true;
        sources.iter().filter(is_more).map(|source| source["source"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(exceeding("masked"), Vec::<String>::new());
    assert_eq!(exceeding("unmasked"), ["shop/frontend[Deployment]"]);
    let (document, _) = answer("simulate.in", &["simulate", "unmasked"]);
    let classes = document["matrix"][0]["classes"].as_array().unwrap();
    let more = classes.iter().filter(|class| class["cells"][0]["exceeds"] == true);
    let groups: Vec<&Value> =
        more.flat_map(|class| class["parts"].as_array().unwrap()).map(|part| &part["groups"]).collect();
    assert_eq!(groups, [&serde_json::json!(["shop/frontend[Deployment]"])]);
}
