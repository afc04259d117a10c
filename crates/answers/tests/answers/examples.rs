//! Every finding code: its bad example gives it, its good example gives nothing, and the page of findings shows what is said
//! about both.
//!
//! `MESHVEIL_BLESS=1 cargo test -p meshveil-answers examples` writes the page anew, to be read before committing.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use meshveil_answers::checks::{Inspection, inspect_on};
use meshveil_answers::cluster::{Cluster, Faulty};
use meshveil_answers::expect::Expectations;
use meshveil_policy::{Date, Policies};
use meshveil_text::codes::{self, Base, Code, Example};
use meshveil_text::{Documents, Files, Finding};
use meshveil_verify::{Options, Proxy, drift::drift, verify};

/// Where the texts of the bases are.
const TEXTS: &str = "crates/text/src/codes/examples";

/// Findings that a bad example gives beside its own.
const ALSO: [(&str, &str); 8] = [
    ("MV-P32", "MV-P31"),
    ("MV-B10", "MV-B02"),
    ("MV-A01", "MV-B09"),
    ("MV-A03", "MV-M03"),
    ("MV-N11", "MV-N08"),
    ("MV-M20", "MV-N06"),
    ("MV-M40", "MV-N21"),
    ("MV-E13", "MV-P01"),
];

/// What is said about a change to the base of an example.
fn findings(example: &Example, change: &str) -> (Files, Vec<Finding>) {
    let text = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
    let changed = text("example.yaml", &example.base.with(change));
    match example.base {
        Base::Proxy => return of_proxy(changed),
        Base::Live => return of_cluster(example.good, changed),
        _ => {}
    }
    if example.base != Base::Expectations {
        // Something accepted is over only on a day.
        let is_dated = change.contains("# meshveil: allow");
        let today = is_dated.then(|| Date::of(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)));
        let Inspection { files, findings, .. } = inspect_on(changed, today);
        return (files, findings);
    }
    let base = [text("policy.yaml", Base::Policy.text()), text("cluster.yaml", Base::Sidecar.text())].concat();
    let cluster = Cluster::read(base).unwrap();
    match Expectations::check(&cluster, &cluster.reach(), changed) {
        Ok(Expectations { files, broken, .. }) => (files, broken),
        Err(Faulty { files, findings }) => (files, findings),
    }
}

/// What is said about a dump of the proxy that runs the policy of its base.
fn of_proxy(dump: Vec<(String, String)>) -> (Files, Vec<Finding>) {
    let policies = Policies::from_texts([("policy.yaml", codes::PROXY_POLICY)]);
    assert!(policies.is_sound(), "{:#?}", policies.findings);
    let Documents { files, nodes, findings } = Documents::parse(dump);
    assert_eq!(findings, []);
    let proxy = Proxy::read(meshveil_text::FileId(0), &nodes);
    (files, verify(&proxy, &policies.policies, &Options::default()).findings)
}

/// What is said about a cluster beside its manifests.
fn of_cluster(manifests: &str, live: Vec<(String, String)>) -> (Files, Vec<Finding>) {
    let texts = live.into_iter().chain([("manifests.yaml".to_owned(), manifests.to_owned())]);
    let Documents { files, nodes, findings } = Documents::parse(texts);
    assert_eq!(findings, []);
    let (live, manifests): (Vec<_>, Vec<_>) = nodes.into_iter().partition(|node| node.span.file.0 == 0);
    (files, drift(&manifests, &live))
}

/// The first line of what a finding underlines.
fn underlined<'f>(files: &'f Files, finding: &Finding) -> &'f str {
    files.slice(finding.span).lines().next().unwrap_or_default()
}

