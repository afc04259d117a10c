use super::*;

const BODY: &str = r#"{"id":1,"ssn":"078-05-1120","n":[{"s\u0073n":"078-05-1120"}]}"#;
const MASKED: &str = r##"{"id":1,"ssn":"#","n":[{"s\u0073n":"#"}]}"##;

fn masking(delivery: &str) -> Run {
    let mut run = Run::new(&with("delivery", json!(delivery)));
    run.request("/customers", &[]);
    run.response(&[OK, JSON]);
    run
}

/// What goes on when a body comes in chunks of `size`, each followed by an empty one, and ends by an empty one.
fn sent(run: &mut Run, body: &[u8], size: usize) -> String {
    let mut sent = Vec::new();
    for chunk in body.chunks(size) {
        for part in [chunk, b""] {
            let (flow, out) = run.chunk(part, false);
            assert_eq!(flow, Flow::Continue);
            sent.extend(out);
        }
    }
    let (flow, out) = run.chunk(b"", true);
    assert_eq!(flow, Flow::Continue);
    sent.extend(out);
    String::from_utf8(sent).unwrap()
}

#[test]
fn body_is_masked_however_it_is_cut() {
    for size in 1..=BODY.len() {
        let mut run = masking("standard");
        assert_eq!(sent(&mut run, BODY.as_bytes(), size), MASKED);
        assert_eq!(run.outcome("masked", "none"), 1);
        assert_eq!(run.host.counter("rule=.=ssn;.;meshveil_masked_values_total"), Some(2));
        assert!(!run.host.told().contains(SECRET));
    }
}

#[test]
fn last_chunk_may_carry_the_end() {
    let mut run = masking("standard");
    assert_eq!(run.chunk(BODY.as_bytes(), true), (Flow::Continue, MASKED.as_bytes().to_vec()));
    assert_eq!((run.receipt("caller").as_deref(), run.receipt("values").as_deref()), (Some("-"), Some("2")));
}

