//! Headers of masked views, in both directions.

use super::*;

/// The sample plan with a key.
fn keyed() -> Value {
    with("key", json!({ "env": "KEY" }))
}

/// The tag that a caller gets for the upstream's.
fn tag_for(principal: &str, upstream: &str) -> Vec<String> {
    let mut run = Run::new(&keyed()).peer(principal);
    run.request("/customers", &[]);
    run.response(&[OK, JSON, ("etag", upstream.as_bytes())]);
    run.header("etag")
}

#[test]
fn only_known_headers_arrive() {
    let mut run = Run::new(&plan());
    run.request("/customers", &[]);
    run.response(&[
        OK,
        JSON,
        ("x-request-id", b"1"),
        ("access-control-allow-origin", b"*"),
        ("set-cookie", b"session=a1b2; HttpOnly"),
        ("set-cookie", b"who=anna.smith@example.com"),
        ("set-cookie", b"theme=dark"),
        ("x-customer", SECRET.as_bytes()),
        ("x-customer", b"again"),
        ("link", b"</c?after=anna>; rel=next"),
    ]);
    assert_eq!(run.header("x-request-id"), ["1"]);
    assert_eq!(run.header("access-control-allow-origin"), ["*"]);
    assert_eq!(run.header("set-cookie"), ["session=a1b2; HttpOnly", "theme=dark"]);
    assert!(run.header("x-customer").is_empty());
    assert!(run.header("link").is_empty());
}

/// The sample plan with headers that are listed, and with some that are a field.
fn with_headers() -> Value {
    let mut plan = with("headers", json!({ "link": "screen", "x-report": "pass", "x-other": "screen" }));
    plan["fields"].as_array_mut().unwrap().push(json!({
        "name": "who", "headers": ["x-customer", "location"], "mask": { "partial": { "keepLast": 2 } },
    }));
    plan["callers"][2]["sees"] = json!(["who"]);
    plan["routes"].as_array_mut().unwrap().push(json!({
        "name": "export", "match": { "path": "/export" }, "headers": { "x-other": "pass" }, "fields": { "who": "drop" },
    }));
    plan
}

#[test]
fn listed_headers_arrive_and_those_that_are_a_field_are_masked() {
    let lines: Lines<'_> = &[
        OK,
        JSON,
        ("link", b"</c?page=2>; rel=next"),
        ("link", b"</c?after=anna%40example.com>; rel=next"),
        ("x-report", b"anna@example.com"),
        ("x-other", b"anna@example.com"),
        ("x-customer", b"anna smith"),
        ("x-customer", b"bob"),
        ("location", b"/customers/anna"),
    ];
    for (path, principal, other, customer) in [
        ("/customers", "spiffe://t/frontend", &[][..], &["****th", "****"][..]),
        ("/customers", "spiffe://t/billing", &["anna@example.com"], &["anna smith", "bob"]),
        ("/export", "spiffe://t/frontend", &["anna@example.com"], &[]),
        // The route cannot be told: nothing arrives unread, and the strictest mask holds.
        ("/export;x", "spiffe://t/frontend", &[], &[]),
    ] {
        let mut run = Run::new(&with_headers()).peer(principal);
        run.request(path, &[]);
        run.response(lines);
        let is_clear = principal.ends_with("billing");
        assert_eq!(run.header("link").len(), if is_clear { 2 } else { 1 }, "{path} {principal}");
        assert_eq!(run.header("x-report").len(), usize::from(!path.contains(';')), "{path} {principal}");
        assert_eq!(run.header("x-other"), other, "{path} {principal}");
        assert_eq!(run.header("x-customer"), customer, "{path} {principal}");
        let location = run.header("location");
        assert_eq!(
            location.first().map(String::as_str),
            customer.first().map(|_| if is_clear { "/customers/anna" } else { "****na" })
        );
    }
}

