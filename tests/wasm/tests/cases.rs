//! Every case in the module as it is shipped, whole and in every way to cut it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::{fs, thread};

use meshveil_oracle::cases::{self, Case};
use meshveil_wasm_host::Plugin;
use serde_json::{Value, json};

fn plan(case: &Case) -> Value {
    let field = |(number, (path, mask)): (usize, &(String, meshveil_engine::MaskSpec))| json!({"name": format!("field{number}"), "paths": [path], "mask": mask});
    let mut plan = json!({
        "version": 1,
        "fields": case.rules.iter().enumerate().map(field).collect::<Vec<_>>(),
        "delivery": "standard",
    });
    if let Some(limits) = &case.limits {
        plan["limits"] = serde_json::to_value(limits).unwrap();
    }
    plan
}

fn check(module: &[u8], case: &Case) {
    let mut plugin = Plugin::start(module, &plan(case).to_string(), &[]).unwrap();
    let body = case.body();
    let kind = if case.lines { "application/x-ndjson" } else { "application/json" };
    let sizes = (1..=64.min(body.len().max(1))).map(|size| body.chunks(size).collect::<Vec<_>>());
    let cuts = (1..body.len()).map(|at| {
        let (before, after) = body.split_at(at);
        vec![before, after]
    });
    for (number, chunks) in sizes.chain(cuts).enumerate() {
        let context = format!("{}, way {number} to cut it", case.name);
        let response = plugin.respond(&[("content-type", kind)], chunks).unwrap();
        let text = String::from_utf8_lossy(&response.body).into_owned();
        match &case.output {
            Some(output) => {
                assert!(!response.reset && response.local.is_none(), "{context}: {response:?}");
                assert_eq!(&text, output, "{context}");
            }
            None => {
                assert!(response.reset || response.local.is_some(), "{context}: {response:?}");
                assert!(case.hidden.as_deref().is_none_or(|hidden| !text.contains(hidden)), "{context}: {text}");
            }
        }
    }
    if let Some(hidden) = &case.hidden {
        assert!(plugin.log().iter().all(|line| !line.contains(hidden)), "{}", case.name);
    }
}

#[test]
fn every_case_at_every_split_in_the_shipped_module() {
    let module = fs::read(meshveil_tests::artifact::filter().unwrap()).unwrap();
    // A plan without fields lets every body pass unread, and so does the filter a response without a body.
    let read = |case: &Case| !case.rules.is_empty() && !case.body().is_empty();
    let cases: Vec<Case> = cases::all().into_iter().filter(read).collect();
    assert!(cases.len() >= 80);
    let half = cases.len().div_ceil(2);
    thread::scope(|scope| {
        for cases in cases.chunks(half) {
            scope.spawn(|| cases.iter().for_each(|case| check(&module, case)));
        }
    });
}

#[test]
fn a_configuration_that_is_refused_says_why_without_values() {
    let module = fs::read(meshveil_tests::artifact::filter().unwrap()).unwrap();
    let refusal = |plan: Value| Plugin::start(&module, &plan.to_string(), &[]).unwrap_err().to_string();
    let path = refusal(json!({"version": 1, "fields": [{"name": "a", "paths": ["$.a"], "mask": "redcat"}]}));
    assert!(path.contains("fields[0].mask") && path.contains("did you mean `redact`"), "{path}");
    let query = refusal(json!({"version": 1, "fields": [{"name": "a", "paths": ["$.a["], "mask": "null"}]}));
    assert!(query.contains("at byte 4"), "{query}");
    let key = refusal(json!({"version": 1, "fields": [{"name": "a", "paths": ["$.a"], "mask": "pseudonym"}]}));
    assert!(key.contains("key"), "{key}");
}
