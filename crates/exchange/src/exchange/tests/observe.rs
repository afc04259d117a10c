//! `stage: observe`: everything arrives as it came, and is counted as what it would have become.

use super::*;

fn observed() -> Value {
    let mut plan = with("stage", json!("observe"));
    plan["others"] = json!("deny");
    plan["writes"] = json!("refuse-masked");
    plan["passes"] = json!(["image/*"]);
    plan["routes"].as_array_mut().unwrap().push(json!({
        "name": "masked", "match": { "path": "/masked" }, "stage": "mask",
    }));
    plan
}

const BODY: &[u8] = br#"{"ssn":"078-05-1120","a":[{"ssn":1}]}"#;

/// Sends a response through, in two pieces, and says how it ended: outcome, reason, values.
fn ended(principal: &str, lines: Lines<'_>, body: &[u8], at: usize) -> [String; 3] {
    let mut run = Run::new(&observed()).peer(principal);
    let sent = [("accept", &b"text/html"[..]), ("range", b"bytes=0-1"), ("accept-encoding", b"br")];
    assert_eq!(run.request("/customers", &sent), Flow::Continue);
    for (name, value) in sent {
        assert_eq!(run.asked(name), [std::str::from_utf8(value).unwrap()], "{name}");
    }
    assert_eq!(run.response(lines), Flow::Continue);
    for (name, value) in lines {
        assert!(run.header(name).contains(&String::from_utf8_lossy(value).into_owned()), "{name}");
    }
    let (first, second) = body.split_at(at.min(body.len()));
    for (piece, end) in [(first, false), (second, true)] {
        run.host.put_body(piece);
        assert_eq!(run.exchange.on_response_body(piece.len(), end), Flow::Continue);
        assert_eq!(run.host.body(), (piece.to_vec(), false), "as it came");
    }
    assert!(run.host.replies().is_empty() && !run.host.was_reset());
    assert_eq!(run.receipt("stage").as_deref(), Some("observe"));
    let parts = ["outcome", "reason", "values"].map(|part| run.receipt(part).unwrap());
    assert_eq!(run.outcome(&parts[0], &parts[1]), 1);
    assert_eq!(run.host.counted("rule=.=ssn"), Some(0), "nothing was masked");
    parts
}

#[test]
fn responses_arrive_as_they_came_and_are_counted_as_what_they_would_be() {
    let html: Line<'_> = ("content-type", b"text/html");
    let png: Line<'_> = ("content-type", b"image/png");
    for (principal, lines, body, expected) in [
        (
            "spiffe://t/frontend",
            &[OK, JSON, ("x-customer", b"1"), ("etag", b"\"7\"")][..],
            BODY,
            ["would-mask", "none", "2"],
        ),
        ("spiffe://t/frontend", &[OK, JSON], b"{]", ["would-refuse", "json-syntax", "0"]),
        (
            "spiffe://t/frontend",
            &[OK, html, ("content-length", b"9")],
            b"<p>Anna</p>",
            ["would-refuse", "content-type", "0"],
        ),
        ("spiffe://t/frontend", &[OK, html], b"<p>Anna</p>", ["would-refuse", "content-type", "0"]),
        ("spiffe://t/frontend", &[OK, html], b"", ["passed", "no-body", "0"]),
        ("spiffe://t/frontend", &[(":status", b"302"), html], b"<p>", ["would-refuse", "content-type", "0"]),
        ("spiffe://t/frontend", &[OK, png], b"png", ["passed", "media-type", "0"]),
        ("spiffe://t/frontend", &[(":status", b"101")], b"", ["would-refuse", "upgrade", "0"]),
        ("spiffe://t/stranger", &[OK, JSON], BODY, ["would-deny", "unlisted-caller", "0"]),
        ("spiffe://t/billing", &[OK, JSON], BODY, ["passed", "sees-all", "0"]),
    ] {
        for at in 0..=body.len() {
            assert_eq!(ended(principal, lines, body, at), expected, "{principal} {at}");
        }
    }
}

#[test]
fn a_route_that_masks_does_so_beside_others_that_observe() {
    for (path, stage) in [("/masked", "mask"), ("/masked;x", "mask"), ("/customers", "observe")] {
        let mut run = Run::new(&observed()).peer("spiffe://t/frontend");
        run.request(path, &[]);
        run.response(&[OK, JSON]);
        let (_, body) = run.chunk(BODY, true);
        assert_eq!(run.receipt("stage").as_deref(), Some(stage), "{path}");
        assert_eq!(String::from_utf8_lossy(&body).contains(SECRET), stage == "observe", "{path}");
    }
}

#[test]
fn a_write_that_would_be_refused_goes_on() {
    let mut run = Run::new(&observed()).peer("spiffe://t/frontend");
    run.request("/customers", &[(":method", b"PUT"), JSON]);
    for (piece, end) in [(&br##"{"ssn":"##[..], false), (br##""#"}"##, true)] {
        run.host.put_body(piece);
        assert_eq!(run.exchange.on_request_body(piece.len(), end), Flow::Continue);
    }
    assert_eq!(run.outcome("would-refuse", "write-masked"), 1);
}
