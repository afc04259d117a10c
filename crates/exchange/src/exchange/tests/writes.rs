//! Request bodies that carry masks back.

use super::*;

fn refusing() -> Value {
    let mut plan = with("writes", json!("refuse-masked"));
    plan["fields"][0]["mask"] = json!({ "partial": { "keepLast": 4 } });
    plan["passes"] = json!(["image/*"]);
    plan["routes"].as_array_mut().unwrap().push(json!({
        "name": "import", "match": { "path": "/import" }, "writes": "pass",
    }));
    plan
}

/// The status of the answer, in two pieces cut at each byte; `None` where the body went on whole.
fn sent(path: &str, principal: &str, lines: Lines<'_>, body: &[u8]) -> Option<u32> {
    let cut_at = |at: usize| {
        let mut run = Run::new(&refusing()).peer(principal);
        let mut all: Vec<Line<'_>> = vec![(":method", b"PUT")];
        all.extend(lines);
        assert_eq!(run.request(path, &all), Flow::Continue);
        let (first, second) = body.split_at(at);
        for (chunk, end) in [(first, false), (second, true)] {
            run.host.put_body(chunk);
            match run.exchange.on_request_body(chunk.len(), end) {
                Flow::Continue => {}
                flow => {
                    assert_eq!(flow, Flow::Stop);
                    assert_eq!(run.exchange.on_request_body(chunk.len(), end), Flow::Stop);
                    let status = run.host.replies()[0].status;
                    let reason = run.receipt("reason").unwrap();
                    assert_eq!(run.outcome("refused", &reason), 1);
                    assert!(!run.host.told().contains("6789"));
                    return Some(status);
                }
            }
        }
        None
    };
    let whole = cut_at(body.len());
    for at in 0..body.len() {
        assert_eq!(cut_at(at), whole, "{at} of {}", String::from_utf8_lossy(body));
    }
    whole
}

const PLAIN: Line<'static> = ("content-type", b"text/plain");
const LINES: Line<'static> = ("content-type", b"application/x-ndjson");
const PATCH: Line<'static> = ("content-type", b"application/merge-patch+json");

#[test]
fn body_with_a_mask_is_refused_at_every_cut() {
    for (lines, body, status) in [
        (&[JSON][..], &br#"{"ssn":"****1120","name":"Anna"}"#[..], Some(422)),
        (&[JSON], br#"{"ssn":"078-05-1120","name":"Anna"}"#, None),
        (&[JSON], br#"{"note":"his number is ****1120"}"#, Some(422)),
        (&[JSON], br#"[{"a":{"ssn":["\u002a***1120"]}}]"#, Some(422)),
        (&[JSON], b"", None),
        (&[JSON], b"{}", None),
        (&[PATCH], br#"{"ssn":"****1120"}"#, Some(422)),
        (&[LINES], b"{\"ssn\":\"1\"}\n{\"ssn\":\"****1120\"}\n", Some(422)),
        (&[LINES], b"{\"ssn\":\"1\"}\n{\"ssn\":\"2\"}\n", None),
        // What cannot be read is refused, unless the plan lets its type through.
        (&[JSON], b"{]", Some(400)),
        (&[JSON], b"{", Some(400)),
        (&[PLAIN], b"ssn=1", Some(415)),
        (&[PLAIN], b"", None),
        (&[PLAIN, ("content-length", b"0")], b"", None),
        (&[], b"x", Some(415)),
        (&[("content-type", b"application/x-www-form-urlencoded")], b"ssn=****1120", Some(415)),
        (&[("content-type", b"image/png")], b"****1120", None),
        (&[JSON, ("content-encoding", b"unknown")], b"{}", Some(415)),
        (&[("content-type", b"application/json; charset=utf-16")], b"{}", Some(415)),
    ] {
        assert_eq!(
            sent("/customers/1", "spiffe://t/frontend", lines, body),
            status,
            "{}",
            String::from_utf8_lossy(body)
        );
    }
}

#[test]
fn who_sees_values_may_write_them_and_a_route_can_let_masks_through() {
    let body = br#"{"ssn":"****1120"}"#;
    assert_eq!(sent("/customers/1", "spiffe://t/billing", &[JSON], body), None);
    assert_eq!(sent("/import", "spiffe://t/frontend", &[JSON], body), None);
    // The route cannot be told: the strictest counts.
    assert_eq!(sent("/import;x", "spiffe://t/frontend", &[JSON], body), Some(422));
    assert_eq!(sent("/healthz", "spiffe://t/frontend", &[JSON], body), None);
}

#[test]
fn text_that_is_too_long_to_look_at_is_refused() {
    let mut plan = refusing();
    plan["limits"] = json!({ "value": 64 });
    let mut run = Run::new(&plan);
    run.request("/customers", &[(":method", b"POST"), JSON]);
    run.host.put_body(format!("[\"{}\"]", "a".repeat(65)).as_bytes());
    assert_eq!(run.exchange.on_request_body(69, true), Flow::Stop);
    assert_eq!(run.host.replies()[0].status, 413);
}

#[test]
fn two_bodies_of_one_view_do_not_mix() {
    let host = Fake::default();
    let configuration = Rc::new(Configuration::load(&host, refusing().to_string().as_bytes(), |_| None).unwrap());
    let mut runs: Vec<Run> = (0..2)
        .map(|_| {
            let host = Fake::default();
            Run { exchange: Exchange::new(host.clone(), Some(Rc::clone(&configuration))), host }
        })
        .collect();
    for run in &mut runs {
        run.request("/customers", &[(":method", b"POST"), JSON]);
    }
    let bodies = [&br#"{"ssn":"****1120""#[..], br#"{"ssn":"078-05-1120""#];
    let flows: Vec<Flow> = runs
        .iter_mut()
        .zip(bodies)
        .map(|(run, body)| {
            run.host.put_body(body);
            run.exchange.on_request_body(body.len(), false)
        })
        .collect();
    assert_eq!(flows, [Flow::Stop, Flow::Continue]);
}
