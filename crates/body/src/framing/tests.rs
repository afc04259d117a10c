//! What the tests of framings share, and what holds for all of them.

use meshveil_json::{ErrorCode, Masker, Query, Report, Rule, StreamError};
use meshveil_mask::Keys;
use meshveil_plan::{BadLines, Limits};

use super::Framing;
use crate::{Fault, Pipeline, Representation, Stage};

pub(super) fn masker(query: &str, limits: Limits) -> Masker {
    let mask = serde_json::from_str(r#"{"redact":{"with":"*"}}"#).unwrap();
    let rule = Rule { id: "rule".to_owned(), query: Query::parse(query).unwrap(), mask };
    Masker::compile(vec![rule], &Keys::none(), limits).unwrap()
}

/// What came out, what was done, and how many records were left out.
type Run = Result<(Vec<u8>, Report, u64), Fault>;

/// What comes out of pieces of these sizes (the last one again and again).
pub(super) fn run(masker: &Masker, representation: Representation, body: &[u8], sizes: &[usize]) -> Run {
    let mut pipeline = Pipeline::new(masker, representation);
    let mut out = Vec::new();
    let (mut rest, mut sizes, mut size) = (body, sizes.iter(), body.len());
    while !rest.is_empty() {
        size = *sizes.next().unwrap_or(&size);
        let (chunk, after) = rest.split_at(size.clamp(1, rest.len()));
        pipeline.push(chunk, &mut out)?;
        rest = after;
    }
    pipeline.finish(&mut out)?;
    Ok((out, pipeline.report().clone(), pipeline.dropped()))
}

/// The same in pieces of every size, and cut in two at every byte.
pub(super) fn all_ways(masker: &Masker, representation: Representation, body: &[u8]) -> Run {
    let whole = run(masker, representation, body, &[]);
    let text = String::from_utf8_lossy(body);
    for size in 1..=body.len().min(64) {
        assert_eq!(run(masker, representation, body, &[size]), whole, "pieces of {size}: {text:?}");
    }
    for split in 1..body.len() {
        assert_eq!(run(masker, representation, body, &[split, usize::MAX]), whole, "cut at {split}: {text:?}");
    }
    whole
}

/// The same, with `$.a` masked.
pub(super) fn every_way(framing: Framing, body: &[u8]) -> Result<(Vec<u8>, Report), Fault> {
    all_ways(&masker("$.a", Limits::default()), framing.into(), body).map(|(out, report, _)| (out, report))
}

/// What comes out where bad records are left out, and how many are.
pub(super) fn salvaged(framing: Framing, body: &[u8]) -> Result<(Vec<u8>, u64), Fault> {
    let representation = Representation { bad_lines: BadLines::Drop, ..framing.into() };
    all_ways(&masker("$.a", Limits::default()), representation, body).map(|(out, _, dropped)| (out, dropped))
}

pub(super) fn refused<T>(code: ErrorCode, offset: u64) -> Result<T, Fault> {
    Err(Fault::Document(StreamError { code, offset }))
}

const FRAMINGS: [Framing; 5] =
    [Framing::Document, Framing::Lines, Framing::Documents, Framing::Events, Framing::Sequence];

#[test]
fn white_space_alone_is_an_empty_body_in_every_framing() {
    for framing in FRAMINGS {
        for body in ["", "\n", " ", "\r\n\r\n", " \t\n", "\u{feff}", "\u{feff}\n"] {
            let (out, report) = every_way(framing, body.as_bytes()).unwrap();
            assert_eq!(report.documents, 0, "{framing:?} {body:?}");
            if framing != Framing::Events {
                assert_eq!(out, body.as_bytes(), "{framing:?}");
            }
            assert!(salvaged(framing, body.as_bytes()).is_ok(), "{framing:?} {body:?}");
        }
    }
}

#[test]
fn byte_order_mark_is_ignored_at_the_very_start_alone() {
    for framing in [Framing::Document, Framing::Lines, Framing::Documents] {
        let (out, report) = every_way(framing, "\u{feff}{\"a\":1}".as_bytes()).unwrap();
        assert_eq!((out.as_slice(), report.documents), ("\u{feff}{\"a\":\"*\"}".as_bytes(), 1), "{framing:?}");
        assert_eq!(every_way(framing, b"\xef\xbb{}"), refused(ErrorCode::Syntax, 2), "{framing:?}");
        assert_eq!(every_way(framing, b"\xef\xbb"), refused(ErrorCode::UnexpectedEnd, 2), "{framing:?}");
        assert_eq!(every_way(framing, "\u{feff}\u{feff}{}".as_bytes()), refused(ErrorCode::Syntax, 3), "{framing:?}");
        assert_eq!(every_way(framing, " \u{feff}{}".as_bytes()), refused(ErrorCode::Syntax, 1), "{framing:?}");
    }
}

#[test]
fn marks_of_other_encodings_are_refused() {
    for body in [&b"\xff\xfe{\0}\0"[..], b"\xfe\xff\0{\0}", b"\xff\xfe\0\0{\0\0\0", b"\0\0\xfe\xff\0\0\0{"] {
        for framing in FRAMINGS {
            if framing != Framing::Events {
                assert_eq!(every_way(framing, body), refused(ErrorCode::Syntax, 0), "{framing:?}");
            }
        }
    }
}
