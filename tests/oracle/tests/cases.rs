//! Every case of `tests/cases/`, natively: at chunk sizes from 1 to 64 and at every single split point, engine and oracle.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use meshveil_json::Masker;
use meshveil_mask::Keys;
use meshveil_oracle::agree::{Run, run};
use meshveil_oracle::case::{Case, Expected, all};
use meshveil_oracle::{KEY, oracle};

fn masker(case: &Case) -> Masker {
    Masker::compile(case.rules.clone(), &Keys::new(KEY.as_bytes()), case.limits).unwrap()
}

/// What is wrong with a run, in words.
fn fault(case: &Case, run: &Run) -> Option<String> {
    let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
    match (&case.expected, &run.end) {
        (Expected::Output { bytes, masked }, Ok(report)) => {
            if *bytes != run.bytes {
                return Some(format!("`{}` came out", text(&run.bytes)));
            }
            let counts = masked.as_ref().is_some_and(|masked| *masked != report.masked);
            (counts || report.bytes_in != case.input.len() as u64).then(|| format!("{report:?}"))
        }
        (Expected::Error { code, offset, hidden }, Err(error)) => {
            let came_out = String::from_utf8_lossy(&run.bytes);
            if hidden.as_deref().is_some_and(|hidden| came_out.contains(hidden)) {
                return Some(format!("`{came_out}` came out before the error"));
            }
            let same = *code == error.code.as_str() && *offset == error.offset;
            (!same).then(|| format!("{} at {}", error.code, error.offset))
        }
        (_, end) => Some(format!("{end:?}, `{}` came out", text(&run.bytes))),
    }
}

fn cuts_of_size(size: usize, length: usize) -> Vec<usize> {
    (1..).map(|index| index * size).take_while(|cut| *cut < length).collect()
}

#[test]
fn every_case_in_one_chunk_and_the_oracle() {
    let mut faults = Vec::new();
    let cases = all();
    assert!(cases.len() >= 400, "only {} cases", cases.len());
    let mut names = BTreeSet::new();
    for case in &cases {
        assert!(names.insert(&case.name), "two cases `{}`", case.name);
        if let Some(fault) = fault(case, &run(&masker(case), case.framing, &case.input, &[])) {
            faults.push(format!("{}: engine: {fault}", case.name));
        }
        // The oracle holds everything, in no steps.
        if matches!(&case.expected, Expected::Error { code, .. } if ["limit-held", "limit-steps"].contains(&&**code)) {
            continue;
        }
        let (bytes, end) = match oracle::mask(&case.input, &case.rules, case.framing, &case.limits) {
            Ok(masked) => (masked.bytes, Ok(masked.report)),
            Err(error) => (Vec::new(), Err(error)),
        };
        if let Some(fault) = fault(case, &Run { bytes, end }) {
            faults.push(format!("{}: oracle: {fault}", case.name));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_case_at_chunk_sizes_from_1_to_64() {
    for case in all() {
        let masker = masker(&case);
        for size in 1..=64 {
            let cuts = cuts_of_size(size, case.input.len());
            let fault = fault(&case, &run(&masker, case.framing, &case.input, &cuts));
            assert_eq!(fault, None, "{} in chunks of {size}", case.name);
        }
    }
}

#[test]
fn every_case_at_every_split_point_with_an_empty_chunk_between() {
    for case in all() {
        let masker = masker(&case);
        for cut in 0..=case.input.len() {
            let fault = fault(&case, &run(&masker, case.framing, &case.input, &[cut, cut]));
            assert_eq!(fault, None, "{} split at {cut}", case.name);
        }
    }
}
