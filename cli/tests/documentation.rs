//! Every command and every test that the documentation names.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;

use crate::{prints_what_is_shown, root};

#[test]
fn prints_what_the_readme_shows() {
    prints_what_is_shown("README.md");
}

#[test]
fn prints_what_the_page_about_reports_shows() {
    prints_what_is_shown("docs/report.md");
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

/// Pages whose commands run here, as those of the README do.
const PAGES: [&str; 5] = [
    "docs/guide/quick-start.md",
    "docs/guide/ambient.md",
    "docs/guide/envoy.md",
    "docs/guide/troubleshooting.md",
    "docs/versions.md",
];

#[test]
fn prints_what_the_pages_show() {
    for page in PAGES {
        prints_what_is_shown(page);
    }
}

/// Every page below a directory.
fn pages(directory: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            found.push((path.display().to_string(), std::fs::read_to_string(path).unwrap()));
        }
    }
    found
}

#[test]
fn a_command_that_no_test_runs_says_what_was_checked_instead() {
    let mut seen = 0;
    let mut all = pages(&root().join("docs/guide"));
    all.extend(
        ["docs/installing.md", "docs/releasing.md", "docs/versions.md"]
            .map(|page| (page.to_owned(), std::fs::read_to_string(root().join(page)).unwrap())),
    );
    for (name, page) in all {
        let is_run = PAGES.iter().any(|page| name.ends_with(page));
        assert!(is_run || !page.contains("```console\n"), "{name}: its commands are run by no test");
        for (before, block) in page.match_indices("```sh\n").map(|(at, _)| page.split_at(at)) {
            let said = before.trim_end().lines().last().unwrap();
            assert!(said.starts_with('*') && said.contains("hecked"), "{name}: {said}");
            let block = block.split("```").nth(1).unwrap();
            for line in block.lines().filter_map(|line| line.strip_prefix("meshveil ")) {
                // Up to the next command of the line. Readers put what was printed in place of the word.
                let line = line.replace("DIGEST", &"0123456789abcdef".repeat(4));
                let words = line.split(' ').take_while(|word| *word != "|").map(|word| word.trim_matches('\''));
                let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_meshveil"));
                let output = command.args(words).arg("--help").output().unwrap();
                assert!(output.status.success(), "{name}: {line}: {}", String::from_utf8_lossy(&output.stderr));
                seen += 1;
            }
        }
    }
    assert!(seen >= 5, "{seen}");
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
    // Before the figures of other filters.
    let bypasses = page.split("## Other filters").next().unwrap();
    let rows = bypasses.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| bypass |"));
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