#[test]
fn chunk_without_matches_is_not_written_back() {
    let mut run = masking("standard");
    run.chunk(br#"{"id":1}"#, true);
    assert!(!run.host.body().1);
}

#[test]
fn number_alone_survives_the_end_of_the_body() {
    for size in 1..=3 {
        assert_eq!(sent(&mut masking("standard"), b"123", size), "123");
    }
    assert_eq!(masking("standard").chunk(b"123", true).1, b"123");
}

#[test]
fn trailers_end_a_body_and_lose_its_digest() {
    let mut run = masking("standard");
    assert_eq!(run.chunk(BODY.as_bytes(), false).1, MASKED.as_bytes());
    run.host.put(Map::ResponseTrailers, &[("repr-digest", b"x"), ("x-y", b"1"), ("grpc-status", b"0")]);
    assert_eq!(run.exchange.on_response_trailers(), Flow::Continue);
    assert!(run.host.values(Map::ResponseTrailers, "repr-digest").is_empty());
    assert!(run.host.values(Map::ResponseTrailers, "x-y").is_empty(), "it could hold anything");
    assert_eq!(run.host.values(Map::ResponseTrailers, "grpc-status"), ["0"]);
    assert_eq!(run.outcome("masked", "none"), 1);
}

#[test]
fn trailers_after_half_a_body_cut_it_off() {
    let mut run = masking("standard");
    run.chunk(br#"{"id":"#, false);
    assert_eq!(run.exchange.on_response_trailers(), Flow::Stop);
    assert!(run.host.was_reset());
    assert_eq!(run.outcome("aborted", "json-unexpected-end"), 1);
}

#[test]
fn no_body_at_all_is_nothing_to_mask() {
    for delivery in ["standard", "strict"] {
        let mut run = masking(delivery);
        assert_eq!(run.chunk(b"", true).0, Flow::Continue);
        let mut run = masking(delivery);
        assert_eq!(run.exchange.on_response_trailers(), Flow::Continue);
        assert!(!run.host.was_reset());
    }
}

#[test]
fn body_that_must_not_be_there_does_not_go_on() {
    for (method, status) in [("HEAD", "200"), ("GET", "204"), ("GET", "304")] {
        let mut run = Run::new(&plan());
        run.request("/customers", &[(":method", method.as_bytes())]);
        run.response(&[(":status", status.as_bytes()), JSON]);
        assert_eq!(run.outcome("passed", "no-body"), 1);
        for (chunk, end) in [(BODY.as_bytes(), false), (b"", false), (BODY.as_bytes(), true)] {
            assert_eq!(run.chunk(chunk, end), (Flow::Continue, Vec::new()), "{method} {status}");
        }

        let mut run = Run::new(&plan());
        run.request("/customers", &[(":method", method.as_bytes())]);
        run.response(&[(":status", status.as_bytes()), JSON]);
        run.host.fail();
        assert_eq!(run.chunk(BODY.as_bytes(), true).0, Flow::Stop);
        assert!(run.host.was_reset());
    }
}

#[test]
fn broken_body_is_cut_off() {
    for body in [r#"{"ssn":"078-05-1120",}"#, r#"{"ssn":"078-05-1120"} x"#, ")]}',\n{}", "{\"a\":\"\u{1}\"}", "{}{}"] {
        let mut run = masking("standard");
        let (flow, out) = run.chunk(body.as_bytes(), true);
        assert_eq!((flow, out), (Flow::Stop, Vec::new()), "{body}");
        assert!(run.host.was_reset() && run.host.replies().is_empty());
        // Nothing follows, whatever else comes.
        assert_eq!(run.chunk(b"x", true).0, Flow::Stop);
        assert_eq!(run.exchange.on_response_trailers(), Flow::Stop);
        assert!(!run.host.told().contains(SECRET));
    }
}

#[test]
fn unfinished_body_is_cut_off() {
    let mut run = masking("standard");
    run.chunk(br#"{"a":[1"#, false);
    assert_eq!(run.chunk(b"", true).0, Flow::Stop);
    assert!(run.host.was_reset());
}

#[test]
fn strict_delivery_answers_for_a_broken_start_and_cuts_off_later() {
    let mut run = Run::new(&with("delivery", json!("strict")));
    run.request("/customers", &[]);
    assert_eq!(run.response(&[OK, JSON]), Flow::Hold);
    assert_eq!(run.chunk(b"{x", false).0, Flow::Stop);
    assert_eq!(run.host.replies()[0].status, 502);
    assert!(!run.host.was_reset());
    assert_eq!(run.outcome("refused", "json-syntax"), 1);

    let mut run = masking("strict");
    assert_eq!(run.chunk(b"{", false).0, Flow::Continue);
    assert_eq!(run.chunk(b"x", false).0, Flow::Stop);
    assert!(run.host.replies().is_empty() && run.host.was_reset());
}

#[test]
fn strict_delivery_never_waits_for_a_body_that_cannot_come() {
    let mut run = Run::new(&with("delivery", json!("strict")));
    run.request("/customers", &[(":method", b"HEAD")]);
    assert_eq!(run.response(&[OK, JSON]), Flow::Continue);
    let mut run = Run::new(&with("delivery", json!("strict")));
    run.request("/customers", &[]);
    run.host.put(Map::Response, &[OK, JSON]);
    assert_eq!(run.exchange.on_response_headers(true), Flow::Continue);
}

#[test]
fn lines_are_masked_one_by_one() {
    let mut run = Run::new(&plan());
    run.request("/customers", &[]);
    run.response(&[OK, ("content-type", b"application/x-ndjson")]);
    let body = "{\"ssn\":\"078-05-1120\"}\n{\"ssn\":1}\n";
    assert_eq!(sent(&mut run, body.as_bytes(), 7), "{\"ssn\":\"#\"}\n{\"ssn\":\"#\"}\n");
}

#[test]
fn proxy_that_takes_no_body_back_is_cut_off() {
    let mut run = masking("standard");
    run.host.fail();
    assert_eq!(run.chunk(BODY.as_bytes(), true).0, Flow::Stop);
    assert!(run.host.was_reset());
}

#[test]
fn encoded_body_leaves_decoded_and_without_its_coding() {
    // `{"ssn":"078-05-1120"}` in gzip, of one stored block.
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01\x15\0\xea\xff{\"ssn\":\"078-05-1120\"}\xf2\xe3\x01\x9c\x15\0\0\0";
    for size in 1..=gzip.len() {
        let mut run = Run::new(&plan());
        run.request("/customers", &[]);
        run.response(&[OK, JSON, ("content-encoding", b"gzip"), ("content-length", b"44")]);
        assert!(run.header("content-encoding").is_empty() && run.header("content-length").is_empty());
        assert_eq!(sent(&mut run, gzip, size), r##"{"ssn":"#"}"##);
    }
}

#[test]
fn records_that_are_left_out_are_counted() {
    let mut run = Run::new(&with("badLines", json!("drop")));
    run.request("/customers", &[]);
    run.response(&[OK, ("content-type", b"application/x-ndjson")]);
    assert_eq!(sent(&mut run, b"{\"ssn\":1}\noops\n{\"a\":", 3), "{\"ssn\":\"#\"}\n");
    assert_eq!(run.host.counter("meshveil_dropped_records_total"), Some(2));
}
