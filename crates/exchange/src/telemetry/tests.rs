use meshveil_json::read_plan;
use meshveil_mask::Keys;
use meshveil_plan::telemetry::{CATALOGUE, RECEIPT_PARTS};
use serde_json::{Value, json};

use super::*;
use crate::host::fake::Fake;

fn engine(plan: &Value) -> Engine {
    Engine::compile(read_plan(plan.to_string().as_bytes()).unwrap(), &Keys::none()).unwrap()
}

/// A plan with this many callers, each of whom sees one of two fields, and this many routes.
fn plan(callers: usize, routes: usize) -> Value {
    let caller = |at: usize| {
        let principal = format!("spiffe://t/ns/a/sa/c{at}");
        json!({ "name": format!("c{at}"), "match": [{ "principal": principal }], "sees": ["ssn"] })
    };
    let route = |at: usize| json!({ "name": format!("r{at}"), "match": { "path": format!("/{at}") } });
    json!({
        "version": 1,
        "policy": "shop/customers",
        "fields": [
            { "name": "ssn", "paths": ["$.ssn"], "mask": "redact" },
            { "name": "iban", "paths": ["$.iban"], "mask": "redact" },
        ],
        "callers": (0..callers).map(caller).collect::<Vec<_>>(),
        "routes": (0..routes).map(route).collect::<Vec<_>>(),
    })
}

const DIGEST: [u8; 32] = [0xab; 32];

const MASKED: End = End { outcome: Outcome::Masked, reason: "none", route: RouteChoice::Listed(1), caller: Some(0) };

fn receipt(engine: &Engine, end: End, values: u64) -> String {
    let host = Fake::default();
    Telemetry::define(&host, engine.plan(), (&DIGEST, None)).ended(&host, engine, end, values);
    host.receipt().unwrap()
}

#[test]
fn receipt_says_what_was_in_clear() {
    let engine = engine(&plan(1, 2));
    assert_eq!(
        receipt(&engine, MASKED, 7),
        "outcome=masked;reason=none;policy=shop/customers;route=r1;caller=c0;values=7;clear=ssn;plan=abababababab;stage=enforce"
    );
    let clear = |outcome, reason, caller, route| {
        let receipt = receipt(&engine, End { outcome, reason, route, caller }, 0);
        let mut parts = receipt.split(';').filter_map(|part| part.split_once('='));
        parts.find(|(name, _)| *name == "clear").unwrap().1.to_owned()
    };
    let route = RouteChoice::Unclear;
    assert_eq!(clear(Outcome::Masked, "none", None, route), "-");
    assert_eq!(clear(Outcome::Aborted, "syntax", Some(0), route), "ssn", "what went out before it was cut off");
    assert_eq!(clear(Outcome::Passed, "sees-all", None, route), "*");
    assert_eq!(clear(Outcome::Passed, "route-off", None, route), "*");
    assert_eq!(clear(Outcome::Passed, "media-type", Some(0), route), "*", "what passes unread can hold any field");
    assert_eq!(clear(Outcome::PassedOnError, "charset", Some(0), route), "*");
    assert_eq!(clear(Outcome::Passed, "no-body", Some(0), route), "-");
    assert_eq!(clear(Outcome::Passed, "local-reply", Some(0), route), "-");
    assert_eq!(clear(Outcome::Refused, "charset", Some(0), route), "-");
}

#[test]
fn receipt_has_the_parts_of_the_catalogue_in_their_order() {
    let mut plan = plan(1, 2);
    plan["key"] = json!({ "env": "KEY", "id": "k1" });
    let receipt = receipt(&engine(&plan), MASKED, 7);
    let names: Vec<_> = receipt.split(';').map(|part| part.split_once('=').unwrap().0).collect();
    let alone: Vec<_> = RECEIPT_PARTS.iter().map(|(name, _)| *name).filter(|name| *name != "next").collect();
    assert_eq!(names, alone);
    let host = Fake::default();
    let engine = engine(&plan);
    Telemetry::define(&host, engine.plan(), (&DIGEST, Some(&DIGEST))).ended(&host, &engine, MASKED, 7);
    let beside = host.receipt().unwrap();
    let names: Vec<_> = beside.split(';').map(|part| part.split_once('=').unwrap().0).collect();
    assert_eq!(names, RECEIPT_PARTS.map(|(name, _)| name));
    assert!(receipt.split(';').all(|part| part.matches('=').count() == 1), "{receipt}");
}

#[test]
fn list_of_fields_is_bounded() {
    let names: Vec<String> = (0..100).map(|at| format!("field-{at:02}")).collect();
    let listed = list(names.iter().map(String::as_str));
    assert!(listed.starts_with("field-00,field-01,") && listed.ends_with("+72"), "{listed}");
    assert!(listed.len() < LONGEST_CLEAR + 16, "{listed}");
}

#[test]
fn series_is_defined_once() {
    let (host, engine) = (Fake::default(), engine(&plan(1, 2)));
    let telemetry = Telemetry::define(&host, engine.plan(), (&DIGEST, None));
    for _ in 0..3 {
        telemetry.ended(&host, &engine, MASKED, 7);
    }
    let name =
        "outcome=.=masked;.;reason=.=none;.;route=.=r1;.;caller=.=c0;.;stage=.=enforce;.;meshveil_responses_total";
    assert_eq!(host.counter(name), Some(3));
    assert_eq!(host.counters().iter().filter(|known| known.contains("responses")).count(), 1);
}

#[test]
fn combinations_are_bounded_and_receipts_stay_exact() {
    let (host, engine) = (Fake::default(), engine(&plan(80, 80)));
    let telemetry = Telemetry::define(&host, engine.plan(), (&DIGEST, None));
    for route in 0..80 {
        for caller in 0..80 {
            let end = End { route: RouteChoice::Listed(route), caller: Some(caller), ..MASKED };
            telemetry.ended(&host, &engine, end, 0);
        }
    }
    let other =
        "outcome=.=masked;.;reason=.=none;.;route=.=other;.;caller=.=other;.;stage=.=other;.;meshveil_responses_total";
    assert_eq!(host.counter(other), Some(80 * 80 - MOST_COMBINATIONS as u64));
    assert_eq!(host.counted("outcome=.=masked;.;reason=.=none;.;"), Some(80 * 80));
    let responses = host.counters().iter().filter(|name| name.starts_with("outcome")).count();
    assert_eq!(responses, MOST_COMBINATIONS + 1);
    assert!(host.receipt().unwrap().contains(";route=r79;caller=c79;"));
}

#[test]
fn counters_and_catalogue_are_the_same() {
    let (host, engine) = (Fake::default(), engine(&plan(1, 2)));
    let telemetry = Telemetry::define(&host, engine.plan(), (&DIGEST, Some(&DIGEST)));
    telemetry.ended(&host, &engine, MASKED, 7);
    telemetry.count_change(&host, &engine, Change::WouldMask, MASKED);
    telemetry.count_changed_values(&host, &engine, Change::WouldClear, MASKED, ("ssn", 2));
    let counters = host.counters();
    for name in &counters {
        let mut parts: Vec<_> = name.split(";.;").collect();
        let metric = parts.pop().unwrap();
        let metric = CATALOGUE.iter().find(|known| known.name == metric).unwrap();
        let labels: Vec<_> = parts.iter().map(|part| part.split_once("=.=").unwrap().0).collect();
        assert_eq!(labels, metric.labels.iter().map(|label| label.name()).collect::<Vec<_>>(), "{name}");
    }
    for metric in CATALOGUE {
        assert!(counters.iter().any(|name| name.ends_with(metric.name)), "{} is never defined", metric.name);
    }
}
