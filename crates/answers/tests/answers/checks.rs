//! Every check reports the bad example of its code, as a file of `expected/` says, and nothing about the good one; every fix
//! removes its finding.
//!
//! `MESHVEIL_BLESS=1 cargo test -p meshveil-answers` writes these files anew, to be read before committing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::cluster::read_text;
use meshveil_answers::checks::{self, Context};
use meshveil_reach::{Finding, Manifests, Options, Reach};
use meshveil_text::Code;
use meshveil_text::codes::{Base, authorization, bypass, network};

/// What a check says about the bad example of its code.
fn expected(code: &Code) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected").join(code.id).with_extension("txt")
}

fn bad(code: &Code) -> String {
    code.example.base.with(code.example.bad)
}

fn check(text: &str) -> (Manifests, Vec<Finding>) {
    let manifests = read_text(text);
    let findings = {
        let reach = Reach::new(&manifests, &Options::default());
        checks::run(&Context::inferred(&reach))
    };
    (manifests, findings)
}

fn render(manifests: &Manifests, findings: &[&Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let under = manifests.files.slice(finding.span).lines().next().unwrap_or_default();
        writeln!(text, "{} {}: {}", finding.code, finding.severity, finding.message).unwrap();
        writeln!(text, "  at: {under}").unwrap();
        for label in &finding.labels {
            let under = manifests.files.slice(label.span).lines().next().unwrap_or_default();
            writeln!(text, "  also: {under} ({})", label.message).unwrap();
        }
        if let Some(help) = &finding.help {
            writeln!(text, "  help: {help}").unwrap();
        }
        if let Some(fix) = &finding.fix {
            writeln!(text, "  fix: {}: `{}`", fix.message, fix.replacement.escape_debug()).unwrap();
        }
    }
    text
}

#[test]
fn every_check_reports_its_bad_example() {
    let bless = std::env::var_os("MESHVEIL_BLESS").is_some();
    for entry in checks::all() {
        let (manifests, findings) = check(&bad(entry.code));
        let own: Vec<&Finding> = findings.iter().filter(|f| f.code == entry.code).collect();
        assert!(!own.is_empty(), "{} is silent; others: {findings:#?}", entry.code);
        let rendered = render(&manifests, &own);
        let path = expected(entry.code);
        if bless {
            std::fs::write(&path, &rendered).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(rendered, expected, "{}", entry.code);
    }
}

#[test]
fn every_good_example_is_without_a_finding() {
    for entry in checks::all() {
        let (manifests, findings) = check(&entry.code.example.base.with(entry.code.example.good));
        assert!(manifests.findings.is_empty(), "{}: {:#?}", entry.code, manifests.findings);
        let all: Vec<&Finding> = findings.iter().collect();
        assert!(findings.is_empty(), "{}:\n{}", entry.code, render(&manifests, &all));
    }
}

#[test]
fn whole_bundles_and_plain_default_denies_are_without_a_finding() {
    let denies = include_str!("../../../reach/tests/fixtures/default-deny.yaml");
    for (name, text) in [("sidecar", Base::Sidecar.text()), ("ambient", Base::Ambient.text()), ("denies", denies)] {
        let (manifests, findings) = check(text);
        assert!(manifests.findings.is_empty(), "{name}: {:#?}", manifests.findings);
        let all: Vec<&Finding> = findings.iter().collect();
        assert!(findings.is_empty(), "{name}:\n{}", render(&manifests, &all));
    }
}

#[test]
fn every_fix_removes_its_finding_and_adds_none() {
    let mut fixed = 0;
    for entry in checks::all() {
        let mut text = bad(entry.code);
        for _ in 0..10 {
            let (_, findings) = check(&text);
            let Some(fix) = findings.iter().filter(|f| f.code == entry.code).find_map(|f| f.fix.clone()) else { break };
            let before = findings.len();
            text.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.replacement);
            let (manifests, after) = check(&text);
            assert!(manifests.findings.len() <= 1, "{}: {:#?}\n{text}", entry.code, manifests.findings);
            assert!(after.len() < before, "{}: {after:#?}\n{text}", entry.code);
            fixed += 1;
        }
    }
    assert!(fixed >= 5, "only {fixed} fixes");
}

#[test]
fn every_code_about_clusters_has_a_check() {
    let families = [bypass::ALL, authorization::ALL, network::ALL];
    // This one compares manifests with a policy; `examples` shows it.
    let with_policy = [&bypass::OTHER_SETTINGS];
    let codes = families.into_iter().flatten().copied().filter(|code| !with_policy.contains(code));
    let codes: Vec<&Code> = codes.collect();
    assert_eq!(checks::all().iter().map(|check| check.code).collect::<Vec<_>>(), codes);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(expected(codes[0]).parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort_unstable();
    let mut known: Vec<PathBuf> = codes.into_iter().map(expected).collect();
    known.sort_unstable();
    assert_eq!(files, known);
}
