//! Every case, whole and in every way to cut it.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use meshveil_engine::{Keys, Masker};
use meshveil_oracle::{
    cases::{self, Case},
    is_json,
    stream::feed,
};

fn check(case: &Case) {
    let (body, rules) = (case.body(), case.rules());
    let keys = Keys::new(&[7; 32]);
    let limits = case.limits.unwrap_or_default();
    let masker = Masker::compile(rules.clone(), &keys, limits).unwrap();
    let single = (1..=64.min(body.len().max(1))).map(|size| vec![size]);
    let cuts = (1..body.len()).map(|at| vec![at, usize::MAX]);
    for sizes in std::iter::once(Vec::new()).chain(single).chain(cuts) {
        let (out, result) = feed(&masker, case.framing(), &body, &sizes);
        let out = String::from_utf8_lossy(&out).into_owned();
        let context = format!("{} in pieces of {sizes:?}", case.name);
        match (&case.output, &case.error) {
            (Some(output), None) => {
                assert_eq!(result.map(|_| ()), Ok(()), "{context}");
                assert_eq!(&out, output, "{context}");
            }
            (None, Some((code, offset))) => {
                let error = result.unwrap_err();
                assert_eq!((error.code.as_str(), error.offset), (code.as_str(), *offset), "{context}");
                let hidden = case.hidden.as_deref();
                assert!(hidden.is_none_or(|hidden| !out.contains(hidden)), "{context}: {out}");
            }
            _ => unreachable!("{}: either `output` or `error`", case.name),
        }
    }
    if case.lines || case.limits.is_some() {
        return;
    }
    assert_eq!(is_json(&body), case.error.is_none(), "{}", case.name);
    if let Some(output) = &case.output {
        let masked = meshveil_oracle::Masker::new(rules, &keys, limits).mask(std::str::from_utf8(&body).unwrap());
        assert_eq!(&String::from_utf8(masked.unwrap().text).unwrap(), output, "{}: the oracle", case.name);
    }
}

#[test]
fn every_case_at_every_split() {
    let cases = cases::all();
    assert!(cases.len() >= 80, "{} cases", cases.len());
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "two cases with one name");
    let failed = |case: &&Case| std::panic::catch_unwind(|| check(case)).is_err();
    let failed: Vec<&str> = cases.iter().filter(failed).map(|case| case.name.as_str()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
