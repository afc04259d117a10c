//! Every verb that reads files reads standard input as `-`, so that `kustomize build` and `helm template` can be piped.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

fn run(arguments: &[&str], file: &str) -> (String, Option<i32>) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/simulate.in/masked");
    let mut child = Command::new(env!("CARGO_BIN_EXE_meshveil"))
        .args(arguments)
        .current_dir(&directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = fs::read(directory.join(file)).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    if arguments.contains(&"-") {
        stdin.write_all(&text).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    (String::from_utf8(output.stdout).unwrap().replace("(standard input)", file), output.status.code())
}

#[test]
fn a_pipe_gives_the_same_as_a_file() {
    let verbs: [&[&str]; 8] = [
        &["simulate", "policy.yaml", "manifests.yaml"],
        &["simulate", "--connections", "manifests.yaml"],
        &["simulate", "--single-fault", "policy.yaml", "manifests.yaml"],
        &["simulate", "--exposure", "policy.yaml", "manifests.yaml"],
        &["explain", "frontend", "customers", "ssn", "-p", "policy.yaml", "-m", "manifests.yaml"],
        &["diff", ".", "manifests.yaml"],
        &["diff", "manifests.yaml", "manifests.yaml"],
        &["check", "policy.yaml", "manifests.yaml"],
    ];
    for arguments in verbs {
        let last = arguments.last().copied().unwrap();
        let piped: Vec<&str> =
            arguments.iter().take(arguments.len() - 1).copied().chain(std::iter::once("-")).collect();
        let (expected, piped) = (run(arguments, last), run(&piped, last));
        assert!(!expected.0.is_empty(), "{arguments:?}");
        assert_eq!(piped, expected, "{arguments:?}");
    }
}
