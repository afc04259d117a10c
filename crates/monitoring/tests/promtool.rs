//! Prometheus' own tool takes the rules, and each alert fires when it should and only then.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{env, fs, path::PathBuf, process::Command};

use meshveil_monitoring::rules;

/// Runs `promtool` of Debian's package, which `make setup` fetches.
fn promtool(arguments: &[&str]) -> String {
    let tools = env::var_os("MESHVEIL_REGISTRY_TOOLS").map(PathBuf::from);
    let tools = tools.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../.venv/debian/bin"));
    let output = Command::new(tools.join("promtool")).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn rules_are_valid_and_each_alert_fires_when_it_should() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let file = write("alerts.yaml", rules::rules());
    promtool(&["check", "rules", &file]);
    promtool(&["test", "rules", &write("tests.yaml", rules::tests(&file))]);
}

#[test]
#[should_panic(expected = "FAILED")]
fn a_rule_that_never_fires_fails_its_test() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let dead = rules::rules().replace("> 0", "< 0");
    fs::write(path("alerts.yaml"), dead).unwrap();
    fs::write(path("tests.yaml"), rules::tests(&path("alerts.yaml"))).unwrap();
    promtool(&["test", "rules", &path("tests.yaml")]);
}