#[test]
fn header_that_is_a_field_is_masked_without_a_body_and_in_trailers() {
    for status in ["204", "302", "304", "404"] {
        let mut run = Run::new(&with_headers());
        run.request("/customers", &[]);
        run.response(&[
            (":status", status.as_bytes()),
            ("x-customer", b"anna smith"),
            ("location", b"/customers/anna"),
        ]);
        assert_eq!(run.header("x-customer"), ["****th"], "{status}");
        assert_eq!(run.header("location"), ["****na"], "{status}");
    }
    let mut run = Run::new(&with_headers());
    run.request("/customers", &[]);
    run.response(&[OK, JSON]);
    run.chunk(b"{}", false);
    run.host.put(Map::ResponseTrailers, &[("x-customer", b"anna smith"), ("link", b"/c?x=anna@example.com")]);
    let _ = run.exchange.on_response_trailers();
    assert_eq!(run.host.values(Map::ResponseTrailers, "x-customer"), ["****th"]);
    assert!(run.host.values(Map::ResponseTrailers, "link").is_empty());
}

#[test]
fn receipt_says_that_any_field_may_be_clear_where_a_header_arrives_unread() {
    let mut run = Run::new(&with_headers());
    run.request("/customers", &[]);
    run.response(&[OK, JSON]);
    run.chunk(b"{}", true);
    assert_eq!(run.receipt("clear").as_deref(), Some("ssn,who"));
}

#[test]
fn headers_of_a_clear_view_arrive_as_they_are() {
    let mut run = Run::new(&keyed()).peer("spiffe://t/billing");
    run.request("/customers", &[("accept", b"text/html"), ("if-match", b"\"7\"")]);
    assert_eq!(run.asked("accept"), ["text/html"]);
    assert_eq!(run.asked("if-match"), ["\"7\""]);
    run.response(&[OK, JSON, ("x-customer", b"1"), ("etag", b"\"7\"")]);
    assert_eq!(run.header("x-customer"), ["1"]);
    assert_eq!(run.header("etag"), ["\"7\""]);
}

#[test]
fn tag_of_a_view_is_translated_for_the_upstream() {
    let [tag] = &tag_for("spiffe://t/frontend", "\"7\"")[..] else { panic!("one tag") };
    assert_ne!(tag, "\"7\"");
    for (method, name) in
        [("GET", "if-none-match"), ("PUT", "if-match"), ("DELETE", "if-match"), ("PUT", "if-none-match")]
    {
        let mut run = Run::new(&keyed()).peer("spiffe://t/frontend");
        let list = format!("\"made-up\", {tag}");
        run.request("/customers", &[(":method", method.as_bytes()), (name, list.as_bytes())]);
        assert_eq!(run.asked(name), ["\"7\""], "{method} {name}");
        // The answer to the condition names the representation again.
        run.response(&[(":status", b"304"), ("etag", b"\"7\"")]);
        assert_eq!(run.header("etag"), [tag.as_str()]);
    }
}

/// The upstream is asked with its own tag where a client sends one that it got under the key before.
#[test]
fn conditions_hold_over_a_change_of_the_key() {
    let plan = |mask: &str, key: Value| {
        let mut plan = with("key", key);
        plan["fields"][0]["mask"] = json!(mask);
        plan
    };
    let run = |plan: &Value| {
        let host = Fake::default();
        let key = |name: &str| match name {
            "KEY" => Some("0123456789abcdef".to_owned()),
            "NEXT" => Some("fedcba9876543210".to_owned()),
            _ => None,
        };
        let configuration = Configuration::load(&host, plan.to_string().as_bytes(), key).unwrap();
        Run { exchange: Exchange::new(host.clone(), Some(Rc::new(configuration))), host }
    };
    let tag_under = |plan: &Value| {
        let mut run = run(plan);
        run.request("/customers", &[]);
        run.response(&[OK, JSON, ("etag", b"\"7\"")]);
        run.header("etag").remove(0)
    };
    for (mask, method, name, holds) in [
        ("redact", "GET", "if-none-match", true),
        ("redact", "PUT", "if-match", true),
        // The pseudonyms that the client has stored are of the other key.
        ("pseudonym", "GET", "if-none-match", false),
        ("pseudonym", "PUT", "if-match", true),
        ("pseudonym", "GET", "if-match", true),
    ] {
        let old = tag_under(&plan(mask, json!({ "env": "KEY", "id": "1" })));
        for (previous, holds) in
            [(json!({ "env": "KEY", "id": "1" }), holds), (json!({ "env": "GONE", "id": "1" }), false)]
        {
            let rotated = plan(mask, json!({ "env": "NEXT", "id": "2", "previous": previous }));
            assert_ne!(tag_under(&rotated), old);
            let mut run = run(&rotated);
            run.request("/customers", &[(":method", method.as_bytes()), (name, old.as_bytes())]);
            assert_eq!(run.asked(name).iter().any(|sent| sent == "\"7\""), holds, "{mask} {method} {name}");
        }
    }
}

