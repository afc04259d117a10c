//! What the fuzz targets run, and the replay of what they found.

mod headers;
mod writes;

use meshveil_body::{Coding, Fault, Framing, Pipeline, Representation, Stage};
use meshveil_json::{ErrorCode, Masker};
use meshveil_mask::Keys;
use meshveil_plan::{BadLines, Limits};

use crate::agree::{check, check_cuts, cuts, run};
use crate::generate::Random;
use crate::input::{Input, rule};

pub use headers::{headers, random as random_headers};
pub use writes::{random as random_write, writes};

/// Longest document: the oracle takes its time.
pub(crate) const LONGEST: usize = 8 << 10;

/// Rules for bytes that name none.
const RULES: [(&str, &str); 6] = [
    ("$..ssn", r#""redact""#),
    ("$..d", r#""drop""#),
    ("$[?@.x == 1]", r#""drop""#),
    ("$..a[-1]", r#"{"partial":{"keepLast":4}}"#),
    ("$.b.*", r#""pseudonym""#),
    ("$..o[?@.k].v", r#""default""#),
];

fn read(data: &[u8]) -> Option<Input> {
    let fixed = || {
        let rules =
            RULES.iter().enumerate().map(|(index, (query, mask))| rule(index, query, mask)).collect::<Option<_>>();
        let (seed, framing) = (data.len() as u64, Framing::Document);
        rules.map(|rules| Input { seed, framing, rules, bytes: data.to_vec() })
    };
    let input = Input::read(data).or_else(fixed)?;
    // A key that is too long for the pseudonym, and the like: nothing to run.
    let compiles = Masker::compile(input.rules.clone(), &Keys::new(crate::KEY.as_bytes()), Limits::default()).is_ok();
    (compiles && input.bytes.len() <= LONGEST && input.rules.len() <= 64).then_some(input)
}

/// The engine does the same however the document is cut.
///
/// # Panics
/// When it does not.
pub fn stream(data: &[u8]) {
    let Some(input) = read(data) else { return };
    let small = Limits { depth: 8, key: 16, value: 16, held: 64, steps: 1000 };
    for limits in [Limits { steps: 100_000, ..Limits::default() }, small] {
        if let Err(message) = check_cuts(&input, &limits) {
            panic!("{message}");
        }
    }
}

/// The engine does what the oracle does.
///
/// # Panics
/// When it does not.
pub fn oracle(data: &[u8]) {
    let Some(input) = read(data) else { return };
    let limits = Limits { depth: 64, key: 64, value: 64, steps: 100_000, ..Limits::default() };
    let Ok(masker) = Masker::compile(input.rules.clone(), &Keys::new(crate::KEY.as_bytes()), limits) else { return };
    // The oracle counts no steps, and would not come to an end.
    let end = run(&masker, input.framing, &input.bytes, &[]).end;
    if end.is_err_and(|error| error.code == ErrorCode::TooManySteps) {
        return;
    }
    if let Err(message) = check(&input, &limits) {
        panic!("{message}");
    }
}

/// Bytes as a body in every framing, with and without records that are left out: the same however they are cut, and what
/// comes out holds nothing that is masked.
///
/// # Panics
/// When they are not.
pub fn framings(data: &[u8]) {
    let bytes = data.get(..LONGEST).unwrap_or(data);
    let Some(masker) = fixed_masker() else { return };
    let cuts = cuts(&mut Random::new(bytes.len() as u64), bytes.len());
    for framing in [Framing::Document, Framing::Lines, Framing::Documents, Framing::Events, Framing::Sequence] {
        for bad_lines in [BadLines::Refuse, BadLines::Drop] {
            let representation = Representation { bad_lines, ..framing.into() };
            let whole = run(&masker, representation, bytes, &[]);
            let cut = run(&masker, representation, bytes, &cuts);
            assert_eq!(whole.end, cut.end, "{representation:?}");
            assert!(whole.end.is_err() || whole.bytes == cut.bytes, "{representation:?}");
        }
    }
}

/// Bytes as an encoded body in every coding: no panic, and the same however they are cut.
///
/// # Panics
/// When they are not.
pub fn codings(data: &[u8]) {
    let Some(masker) = fixed_masker() else { return };
    for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
        let decoded = |size: usize| -> Result<Vec<u8>, Fault> {
            let mut body = Pipeline::new(&masker, Representation { coding, ..Framing::Documents.into() });
            let mut out = Vec::new();
            for chunk in data.chunks(size) {
                body.push(chunk, &mut out)?;
            }
            body.finish(&mut out)?;
            Ok(out)
        };
        assert_eq!(decoded(data.len().max(1)).ok(), decoded(7).ok(), "{coding:?}");
    }
}

fn fixed_masker() -> Option<Masker> {
    let rules = RULES.iter().enumerate().map(|(index, (query, mask))| rule(index, query, mask)).collect::<Option<_>>();
    Masker::compile(rules?, &Keys::new(crate::KEY.as_bytes()), Limits::default()).ok()
}
