//! Every check speaks on its bad fixture, says what `expected.txt` holds, and is silent on its good one; every fix removes
//! its finding.
//!
//! `MESHVEIL_BLESS=1 cargo test -p meshveil-answers` writes `expected.txt` anew, to be read before committing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::base;
use crate::cluster::{merged, read_text};
use meshveil_answers::checks::{self, Context};
use meshveil_reach::{Finding, Manifests, Options, Reach};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn fixture(code: &str, name: &str) -> String {
    let path = folder().join("checks").join(code).join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    match text.lines().next().and_then(|line| line.strip_prefix("# base: ")) {
        Some(cluster) => {
            let change = text.split_once('\n').map(|(_, rest)| rest).unwrap();
            merged(&base(cluster), change)
        }
        None => text,
    }
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
fn every_check_speaks_on_its_bad_fixture() {
    let bless = std::env::var_os("MESHVEIL_BLESS").is_some();
    for entry in checks::all() {
        let (manifests, findings) = check(&fixture(entry.code.id, "bad.yaml"));
        let own: Vec<&Finding> = findings.iter().filter(|f| f.code == entry.code).collect();
        assert!(!own.is_empty(), "{} is silent; others: {findings:#?}", entry.code);
        let rendered = render(&manifests, &own);
        let path = folder().join("checks").join(entry.code.id).join("expected.txt");
        if bless {
            std::fs::write(&path, &rendered).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(rendered, expected, "{}", entry.code);
    }
}

#[test]
fn every_good_fixture_is_without_a_finding() {
    for entry in checks::all() {
        let (manifests, findings) = check(&fixture(entry.code.id, "good.yaml"));
        assert!(manifests.findings.is_empty(), "{}: {:#?}", entry.code, manifests.findings);
        let all: Vec<&Finding> = findings.iter().collect();
        assert!(findings.is_empty(), "{}:\n{}", entry.code, render(&manifests, &all));
    }
}

#[test]
fn whole_bundles_and_plain_default_denies_are_without_a_finding() {
    for name in ["sidecar", "ambient", "default-deny"] {
        let text = base(name);
        let (manifests, findings) = check(&text);
        assert!(manifests.findings.is_empty(), "{name}: {:#?}", manifests.findings);
        let all: Vec<&Finding> = findings.iter().collect();
        assert!(findings.is_empty(), "{name}:\n{}", render(&manifests, &all));
    }
}

#[test]
fn every_fix_removes_its_finding_and_adds_none() {
    let mut fixed = 0;
    for entry in checks::all() {
        let mut text = fixture(entry.code.id, "bad.yaml");
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
fn codes_and_fixtures_belong_together() {
    let mut codes: Vec<&str> = checks::all().iter().map(|check| check.code.id).collect();
    codes.sort_unstable();
    let mut folders: Vec<String> = std::fs::read_dir(folder().join("checks"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort_unstable();
    assert_eq!(codes, folders);
    for code in codes {
        let page = include_str!("../../../../docs/reference/findings.md");
        assert!(page.contains(&format!("### {code}: ")), "{code} has no heading in docs/reference/findings.md");
    }
}
