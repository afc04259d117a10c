//! The verbs that write pages: what they write, where, and what their exit codes say. What the pages hold: `crates/report`.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path, process::Command};

use crate::place;

/// What a command prints, what it says, and its exit code.
fn run(directory: &str, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_meshveil"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd").join(directory))
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn a_report_is_written_whatever_comes_of_it() {
    let directory = place("pages", "report");
    let file = directory.join("report.html");
    let path = file.to_str().unwrap();
    for (folder, arguments, code, heading) in [
        ("simulate.in", &["report", "masked"][..], 0, "<h1>Nothing exceeds"),
        ("simulate.in", &["report", "unmasked"], 3, "<h1>1 cell of "),
        ("assert.in", &["report", "--assert", "broken.yaml", "masked"], 3, "expectations do not hold"),
        ("diff.in", &["report", "broken.yaml"], 1, "<h1>No answer"),
    ] {
        let _ = fs::remove_file(&file);
        let (out, said, exit) = run(folder, &[arguments, &["-o", path]].concat());
        assert_eq!((exit, out.as_str()), (Some(code), ""), "{arguments:?}: {said}");
        let page = fs::read_to_string(&file).unwrap();
        assert!(page.starts_with("<!DOCTYPE html>") && page.contains(heading), "{arguments:?}");
        // The same on standard output, but for the command, which the page names.
        let (page, _, exit) = run(folder, arguments);
        assert!(
            exit == Some(code)
                && page.contains(heading)
                && page.contains(&format!("<code>meshveil {}</code>", arguments.join(" ")))
        );
    }
    let (_, said, exit) = run("simulate.in", &["report", "nowhere.yaml"]);
    assert_eq!(exit, Some(2), "{said}");
}

#[test]
fn a_sample_is_shown_as_each_caller_gets_it_and_only_when_it_is_given() {
    let body = crate::file(&place("pages", "sample"), "body.json", r#"{"ssn":"123-45-6789"}"#);
    let (without, _, _) = run("simulate.in", &["report", "masked"]);
    let (with, _, _) = run("simulate.in", &["report", "masked", "--sample", &body]);
    assert!(!without.contains("123-45-6789") && with.contains("123-45-6789") && with.contains("<mark>"));
}

#[test]
fn a_program_without_the_playground_says_so() {
    let (page, said, exit) = run("simulate.in", &["playground"]);
    let (report, _, _) = run("simulate.in", &["report", "masked"]);
    if cfg!(playground) {
        assert!(exit == Some(0) && page.contains("id=\"module\"") && page.contains("'wasm-unsafe-eval'"), "{said}");
        assert!(report.contains("id=\"module\""));
    } else {
        assert!(
            exit == Some(2) && page.is_empty() && said.contains("built without the playground: `make build`"),
            "{said}"
        );
        assert!(!report.contains("id=\"module\"") && !report.contains("wasm-unsafe-eval"));
    }
}

#[test]
fn a_difference_is_a_page_with_every_change() {
    let (text, _, exit) = run("diff.in", &["diff", "before", "opened"]);
    let (page, _, same) = run("diff.in", &["diff", "before", "opened", "--output", "html"]);
    assert_eq!((exit, same), (Some(3), Some(3)));
    let changes = text.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")).count();
    assert!(changes > 0 && page.starts_with("<!DOCTYPE html>"));
    assert_eq!(page.matches("<li id=").count(), changes);
}

#[test]
fn the_report_of_a_thousand_workloads_stays_small() {
    let directory = place("pages", "large");
    let path = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    fs::write(path("app.yaml"), crate::scale::large_cluster::manifests(1_000, 200)).unwrap();
    fs::write(path("policy.yaml"), crate::scale::large_cluster::policy(1_000)).unwrap();
    let (page, said, exit) = run("simulate.in", &["report", directory.to_str().unwrap()]);
    assert!(matches!(exit, Some(0 | 3)), "{said}");
    // Without the module, which a program may have been built with.
    let mut parts = page.split("<script");
    let size = parts.next().unwrap().len()
        + parts.filter_map(|part| part.split_once("</script>")).map(|(_, rest)| rest.len()).sum::<usize>();
    assert!(size < 500_000, "{size} bytes");
    assert!(page.matches("<tr class=\"class").count() < 50);
}