#[test]
fn guessed_tag_never_reaches_the_upstream() {
    for (method, name, expected) in [
        ("GET", "if-none-match", &[][..]),
        ("HEAD", "if-none-match", &[]),
        ("GET", "if-match", &["\"meshveil-unknown\""]),
        ("PUT", "if-match", &["\"meshveil-unknown\""]),
        ("PUT", "if-none-match", &["\"meshveil-unknown\""]),
    ] {
        let mut run = Run::new(&keyed());
        run.request("/customers", &[(":method", method.as_bytes()), (name, b"\"hash of a guess\", W/\"other\"")]);
        assert_eq!(run.asked(name), expected, "{method} {name}");
    }
    let mut run = Run::new(&keyed());
    run.request("/customers", &[(":method", b"PUT"), ("if-match", b"*"), ("if-none-match", b"*")]);
    assert_eq!(run.asked("if-match"), ["*"]);
    assert_eq!(run.asked("if-none-match"), ["*"], "only create");
}

#[test]
fn tag_of_one_view_is_none_of_another() {
    let [tag] = &tag_for("spiffe://t/frontend", "\"7\"")[..] else { panic!("one tag") };
    let mut plan = keyed();
    plan["fields"].as_array_mut().unwrap().push(json!({ "name": "email", "paths": ["$..email"], "mask": "redact" }));
    plan["callers"][1]["sees"] = json!(["email"]);
    let mut run = Run::new(&plan).peer("spiffe://t/frontend");
    run.request("/customers", &[("if-none-match", tag.as_bytes())]);
    assert!(run.asked("if-none-match").is_empty(), "another plan");
    run.response(&[OK, JSON, ("etag", b"\"7\"")]);
    let of_frontend = run.header("etag");
    let mut run = Run::new(&plan);
    run.request("/customers", &[("if-none-match", of_frontend[0].as_bytes())]);
    assert!(run.asked("if-none-match").is_empty(), "another view");
}

#[test]
fn without_a_key_there_is_no_tag() {
    let mut run = Run::new(&plan());
    run.request("/customers", &[]);
    run.response(&[OK, JSON, ("etag", b"\"7\"")]);
    assert!(run.header("etag").is_empty());
}

#[test]
fn upstream_is_asked_for_what_can_be_read() {
    let mut run = Run::new(&plan());
    run.request("/customers", &[("accept", b"text/html"), ("accept", b"text/csv;q=0.5")]);
    assert_eq!(run.asked("accept"), ["application/json"]);
    let mut run = Run::new(&plan());
    run.request("/healthz", &[("accept", b"text/html")]);
    assert_eq!(run.asked("accept"), ["text/html"], "masking is off");
}

#[test]
fn what_passes_keeps_ranges_conditions_and_codings() {
    let plan = with("passes", json!(["video/*"]));
    let mut run = Run::new(&plan);
    run.request(
        "/film",
        &[
            ("range", b"bytes=0-1"),
            ("if-range", b"\"1\""),
            ("if-none-match", b"\"1\""),
            ("if-modified-since", b"x"),
            ("accept", b"video/mp4, text/html"),
        ],
    );
    assert_eq!(run.asked("range"), ["bytes=0-1"]);
    assert_eq!(run.asked("if-range"), ["\"1\""]);
    assert_eq!(run.asked("if-none-match"), ["\"1\""]);
    assert_eq!(run.asked("if-modified-since"), ["x"]);
    assert_eq!(run.asked("accept"), ["video/mp4"]);
    run.response(&[
        (":status", b"206"),
        ("content-type", b"video/mp4"),
        ("etag", b"\"1\""),
        ("content-range", b"bytes 0-1/9"),
    ]);
    assert_eq!(run.header("etag"), ["\"1\""]);
    assert_eq!(run.outcome("passed", "media-type"), 1);

    let mut run = Run::new(&plan);
    run.request("/film", &[("if-none-match", b"\"1\"")]);
    run.response(&[(":status", b"304"), ("etag", b"\"1\"")]);
    assert_eq!(run.header("etag"), ["\"1\""], "the client has named this very tag");
}
