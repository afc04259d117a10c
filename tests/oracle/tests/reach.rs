//! The random inputs reach what they are meant to reach; without this, agreement could be agreement on nothing.

use std::collections::BTreeMap;

use meshveil_body::Framing;
use meshveil_json::query::Lookahead;
use meshveil_oracle::{generate, oracle, tree};
use meshveil_plan::Limits;

#[test]
fn most_valid_inputs_mask_something_and_many_look_ahead() {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..4000 {
        let input = generate::input(seed);
        let masked = oracle::mask(&input.bytes, &input.rules, input.framing, &Limits::default()).unwrap();
        let mut saw = |what: &'static str, holds: bool| *seen.entry(what).or_default() += u32::from(holds);
        saw("masked", masked.report.masked.iter().sum::<u64>() > 0);
        saw("changed", masked.bytes != input.bytes);
        let by = |id: &str| {
            input.rules.iter().zip(&masked.report.masked).any(|(rule, count)| rule.mask.id() == id && *count > 0)
        };
        for mask in ["redact", "null", "drop", "partial", "email", "pseudonym", "default"] {
            saw(mask, by(mask));
        }
        let looks = |far: Lookahead| {
            let hits = input.rules.iter().zip(&masked.report.masked);
            hits.into_iter().any(|(rule, count)| rule.query.needs_lookahead() == Some(far) && *count > 0)
        };
        saw("element", looks(Lookahead::Element));
        saw("array", looks(Lookahead::Array));
        saw("document", looks(Lookahead::Document));
        saw("lines", input.framing == Framing::Lines && masked.report.documents > 1);
        saw("documents", input.framing == Framing::Documents && masked.report.documents > 1);
        saw("sequence", input.framing == Framing::Sequence && masked.report.documents > 1);
        saw("no blanks", !input.bytes.contains(&b' '));
        saw("long", input.bytes.len() > 512);
    }
    let rare: Vec<_> = seen.iter().filter(|(_, times)| **times < 40).collect();
    assert!(rare.is_empty(), "{rare:?} of {seen:?}");
    assert!(seen["masked"] > 2000 && seen["changed"] > 1500, "{seen:?}");
}

#[test]
fn damaged_inputs_meet_every_error_and_most_can_be_completed() {
    let limits = Limits { depth: 24, key: 32, ..Limits::default() };
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..4000 {
        let input = generate::damaged(seed);
        let code = match oracle::mask(&input.bytes, &input.rules, input.framing, &limits) {
            Ok(_) => "valid",
            Err(error) => error.code.as_str(),
        };
        *seen.entry(code).or_default() += 1;
        if code != "valid" && tree::complete(&input.bytes, &limits).is_some() {
            *seen.entry("completed").or_default() += 1;
        }
    }
    let codes = [
        "valid",
        "json-syntax",
        "json-unexpected-end",
        "json-trailing-data",
        "json-invalid-utf8",
        "limit-depth",
        "limit-key",
    ];
    for code in codes {
        assert!(seen.get(code).is_some_and(|times| *times > 20), "{code}: {seen:?}");
    }
    assert!(seen["completed"] > 1500, "{seen:?}");
}
