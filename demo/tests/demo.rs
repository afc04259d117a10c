//! The demo as `make demo` runs it.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::process::{Command, Output};

const ESCAPE: char = '\u{1b}';

fn demo(environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_meshveil-demo"))
        .arg("run")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn every_caller_gets_what_the_shipped_plan_says() {
    let output = demo(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    for part in ["as billing", "as support", "as frontend", "as batch", "403 Forbidden", "\"****6789\"", "admin page"] {
        assert!(text.contains(part), "`{part}` is not in {text}");
    }
    assert!(!text.contains(ESCAPE), "a pipe gets no colour");
}

#[test]
fn colour_can_be_forced_and_forbidden() {
    let coloured = |environment| String::from_utf8(demo(environment).stdout).unwrap().contains(ESCAPE);
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn unknown_verb_is_a_usage_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_meshveil-demo")).arg("dance").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("usage: "));
}
