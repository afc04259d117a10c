//! What has to hold between the engine and the oracle for one stream.

use meshveil_body::{Fault, Framing, Pipeline, Representation, Stage};
use meshveil_json::{ErrorCode, Masker, Report, StreamError};
use meshveil_mask::Keys;
use meshveil_plan::Limits;

use crate::generate::Random;
use crate::input::Input;
use crate::oracle;
use crate::tree;

/// What the engine made of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What came out, before an error if there was one.
    pub bytes: Vec<u8>,
    /// How it ended.
    pub end: Result<Report, StreamError>,
}

/// Pushes the bytes cut at `cuts` (offsets in order, repeated ones for empty chunks).
///
/// # Panics
/// When a failed stream gives out a byte or another error.
#[must_use]
pub fn run(masker: &Masker, representation: impl Into<Representation>, bytes: &[u8], cuts: &[usize]) -> Run {
    let mut body = Pipeline::new(masker, representation.into());
    let mut out = Vec::new();
    let mut start = 0;
    let mut result = Ok(());
    for end in cuts.iter().copied().chain([bytes.len()]) {
        result = body.push(&bytes[start..end], &mut out);
        start = end;
        if result.is_err() {
            break;
        }
    }
    let end = match result.and_then(|()| body.finish(&mut out)) {
        Ok(()) => Ok(body.report().clone()),
        Err(fault) => {
            stays_poisoned(&mut body, fault, &mut out);
            let Fault::Document(error) = fault else { panic!("{fault} of a body that is not encoded") };
            Err(error)
        }
    };
    Run { bytes: out, end }
}

fn stays_poisoned(body: &mut Pipeline, fault: Fault, out: &mut Vec<u8>) {
    let before = out.len();
    for rest in [&b"1"[..], b"", b"]}\"", b"\n{}"] {
        assert_eq!(body.push(rest, out), Err(fault), "a failed body takes more");
    }
    assert_eq!(body.finish(out), Err(fault), "a failed body ends well");
    assert_eq!(out.len(), before, "a failed body gives out bytes");
}

/// Random cuts: few, many, or everywhere.
#[must_use]
pub fn cuts(random: &mut Random, length: usize) -> Vec<usize> {
    let most = match random.below(4) {
        0 => 1,
        1 => 4,
        2 => 32,
        _ => return (0..=length).collect(),
    };
    let mut cuts: Vec<usize> = (0..=random.below(most)).map(|_| random.below(length + 1)).collect();
    cuts.sort_unstable();
    cuts
}

/// Whether engine and oracle agree on an input, in one chunk and cut by its seed.
///
/// # Errors
/// Says in what they differ.
pub fn check(input: &Input, limits: &Limits) -> Result<(), String> {
    let masker = Masker::compile(input.rules.clone(), &Keys::new(crate::KEY.as_bytes()), *limits)
        .map_err(|error| format!("rules do not compile: {error}"))?;
    let expected = oracle::mask(&input.bytes, &input.rules, input.framing, limits);
    let valid = is_valid(&input.bytes);
    if input.framing == Framing::Document && valid == expected.is_err() && within_limits(&expected) {
        return Err(format!("serde_json says valid: {valid}, oracle: {:?}", expected.map(|masked| masked.report)));
    }
    let mut random = Random::new(input.seed);
    let whole = run(&masker, input.framing, &input.bytes, &[]);
    let cut = run(&masker, input.framing, &input.bytes, &cuts(&mut random, input.bytes.len()));
    for (name, run) in [("whole", &whole), ("cut", &cut)] {
        match (&expected, &run.end) {
            (Ok(masked), Ok(report)) => {
                if run.bytes != masked.bytes {
                    return Err(format!("{name}: engine `{}`, oracle `{}`", lossy(&run.bytes), lossy(&masked.bytes)));
                }
                if *report != masked.report {
                    return Err(format!("{name}: engine {report:?}, oracle {:?}", masked.report));
                }
            }
            (Err(expected), Err(error)) if error == expected => reveals_nothing(input, limits, &run.bytes, name)?,
            (expected, end) => {
                return Err(format!(
                    "{name}: engine {end:?}, oracle {:?}",
                    expected.as_ref().map(|masked| &masked.report)
                ));
            }
        }
    }
    Ok(())
}

/// Whether the engine does the same in one chunk and cut by the seed, whatever the limits.
///
/// # Errors
/// Says in what they differ.
pub fn check_cuts(input: &Input, limits: &Limits) -> Result<(), String> {
    let masker = Masker::compile(input.rules.clone(), &Keys::new(crate::KEY.as_bytes()), *limits)
        .map_err(|error| format!("rules do not compile: {error}"))?;
    let whole = run(&masker, input.framing, &input.bytes, &[]);
    let cut = run(&masker, input.framing, &input.bytes, &cuts(&mut Random::new(input.seed), input.bytes.len()));
    let agree = whole.end == cut.end && if whole.end.is_ok() { whole.bytes == cut.bytes } else { true };
    if agree { Ok(()) } else { Err(format!("whole: {:?}, cut: {:?}", whole.end, cut.end)) }
}

/// What came out before an error is the start of what comes out for a valid document with the same start. Then it holds
/// nothing of a matched value.
fn reveals_nothing(input: &Input, limits: &Limits, out: &[u8], name: &str) -> Result<(), String> {
    if input.framing != Framing::Document {
        return Ok(());
    }
    let Some((_, completed)) = tree::complete(&input.bytes, limits) else { return Ok(()) };
    let Ok(masked) = oracle::mask(&completed, &input.rules, input.framing, limits) else { return Ok(()) };
    if masked.bytes.starts_with(out) {
        return Ok(());
    }
    let (out, masked) = (lossy(out), lossy(&masked.bytes));
    Err(format!("{name}: `{out}` came out before the error, but `{}` masked is `{masked}`", lossy(&completed)))
}

/// Whether `serde_json` reads exactly one value, or there is none. It does not look at UTF-8 in what it skips.
fn is_valid(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(|byte| b" \t\r\n".contains(byte)) {
        return true;
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    reader.disable_recursion_limit();
    let skipped = <serde::de::IgnoredAny as serde::Deserialize>::deserialize(&mut reader);
    skipped.is_ok() && reader.end().is_ok() && std::str::from_utf8(bytes).is_ok()
}

fn within_limits(result: &Result<oracle::Masked, StreamError>) -> bool {
    !matches!(result, Err(StreamError { code: ErrorCode::TooDeep | ErrorCode::KeyTooLong, .. }))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
