//! Every case in the module as it is shipped, whole and in every way to cut it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

use meshveil_body::Framing;
use meshveil_oracle::KEY;
use meshveil_oracle::case::{self, Case, Expected};
use meshveil_plan::Limits;
use meshveil_wasm_host::{Filter, Plugin};
use serde_json::{Value, json};

fn filter() -> Filter {
    Filter::new(&fs::read(meshveil_tests::artifact::filter().unwrap()).unwrap()).unwrap()
}

fn plan(case: &Case) -> Value {
    let field = |rule: &meshveil_json::Rule| json!({"name": rule.id, "paths": [rule.query.text], "mask": rule.mask});
    let mut plan = json!({
        "version": 1,
        "fields": case.rules.iter().map(field).collect::<Vec<_>>(),
        "delivery": "standard",
        "reads": {"text/plain": "documents"},
        "key": {"env": "MESHVEIL_KEY"},
    });
    if case.limits != Limits::default() {
        plan["limits"] = serde_json::to_value(case.limits).unwrap();
    }
    plan
}

fn check(filter: &Filter, case: &Case) {
    let mut plugin = Plugin::start(filter, &plan(case).to_string(), &[("MESHVEIL_KEY", KEY)]).unwrap();
    let body = &case.input;
    let kind = match case.framing {
        Framing::Document => "application/json",
        Framing::Lines => "application/x-ndjson",
        Framing::Documents => "text/plain",
        Framing::Events => "text/event-stream",
        Framing::Sequence => "application/json-seq",
    };
    let sizes = (1..=64.min(body.len())).map(|size| body.chunks(size).collect::<Vec<_>>());
    let cuts = (1..body.len()).map(|at| {
        let (before, after) = body.split_at(at);
        vec![before, after]
    });
    for (number, chunks) in sizes.chain(cuts).enumerate() {
        let context = format!("{}, way {number} to cut it", case.name);
        let response = plugin.respond(&[("content-type", kind)], chunks).unwrap();
        let text = String::from_utf8_lossy(&response.body);
        match &case.expected {
            Expected::Output { bytes, .. } => {
                assert!(!response.reset && response.local.is_none(), "{context}: {response:?}");
                assert_eq!(text, String::from_utf8_lossy(bytes), "{context}");
            }
            Expected::Error { hidden, .. } => {
                assert!(response.reset || response.local.is_some(), "{context}: {response:?}");
                assert!(hidden.as_deref().is_none_or(|hidden| !text.contains(hidden)), "{context}: {text}");
            }
        }
    }
    if let Expected::Error { hidden: Some(hidden), .. } = &case.expected {
        assert!(plugin.log().iter().all(|line| !line.contains(hidden)), "{}", case.name);
    }
}

#[test]
fn every_case_at_every_split_in_the_shipped_module() {
    let filter = filter();
    // The filter lets a response without a body pass.
    let cases: Vec<Case> = case::all().into_iter().filter(|case| !case.input.is_empty()).collect();
    assert!(cases.len() >= 400);
    let next = AtomicUsize::new(0);
    let take = || cases.get(next.fetch_add(1, Ordering::Relaxed));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| std::iter::from_fn(take).for_each(|case| check(&filter, case)));
        }
    });
}

#[test]
fn a_configuration_that_is_refused_says_why_without_values() {
    let filter = filter();
    let refusal = |plan: Value| Plugin::start(&filter, &plan.to_string(), &[]).unwrap_err().to_string();
    let path = refusal(json!({"version": 1, "fields": [{"name": "a", "paths": ["$.a"], "mask": "redcat"}]}));
    assert!(
        path.contains("fields[0].mask") && path.contains("unknown mask `redcat`, known masks: `redact`, "),
        "{path}"
    );
    let query = refusal(json!({"version": 1, "fields": [{"name": "a", "paths": ["$.a["], "mask": "null"}]}));
    assert!(query.contains("at byte 4"), "{query}");
    let key = refusal(json!({"version": 1, "fields": [{"name": "a", "paths": ["$.a"], "mask": "pseudonym"}]}));
    assert!(key.contains("key"), "{key}");
}
