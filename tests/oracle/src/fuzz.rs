//! What the fuzz targets run, and the replay of what they found.

use meshveil_body::Framing;
use meshveil_json::{ErrorCode, Masker};
use meshveil_mask::Keys;
use meshveil_plan::Limits;

use crate::agree::{check, check_cuts, run};
use crate::input::{Input, rule};

/// Longest document: the oracle takes its time.
const LONGEST: usize = 8 << 10;

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
