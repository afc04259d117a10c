//! Whole runs of the command line.

#[test]
fn prints_what_is_written_down() {
    trycmd::TestCases::new()
        .default_bin_name("meshveil")
        .env("COLUMNS", "100")
        .env("MESHVEIL_KEY", "a key for tests, 32 bytes or more")
        .case(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cmd/*.trycmd"));
}

#[test]
fn schema_prints_the_committed_one() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_meshveil")).arg("schema").output().unwrap();
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/meshveil.schema.json");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), std::fs::read_to_string(committed).unwrap());
}

#[test]
fn schema_prints_the_committed_definition() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_meshveil")).args(["schema", "--crd"]).output().unwrap();
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/maskingpolicies.json");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), std::fs::read_to_string(committed).unwrap());
}

#[test]
fn bash_completes_a_verb_and_an_option() {
    let complete = |words: &str| {
        let script = format!(
            "source <(\"$0\" completions bash); words=({words}); COMP_WORDS=(\"${{words[@]}}\"); COMP_CWORD=$((${{#words[@]}} - 1)); \
             _meshveil meshveil \"${{words[-1]}}\" \"${{words[-2]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        let output =
            std::process::Command::new("bash").args(["-c", &script, env!("CARGO_BIN_EXE_meshveil")]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(complete("meshveil pack"), "package\n");
    assert_eq!(complete("meshveil package --ta"), "--tag\n");
}
