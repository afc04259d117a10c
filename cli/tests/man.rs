//! The manual pages are those of the command as it is.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeSet, fs, process::Command};

use crate::help::{examples, help, verbs};

/// A page without the marks of roff: what a reader sees, but for line breaks.
fn plain(roff: &str) -> String {
    let text = ["\\fB", "\\fI", "\\fR", "\\&"].iter().fold(roff.to_owned(), |text, mark| text.replace(mark, ""));
    text.replace("\\-", "-").replace("\\*(Aq", "'").replace("\\\\", "\\")
}

/// Every page that `man --output` writes, by name.
fn pages() -> Vec<(String, String)> {
    let directory = crate::place("man", std::thread::current().name().unwrap().rsplit("::").next().unwrap());
    let output = Command::new(env!("CARGO_BIN_EXE_meshveil")).arg("man").arg("-o").arg(&directory).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())).collect()
}

#[test]
fn the_command_and_every_verb_have_a_page() {
    let mut expected: BTreeSet<String> = verbs().iter().map(|verb| format!("meshveil-{verb}.1")).collect();
    expected.insert("meshveil.1".to_owned());
    let pages = pages();
    assert_eq!(pages.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(), expected);
    for (name, page) in pages {
        let verb = name.strip_prefix("meshveil-").map(|rest| rest.trim_end_matches(".1"));
        let printed = Command::new(env!("CARGO_BIN_EXE_meshveil")).arg("man").args(verb).output().unwrap();
        assert_eq!(String::from_utf8(printed.stdout).unwrap(), page, "{name}");
        let version = env!("CARGO_PKG_VERSION");
        let title = format!(".TH {} 1 \" \" \"meshveil {version}\" meshveil\n", name.trim_end_matches(".1"));
        assert!(page.contains(&title), "{name}: {page}");
    }
}

#[test]
fn a_page_says_what_the_help_says() {
    for (name, page) in pages() {
        let page = plain(&page);
        let verb = name.strip_prefix("meshveil-").map(|rest| rest.trim_end_matches(".1"));
        let text = help(&verb.into_iter().collect::<Vec<_>>());
        let options = text.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2);
        for option in options.map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-')) {
            assert!(page.contains(option), "{name}: {option}");
        }
        let lines: BTreeSet<&str> = page.lines().map(str::trim).collect();
        for example in examples(&text) {
            let command = format!("meshveil {}", example.first().unwrap());
            assert!(lines.iter().any(|line| line.contains(&command)), "{name}: {command}");
        }
        assert_eq!(text.contains("\nExit codes: "), page.contains("\n.SH \"EXIT STATUS\"\n"), "{name}");
    }
}

#[test]
fn no_line_of_an_example_is_a_request_to_the_formatter() {
    for (name, page) in pages() {
        let examples = page.split(".SH EXAMPLES\n.nf\n").nth(1).unwrap().split("\n.fi\n").next().unwrap();
        assert!(examples.lines().all(|line| !line.starts_with(['.', '\''])), "{name}: {examples}");
        assert!(examples.lines().count() >= 1 && page.contains("\n.fi\n"), "{name}");
    }
}

#[test]
fn an_unknown_verb_has_no_page() {
    let output = Command::new(env!("CARGO_BIN_EXE_meshveil")).args(["man", "chek"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "error: unknown verb `chek`: `meshveil --help` lists them\n");
}
