//! Every command and every test that the documentation names.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;

use crate::{prints_what_is_shown, root};

#[test]
fn prints_what_the_readme_shows() {
    prints_what_is_shown("README.md");
}

#[test]
fn the_readme_names_only_targets_that_exist() {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).unwrap();
    let makefile = read("Makefile");
    for page in ["README.md", "CONTRIBUTING.md"] {
        let text = read(page);
        let named = text.split("make ").skip(1).filter_map(|rest| rest.split([' ', '`', ')', '\n', ';', ',']).next());
        let named: Vec<&str> = named.filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-')).collect();
        assert!(!named.is_empty());
        for target in named {
            assert!(makefile.contains(&format!("\n{target}:")), "{page}: `make {target}`");
        }
    }
}

/// Every `fn` in the sources below a directory.
fn functions(directory: &Path, names: &mut std::collections::BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            functions(&path, names);
        } else if name.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let named = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
            names.extend(named.map(str::to_owned));
        }
    }
}

#[test]
fn the_tests_that_evasion_names_exist() {
    let mut known = std::collections::BTreeSet::new();
    functions(&root(), &mut known);
    let page = std::fs::read_to_string(root().join("docs/evasion.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| bypass |"));
    let mut count = 0;
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for test in tests.split(", ").map(|test| test.trim_matches('`')) {
            assert!(known.contains(test), "{test}");
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}
