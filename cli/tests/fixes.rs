//! `check --fix` on every example of a known mistake: what it changes is better, and a second run changes nothing.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use meshveil_text::codes::{authorization, bypass, network};

fn meshveil(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_meshveil")).args(arguments).current_dir(directory).output().unwrap()
}

/// Findings by code.
fn findings(directory: &Path) -> BTreeMap<String, usize> {
    let output = meshveil(directory, &["check", ".", "--output", "json"]);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut counts = BTreeMap::new();
    for finding in found.get("findings").unwrap().as_array().unwrap() {
        *counts.entry(finding.get("code").unwrap().as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

/// Every bad example of a cluster, each in a directory of its own.
fn examples() -> Vec<PathBuf> {
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixes");
    if to.exists() {
        fs::remove_dir_all(&to).unwrap();
    }
    let codes = [bypass::ALL, authorization::ALL, network::ALL].into_iter().flatten();
    let directories = codes.map(|code| {
        let directory = to.join(code.id);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("bad.yaml"), code.example.base.with(code.example.bad)).unwrap();
        directory
    });
    directories.collect()
}

#[test]
fn fixes_make_fewer_findings_and_the_second_run_has_nothing_to_do() {
    let mut fixed = Vec::new();
    for directory in examples() {
        let before = findings(&directory);
        let shown = meshveil(&directory, &["check", "--fix", "--dry-run", "."]);
        let text = fs::read_to_string(directory.join("bad.yaml")).unwrap();
        meshveil(&directory, &["check", "--fix", "."]);
        let changed = fs::read_to_string(directory.join("bad.yaml")).unwrap() != text;
        let code = directory.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(changed, shown.stdout != b"nothing to fix\n", "{code}");
        let after = findings(&directory);
        let total = |counts: &BTreeMap<String, usize>| counts.values().sum::<usize>();
        assert_eq!(changed, total(&after) < total(&before), "{code}: {before:?} {after:?}");
        let again = meshveil(&directory, &["check", "--fix", "--dry-run", "."]);
        assert_eq!(String::from_utf8_lossy(&again.stdout), "nothing to fix\n", "{code}");
        if changed {
            fixed.push(code);
        }
    }
    // Those whose page promises it.
    for code in ["MV-B01", "MV-N01", "MV-N02", "MV-N07", "MV-N10"] {
        assert!(fixed.iter().any(|known| known == code), "{code}: {fixed:?}");
    }
}
