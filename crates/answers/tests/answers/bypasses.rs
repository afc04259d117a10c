//! Every known bypass and mistake: its code, and further spellings of it that must be found too. Beside them, what only looks
//! like one.

use std::path::Path;

use crate::cluster::read_text;
use meshveil_answers::checks::{self, Context};
use meshveil_reach::{Options, Reach};
use meshveil_text::codes::Base;
use serde::Deserialize;

/// What the design lists, each with its code.
const KNOWN: [(&str, &str); 50] = [
    ("B1 port tcp or unnamed", "MV-B01"),
    ("B2 container port in no Service", "MV-B02"),
    ("B3 excluded from capture", "MV-B03"),
    ("B4 never captured", "MV-B04"),
    ("B5 not injected", "MV-B05"),
    ("B6 proxy disarmed", "MV-B06"),
    ("B7 the proxy's user, capabilities", "MV-B07"),
    ("B8 dry-run, AUDIT", "MV-B08"),
    ("B9 plaintext taken", "MV-B09"),
    ("B10 waypoint skipped", "MV-B10"),
    ("B11 shared identity", "MV-B11"),
    ("B12 trust by label", "MV-B12"),
    ("B13 same store", "MV-B13"),
    ("B14 gap in the filter", "MV-B14"),
    ("B15 open egress", "MV-B15"),
    ("B16 before the proxy", "MV-B16"),
    ("B17 node ports", "MV-B17"),
    ("B30 route by others", "MV-B30"),
    ("B40 filter replaced at the route", "MV-B40"),
    ("B41 no certificate", "MV-B41"),
    ("B42 another route of Envoy Gateway", "MV-B42"),
    ("B43 proxies patched", "MV-B43"),
    ("principals without mTLS", "MV-A01"),
    ("wildcard principal", "MV-A02"),
    ("unknown key pruned", "MV-A03"),
    ("from and ports as two rules", "MV-N01"),
    ("two selectors as two peers", "MV-N02"),
    ("empty from", "MV-N03"),
    ("empty rule", "MV-N04"),
    ("own namespace only", "MV-N05"),
    ("selector matches nothing", "MV-N06"),
    ("policyTypes without Egress", "MV-N07"),
    ("DNS forgotten", "MV-N08"),
    ("DNS over UDP only", "MV-N09"),
    ("Service port", "MV-N10"),
    ("missing protocol", "MV-N11"),
    ("named port absent", "MV-N12"),
    ("missing namespace", "MV-N13"),
    ("ipBlock of the cluster", "MV-N14"),
    ("foreign allow-all", "MV-N15"),
    ("Istio's selector of nobody", "MV-N20"),
    ("principal of nobody", "MV-N21"),
    ("HTTP at ztunnel", "MV-N22"),
    ("target that is not there", "MV-N23"),
    ("Service port at a proxy", "MV-N24"),
    ("ambient without 15008", "MV-N25"),
    ("proxy without istiod", "MV-N26"),
    ("two injection labels", "MV-N27"),
    ("setting on the maker of pods", "MV-N28"),
    ("competing Sidecars", "MV-N29"),
];

fn expected() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected")
}

/// The codes of all findings, those of the reader included.
fn codes(text: &str) -> Vec<&'static str> {
    let manifests = read_text(text);
    let reach = Reach::new(&manifests, &Options::default());
    let found = checks::run(&Context::inferred(&reach));
    let mut codes: Vec<&str> = manifests.findings.iter().chain(&found).map(|finding| finding.code.id).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[test]
fn each_known_bypass_has_a_code_and_an_expected_finding() {
    let mut listed: Vec<&str> = KNOWN.iter().map(|(_, code)| *code).collect();
    listed.sort_unstable();
    let mut all: Vec<&str> = checks::all().iter().map(|check| check.code.id).collect();
    all.sort_unstable();
    assert_eq!(listed, all);
    for (name, code) in KNOWN {
        assert!(expected().join(code).with_extension("txt").is_file(), "{name}: {code}.txt is missing");
    }
}

/// Bypasses and mistakes in other spellings than the examples of the codes.
const VARIANTS: &str = include_str!("../bypasses/variants.toml");
/// What only looks like one.
const HARMLESS: &str = include_str!("../bypasses/harmless.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

/// A base with some objects in place of its own, and the code that it is about; none where it is about all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    code: Option<String>,
    name: String,
    base: String,
    objects: String,
}

impl Case {
    /// The codes of what is found.
    fn found(&self) -> Vec<&'static str> {
        let base = match self.base.as_str() {
            "alone" => Base::Alone,
            "ambient" => Base::Ambient,
            "gateway" => Base::Gateway,
            "sidecar" => Base::Sidecar,
            other => panic!("{}: no base is called {other}", self.name),
        };
        codes(&base.with(&self.objects))
    }
}

fn cases(text: &str) -> Vec<Case> {
    toml::from_str::<Cases>(text).unwrap().case
}

#[test]
fn other_spellings_of_a_way_round_are_found() {
    let mut missed = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for case in cases(VARIANTS) {
        let code = case.code.clone().unwrap();
        let found = case.found();
        if !found.contains(&code.as_str()) {
            missed.push(format!("{code} {}: {found:?}", case.name));
        }
        seen.insert(code);
    }
    assert!(missed.is_empty(), "{missed:#?}");
    let without: Vec<&str> = KNOWN.iter().map(|(_, code)| *code).filter(|code| !seen.contains(*code)).collect();
    assert!(without.is_empty(), "no second spelling of {without:?}");
}

#[test]
fn what_only_looks_like_one_is_not_reported() {
    let mut reported = Vec::new();
    for case in cases(HARMLESS) {
        let found = case.found();
        let wrong = case.code.as_deref().map_or(!found.is_empty(), |code| found.contains(&code));
        if wrong {
            reported.push(format!("{:?} {}: {found:?}", case.code, case.name));
        }
    }
    assert!(reported.is_empty(), "{reported:#?}");
}
