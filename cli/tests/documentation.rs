//! Every command that the documentation shows.

use std::path::Path;

#[test]
fn prints_what_the_readme_shows() {
    // As somebody would run it who has just cloned the repository.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::set_current_dir(&root).unwrap();
    trycmd::TestCases::new().default_bin_name("meshveil").case("README.md");
}

#[test]
fn the_readme_names_only_targets_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |file: &str| std::fs::read_to_string(root.join(file)).unwrap();
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
