//! The dashboard, the rules and the page are committed and current.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeSet, env, fs, path::Path};

use meshveil_exchange::telemetry::Outcome;
use meshveil_monitoring::{alert::alerts, dashboard::dashboard, ending, page::page, panel::WINDOW, rules};
use serde_json::Value;

/// Fails where a committed file is not `text`; writes it where `MESHVEIL_BLESS=1`.
fn is_committed(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(file);
    if env::var_os("MESHVEIL_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "{file} is out of date: run `MESHVEIL_BLESS=1 cargo test -p meshveil-monitoring`");
}

#[test]
fn the_page_is_that_of_the_catalogue() {
    is_committed("reference/telemetry.md", &page());
}

#[test]
fn dashboard_and_rules_are_those_of_the_catalogue() {
    is_committed("monitoring/dashboard.json", &dashboard());
    is_committed("monitoring/alerts.yaml", &rules::rules());
    is_committed("monitoring/prometheus-rule.yaml", &rules::object());
}

#[test]
fn panels_have_places_of_their_own_and_windows_that_fit_the_scrape() {
    let dashboard: Value = serde_json::from_str(&dashboard()).unwrap();
    let mut taken = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let at = |side: &str| panel["gridPos"][side].as_u64().unwrap();
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(x < 24 && taken.insert((x, y)), "{} is on another panel", panel["title"]);
            }
        }
        let expression = panel["targets"][0]["expr"].as_str().unwrap();
        assert_eq!(expression.matches('[').count(), expression.matches(WINDOW).count(), "{expression}");
    }
}

#[test]
fn every_reason_and_outcome_is_told_once() {
    let reasons: Vec<_> = ending::reasons().map(|(reason, _)| reason).collect();
    assert_eq!(reasons.len(), reasons.iter().collect::<BTreeSet<_>>().len());
    assert_eq!(Outcome::ALL.len(), Outcome::ALL.map(ending::outcome).into_iter().collect::<BTreeSet<_>>().len());
}

#[test]
fn every_alert_has_a_name_of_its_own_and_both_tests() {
    let alerts = alerts();
    assert_eq!(alerts.len(), alerts.iter().map(|alert| alert.name).collect::<BTreeSet<_>>().len());
    assert!(alerts.iter().all(|alert| !alert.fires_on.is_empty() && !alert.quiet_on.is_empty()));
}
