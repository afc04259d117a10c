//! The help of every verb has the same parts, and its examples are commands that exist.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::process::Command;

pub(crate) fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_meshveil"))
        .args(arguments)
        .arg("--help")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn verbs() -> Vec<String> {
    let text = help(&[]);
    let list = text.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|verb| *verb != "help").map(str::to_owned).collect()
}

/// The arguments of each example.
pub(crate) fn examples(text: &str) -> Vec<Vec<String>> {
    let list = text.split("\nExamples:\n").nth(1).unwrap_or_else(|| panic!("no examples: {text}"));
    let list = list.split("\n\n").next().unwrap();
    // Long ones go on in a line that is indented like the others, but begins with no command.
    let begins = ["meshveil ", "kustomize ", "kubectl ", "curl ", "git ", "istioctl "];
    let mut lines: Vec<String> = Vec::new();
    for line in list.lines().map(str::trim) {
        match lines.last_mut() {
            Some(last) if !begins.iter().any(|command| line.starts_with(command)) => *last = format!("{last} {line}"),
            _ => lines.push(line.to_owned()),
        }
    }
    let own = |line: &String| {
        let (_, rest) = line.split_once("meshveil ").unwrap_or_else(|| panic!("another command: {line}"));
        let words = rest.split(' ').take_while(|word| !["|", ">", ">>", "<", "&&"].contains(word));
        words.map(|word| word.trim_matches('\'').to_owned()).collect()
    };
    lines.iter().map(own).collect()
}

#[test]
fn every_verb_has_examples_that_are_commands() {
    let verbs = verbs();
    assert!(verbs.len() >= 11, "{verbs:?}");
    for verb in &verbs {
        let text = help(&[verb]);
        for example in examples(&text) {
            assert_eq!(&example[0], verb, "{example:?}");
            // A command with an option that does not exist fails before its help is printed.
            help(&example.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
    for example in examples(&help(&[])) {
        assert!(verbs.contains(&example[0]), "{example:?}");
    }
}

#[test]
fn every_argument_is_described() {
    for verb in verbs() {
        let text = help(&[&verb]);
        let mut lines = text.lines().skip_while(|line| !line.ends_with("ptions:") && *line != "Arguments:").peekable();
        while let Some(line) = lines.next() {
            let is_name = line.trim_start().starts_with(['-', '<', '[']) && line.starts_with("  ");
            if line.starts_with("Examples:") {
                break;
            }
            if is_name
                && !line.trim_start().starts_with("[default")
                && !line.trim_start().starts_with("[possible")
                && !line.trim_start().starts_with("- ")
            {
                let here = line.trim().split("  ").nth(1).is_some();
                assert!(here || lines.peek().is_some_and(|next| !next.trim().is_empty()), "{verb}: {line}");
            }
        }
    }
}
