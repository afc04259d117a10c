//! Every example of the page about expectations is read, and holds for the sample shop.

use std::{fs, path::Path, process::Command};

use crate::{prints_what_is_shown, root};

const PAGE: &str = "docs/reference/assertions.md";

#[test]
fn prints_what_the_page_shows() {
    prints_what_is_shown(PAGE);
}

#[test]
fn every_example_holds_for_the_sample_shop() {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let examples: Vec<&str> = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(examples.len(), 2);
    for (at, example) in examples.into_iter().enumerate() {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("expectations-{at}.yaml"));
        fs::write(&file, example).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_meshveil"))
            .args(["simulate", "shop/policy.yaml", "manifests/app", "manifests/istio-sidecar/base", "--assert"])
            .arg(&file)
            .current_dir(root())
            .output()
            .unwrap();
        let count = example.lines().filter(|line| line.starts_with("  - ")).count();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed, format!("{count} expectations hold\n"), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
