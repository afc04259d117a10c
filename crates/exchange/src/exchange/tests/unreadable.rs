//! Responses whose body cannot be read: what arrives of them all the same.

use super::*;

const PDF: Line<'_> = ("content-type", b"application/pdf");

fn run(delivery: &str) -> Run {
    let mut run = Run::new(&with("delivery", json!(delivery))).property("response.code_details", b"via_upstream");
    run.request("/customers", &[]);
    run
}

#[test]
fn redirect_keeps_status_and_location_and_loses_its_body() {
    let location: Line<'_> = ("location", b"/login");
    for kind in [&[PDF][..], &[("content-type", b"text/html")], &[("content-type", b"text/plain")], &[]] {
        let mut run = run("standard");
        let lines: Vec<_> = [(":status", &b"302"[..]), location].into_iter().chain(kind.iter().copied()).collect();
        assert_eq!(run.response(&lines), Flow::Continue);
        assert_eq!(run.header(":status"), ["302"]);
        assert_eq!(run.header("location"), ["/login"]);
        assert_eq!(run.header("content-length"), ["0"]);
        assert!(run.header("content-type").is_empty());
        assert_eq!(run.chunk(SECRET.as_bytes(), true), (Flow::Continue, Vec::new()));
        let reason = if kind.is_empty() { "no-content-type" } else { "content-type" };
        assert_eq!(run.outcome("body-dropped", reason), 1);
    }
}

#[test]
fn redirect_whose_location_holds_a_value_loses_it() {
    let mut run = run("standard");
    run.response(&[(":status", b"302"), ("location", b"/c/078-05-1120")]);
    assert!(run.header("location").is_empty());
}

#[test]
fn error_keeps_its_status() {
    for status in ["404", "401", "500"] {
        let mut run = run("standard");
        assert_eq!(run.response(&[(":status", status.as_bytes()), ("content-type", b"text/html")]), Flow::Continue);
        assert_eq!(run.header(":status"), [status]);
        assert_eq!(run.chunk(SECRET.as_bytes(), false), (Flow::Continue, Vec::new()));
        assert_eq!(run.chunk(b"", true), (Flow::Continue, Vec::new()));
    }
}

#[test]
fn empty_body_of_any_type_goes_on() {
    for lines in [&[OK][..], &[OK, PDF], &[OK, ("content-type", b"?")]] {
        let mut run = run("strict");
        assert_eq!(run.response(lines), Flow::Hold, "the first byte will tell");
        assert_eq!(run.chunk(b"", false).0, Flow::Hold);
        assert_eq!(run.chunk(b"", true).0, Flow::Continue);
        assert_eq!(run.outcome("passed", "no-body"), 1);
        assert!(run.host.replies().is_empty());
    }
    let mut run = run("strict");
    assert_eq!(run.response(&[OK, PDF]), Flow::Hold);
    run.host.put(Map::ResponseTrailers, &[("x-ssn", SECRET.as_bytes())]);
    assert_eq!(run.exchange.on_response_trailers(), Flow::Continue);
    assert!(run.host.values(Map::ResponseTrailers, "x-ssn").is_empty());
}

#[test]
fn first_byte_of_an_unreadable_body_is_refused() {
    for end_of_stream in [true, false] {
        let mut run = run("strict");
        assert_eq!(run.response(&[OK, PDF]), Flow::Hold);
        assert_eq!(run.chunk(SECRET.as_bytes(), end_of_stream).0, Flow::Stop);
        assert_eq!(run.host.replies()[0].status, 502);
        assert_eq!(run.outcome("refused", "content-type"), 1);
    }
}

#[test]
fn delivery_that_cannot_wait_refuses_at_once() {
    let mut run = run("standard");
    assert_eq!(run.response(&[OK, PDF]), Flow::Stop);
    assert_eq!(run.host.replies()[0].status, 502);
}

#[test]
fn head_of_an_unreadable_type_is_answered_as_get() {
    let mut run = Run::new(&plan()).property("response.code_details", b"via_upstream");
    run.request("/customers", &[(":method", b"HEAD")]);
    assert_eq!(run.response(&[OK, PDF, ("content-length", b"9")]), Flow::Stop);
    assert_eq!(run.host.replies()[0].status, 502);
}
