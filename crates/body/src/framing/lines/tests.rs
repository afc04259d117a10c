use meshveil_plan::Limits;

use super::super::tests::{all_ways, masker, refused, run as run_cut};
use super::*;
use crate::{Framing, Pipeline, Report};

fn run(body: &str, sizes: &[usize]) -> Result<(String, Report), Fault> {
    let run = run_cut(&masker("$.a", Limits::default()), Framing::Lines.into(), body.as_bytes(), sizes);
    run.map(|(out, report, _)| (String::from_utf8(out).unwrap(), report))
}

fn every_way(body: &str) -> Result<(String, Report), Fault> {
    let run = all_ways(&masker("$.a", Limits::default()), Framing::Lines.into(), body.as_bytes());
    run.map(|(out, report, _)| (String::from_utf8(out).unwrap(), report))
}

#[test]
fn reads_lines_of_documents() {
    let (out, report) = every_way("{\"a\":1}\n\n{\"a\":2}\r\n3").unwrap();
    assert_eq!(out, "{\"a\":\"*\"}\n\n{\"a\":\"*\"}\r\n3");
    assert_eq!((report.documents, report.masked), (3, vec![2]));
    assert!(every_way("{} {}").is_err());
    assert!(every_way("").is_ok());
}

#[test]
fn refuses_a_second_document_on_a_line_at_its_first_byte() {
    assert_eq!(every_way("{}\n{} {}"), refused(ErrorCode::TrailingData, 6));
    assert_eq!(every_way("{}\n[] \r\n\n{} x"), refused(ErrorCode::TrailingData, 12));
    assert_eq!(every_way("{}\n{]"), refused(ErrorCode::Syntax, 4));
    assert_eq!(every_way("{}\n{"), refused(ErrorCode::UnexpectedEnd, 4));
}

#[test]
fn lines_without_matches_go_on_as_they_are() {
    let mut pipeline = Pipeline::new(&masker("$.a", Limits::default()), Framing::Lines.into());
    let mut out = Vec::new();
    assert_eq!(pipeline.rewrite(b"{\"b\":1}\n{\"b\":", &mut out), Ok(Rewrite::Unchanged));
    assert_eq!(pipeline.rewrite(b"2}\n{\"a\":1}", &mut out), Ok(Rewrite::Replaced));
    assert_eq!(out, b"2}\n{\"a\":\"*\"}");
}

#[test]
fn lines_that_repeat_their_punctuation_are_masked_as_single_bytes_are() {
    // Long enough for the stream to guess what stands between scalars; some records differ.
    let record = |n: usize| match n % 7 {
        3 => format!("{{\"id\": {n}, \"a\": {{\"k\": {n}}}}}\n"),
        5 => format!(" {{ \"id\":{n},\"a\":null,\"c\":[] }}\r\n"),
        _ => format!("{{\"id\": {n}, \"b\": [{n}, \"x\"], \"a\": \"{n}\", \"c\": [{{}}, true]}}\n"),
    };
    let body: String = (0..400).map(record).collect();
    let single = run(&body, &[1]).unwrap();
    assert_eq!(run(&body, &[]).unwrap(), single);
    assert_eq!(run(&body, &[5_000]).unwrap(), single);
    assert_eq!(single.1.documents, 400);
    assert!(serde_json::Deserializer::from_str(&single.0).into_iter::<serde_json::Value>().all(|line| line.is_ok()));
}
