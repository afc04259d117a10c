//! Every finding code: its bad example gives it, its good example gives nothing, and the page of findings shows what the
//! command says about them.
//!
//! `MESHVEIL_BLESS=1 cargo test -p meshveil --test integration findings` writes the page anew, to be read before committing.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use meshveil_text::Code;
use meshveil_text::codes::{self, Base, Example};
use serde_json::Value;

/// Where the texts of the bases are.
const TEXTS: &str = "crates/text/src/codes/examples";

/// Findings that a bad example gives beside its own.
const ALSO: [(&str, &str); 5] =
    [("MV-P32", "MV-P31"), ("MV-B10", "MV-B02"), ("MV-A01", "MV-B09"), ("MV-A03", "MV-M03"), ("MV-N11", "MV-N08")];

/// One finding about an example.
struct Found {
    finding: Value,
    underlined: String,
}

impl Found {
    fn text(&self, key: &str) -> &str {
        self.finding[key].as_str().unwrap_or_default()
    }
}

/// What the command says about a change to the base of an example.
fn findings(example: &Example, change: &str, directory: &Path) -> Vec<Found> {
    let file = directory.join("example.yaml");
    std::fs::write(&file, example.base.with(change)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshveil"));
    if example.base == Base::Expectations {
        let cluster = directory.join("cluster.yaml");
        std::fs::write(&cluster, [Base::Policy.text(), "---\n", Base::Sidecar.text()].concat()).unwrap();
        command.args(["simulate", "--assert"]).arg(&file).arg(cluster);
    } else {
        command.arg("check").arg(&file);
    }
    let output = command.args(["--output", "json"]).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let list = document.get("findings").or_else(|| document.get("broken")).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    let found = list.as_array().unwrap().iter().map(|finding| {
        let byte = |key: &str| usize::try_from(finding["at"][key].as_u64().unwrap()).unwrap();
        let underlined = text[byte("start")..byte("end")].lines().next().unwrap_or_default().to_owned();
        Found { finding: finding.clone(), underlined }
    });
    found.collect()
}

/// A directory of its own for each test.
fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("findings").join(name);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

#[test]
fn every_code_has_an_example_that_gives_it_and_one_that_gives_nothing() {
    let directory = directory("examples");
    let mut faults = Vec::new();
    for code in codes::all().filter(|code| **code != codes::authorization::RULE_MATCHES_ALL) {
        let Example { bad, good, underlined, .. } = &code.example;
        let found = findings(&code.example, bad, &directory);
        let (own, others): (Vec<_>, Vec<_>) = found.iter().partition(|found| found.text("code") == code.id);
        match own.first().map(|found| found.underlined.as_str()) {
            Some(place) if place == *underlined => {}
            place => faults.push(format!("{code}: at {place:?}, not at {underlined:?}")),
        }
        let others = others.into_iter().map(|found| found.text("code"));
        faults.extend(others.filter(|id| !ALSO.contains(&(code.id, id))).map(|id| format!("{code}: {id} as well")));
        let found = findings(&code.example, good, &directory);
        faults.extend(found.iter().map(|found| format!("{code}: good gives {}", found.text("message"))));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_page_of_findings_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/findings.md");
    let page = page(&directory("page"));
    if std::env::var_os("MESHVEIL_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&file, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == page,
        "out of date: run `MESHVEIL_BLESS=1 cargo test -p meshveil --test integration findings`"
    );
}

/// The families with what is said about them.
const FAMILIES: [(&str, &[&Code], &str); 6] = [
    ("Policies", codes::policy::ALL, "Faults of a [policy](policy.md), and what it says that was probably not meant."),
    (
        "Bypasses",
        codes::bypass::ALL,
        "Traffic that reaches a protected workload without the filter, and identities that others can assume.",
    ),
    ("Istio's policies", codes::authorization::ALL, "Known mistakes in AuthorizationPolicy."),
    ("NetworkPolicy", codes::network::ALL, "Known mistakes in NetworkPolicy."),
    ("Manifests", codes::manifest::ALL, "Manifests that cannot be read, or that the API server refuses."),
    (
        "Expectations",
        codes::expectation::ALL,
        "What `meshveil simulate --assert` says about [expectations](assertions.md).",
    ),
];

/// The text of the page: every code with its examples and what is said about them.
fn page(directory: &Path) -> String {
    let mut page = String::from(
        "<!-- Generated from crates/text/src/codes by `MESHVEIL_BLESS=1 cargo test -p meshveil --test integration findings`; do not edit. -->\n\
         # Findings\n\n\
         What `meshveil check` and `meshveil simulate --assert` report, and `meshveil explain CODE` explains. Codes are never used again\n\
         for something else. Below each wrong example stands what is said about it.\n",
    );
    for (title, family, about) in FAMILIES {
        write!(page, "\n## {title}\n\n{about}\n").unwrap();
        for code in family {
            entry(&mut page, code, directory);
        }
    }
    page
}

fn entry(page: &mut String, code: &Code, directory: &Path) {
    let Example { base, bad, good, .. } = &code.example;
    write!(page, "\n### {code}: {}\n\n{}\n", code.title, code.explanation).unwrap();
    let place = |file: &str| format!(" in [{file}](../../{TEXTS}/{file})");
    let place = match base {
        Base::Policy => place("policy.yaml"),
        Base::Pods => place("pods.yaml"),
        Base::Sidecar => place("sidecar.yaml"),
        Base::Ambient => place("ambient.yaml"),
        Base::Expectations => place("policy.yaml") + " and" + place("sidecar.yaml").trim_start_matches(" in"),
        Base::Alone => String::new(),
    };
    write!(page, "\nWrong{place}:\n\n```yaml\n{bad}```\n\n").unwrap();
    for found in findings(&code.example, bad, directory).iter().filter(|found| found.text("code") == code.id) {
        let at = if found.underlined.is_empty() { String::new() } else { format!(", at `{}`", found.underlined) };
        write!(page, "> {}{at}: {}", found.text("severity"), found.text("message")).unwrap();
        for text in [found.text("help"), found.finding["fix"]["message"].as_str().unwrap_or_default()] {
            if !text.is_empty() {
                write!(page, " ({})", text.replace('\n', "; ")).unwrap();
            }
        }
        page.push_str("\n\n");
    }
    write!(page, "Right:\n\n```yaml\n{good}```\n").unwrap();
}