#[test]
fn every_code_has_an_example_that_gives_it_and_one_that_gives_nothing() {
    let mut faults = Vec::new();
    for code in codes::all() {
        let Example { bad, good, underlined: place, .. } = &code.example;
        let (files, found) = findings(&code.example, bad);
        let (own, others): (Vec<_>, Vec<_>) = found.iter().partition(|finding| finding.code == code);
        let first = own.first().map(|finding| underlined(&files, finding));
        if first != Some(place) {
            faults.push(format!("{code}: at {first:?}, not at {place:?}"));
        }
        let others = others.into_iter().map(|finding| finding.code.id);
        faults.extend(others.filter(|id| !ALSO.contains(&(code.id, id))).map(|id| format!("{code}: {id} as well")));
        let (_, found) = findings(&code.example, good);
        faults.extend(found.iter().map(|finding| format!("{code}: good gives {}", finding.message)));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_page_of_findings_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/findings.md");
    let page = page();
    if std::env::var_os("MESHVEIL_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&file, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == page, "out of date: run `MESHVEIL_BLESS=1 cargo test -p meshveil-answers examples`");
}

/// The families with what is said about them.
const FAMILIES: [(&str, &[&Code], &str); 8] = [
    ("Policies", codes::policy::ALL, "Faults of a [policy](policy.md), and what it says that was probably not meant."),
    (
        "Bypasses",
        codes::bypass::ALL,
        "Traffic that reaches a protected workload without the filter, and identities that others can assume.",
    ),
    ("Istio's policies", codes::authorization::ALL, "Known mistakes in AuthorizationPolicy."),
    (
        "NetworkPolicy",
        codes::network::ALL,
        "Known mistakes in NetworkPolicy, and objects of the network and the mesh that do nothing.",
    ),
    ("Manifests", codes::manifest::ALL, "Manifests that cannot be read, or that the API server refuses."),
    (
        "Expectations",
        codes::expectation::ALL,
        "What `meshveil simulate --assert` says about [expectations](assertions.md).",
    ),
    (
        "Accepted findings",
        codes::acceptance::ALL,
        "Findings that people [accept](accepted.md) for a time, and what is wrong with that.",
    ),
    (
        "Proxies and clusters",
        codes::verify::ALL,
        "What `meshveil verify` says about a config dump of a proxy, and about objects of a cluster beside their manifests ([verify](verify.md)).",
    ),
];

/// The text of the page: every code with its examples and what is said about them.
fn page() -> String {
    let mut page = String::from(
        "<!-- Generated from crates/text/src/codes by `MESHVEIL_BLESS=1 cargo test -p meshveil-answers examples`; do not edit. -->\n\
         # Findings\n\n\
         What `meshveil check`, `meshveil simulate --assert` and `meshveil verify` report, and `meshveil explain CODE` explains. Codes are never used again\n\
         for something else. Below each wrong example stands what is said about it.\n",
    );
    for (title, family, about) in FAMILIES {
        write!(page, "\n## {title}\n\n{about}\n").unwrap();
        for code in family {
            entry(&mut page, code);
        }
    }
    page
}

fn entry(page: &mut String, code: &Code) {
    let Example { base, bad, good, .. } = &code.example;
    write!(page, "\n### {code}: {}\n\n{}\n", code.title, code.explanation).unwrap();
    let place = |file: &str| format!(" in [{file}](../../{TEXTS}/{file})");
    let place = match base {
        Base::Policy => place("policy.yaml"),
        Base::Pods => place("pods.yaml"),
        Base::Sidecar => place("sidecar.yaml"),
        Base::Ambient => place("ambient.yaml"),
        Base::Gateway => place("gateway.yaml"),
        Base::Expectations => place("policy.yaml") + " and" + place("sidecar.yaml").trim_start_matches(" in"),
        Base::Proxy => place("proxy.yaml"),
        Base::Live => " in the cluster".to_owned(),
        Base::Alone => String::new(),
    };
    write!(page, "\nWrong{place}:\n\n```yaml\n{bad}```\n\n").unwrap();
    let (files, found) = findings(&code.example, bad);
    for finding in found.iter().filter(|finding| finding.code == code) {
        let (severity, at) = (finding.severity, underlined(&files, finding));
        write!(page, "> {severity}, at `{at}`: {}", finding.message).unwrap();
        for text in finding.help.iter().chain(finding.fix.as_ref().map(|fix| &fix.message)) {
            write!(page, " ({})", text.replace('\n', "; ")).unwrap();
        }
        page.push_str("\n\n");
    }
    write!(page, "Right:\n\n```yaml\n{good}```\n").unwrap();
}
