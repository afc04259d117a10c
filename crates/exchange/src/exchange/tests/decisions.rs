use super::*;

#[test]
fn request_asks_for_a_whole_plain_representation() {
    let conditional: &[(&str, &[u8])] = &[
        ("accept-encoding", b"gzip"),
        ("accept-encoding", b"br"),
        ("range", b"bytes=0-1"),
        ("if-range", b"x"),
        ("if-none-match", b"*"),
        ("if-modified-since", b"x"),
        ("if-match", b"\"hash of a guess\""),
        ("if-unmodified-since", b"x"),
    ];
    let cases: &[(&[u8], &str, &str, usize)] = &[
        (b"GET", "/customers", "identity", 0),
        (b"HEAD", "/customers", "identity", 0),
        // `If-None-Match: *` on a PUT means "only create".
        (b"PUT", "/customers", "identity", 1),
        (b"GET", "/healthz", "gzip", 1),
    ];
    for (method, path, coding, guards) in cases {
        let mut run = Run::new(&plan());
        let lines: Vec<_> = [(":method", *method)].into_iter().chain(conditional.iter().copied()).collect();
        assert_eq!(run.request(path, &lines), Flow::Continue);
        assert_eq!(run.host.values(Map::Request, "accept-encoding")[0], *coding);
        let ranges = usize::from(*path == "/healthz");
        assert_eq!(run.host.values(Map::Request, "range").len(), ranges);
        assert_eq!(run.host.values(Map::Request, "if-range").len(), ranges);
        for name in ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since"] {
            assert_eq!(run.host.values(Map::Request, name).len(), *guards, "{name}");
        }
    }
}

#[test]
fn unlisted_caller_is_denied_where_masking_is_on() {
    let mut run = Run::new(&with("others", json!("deny")));
    assert_eq!(run.request("/customers", &[]), Flow::Stop);
    assert_eq!(run.host.replies()[0].status, 403);
    assert_eq!(run.outcome("denied", "unlisted-caller"), 1);
    // The proxy sends the reply through this filter again.
    assert_eq!(run.response(&[(":status", b"403"), ("content-type", b"application/problem+json")]), Flow::Continue);
    assert_eq!(run.chunk(b"{}", true), (Flow::Continue, b"{}".to_vec()));

    let mut run = Run::new(&with("others", json!("deny")));
    assert_eq!(run.request("/healthz", &[]), Flow::Continue);
    assert!(run.host.replies().is_empty());
}

#[test]
fn upgrade_is_refused_on_a_protected_route_only() {
    let cases: &[(&[u8], Line<'_>)] =
        &[(b"GET", ("upgrade", b"websocket")), (b"CONNECT", ("x", b"")), (b"GET", (":protocol", b"websocket"))];
    for (method, line) in cases {
        let mut run = Run::new(&plan());
        assert_eq!(run.request("/customers", &[(":method", method), *line]), Flow::Stop);
        assert_eq!(run.host.replies()[0].status, 403);
        assert_eq!(run.outcome("refused", "upgrade"), 1);
        let mut run = Run::new(&plan()).peer("spiffe://t/billing");
        assert_eq!(run.request("/customers", &[(":method", method), *line]), Flow::Continue);
    }
}

#[test]
fn who_sees_the_body_as_it_is() {
    const STATE: &str = "filter_state.io/istio/peer_principal";
    type Setup = fn(Run) -> Run;
    let staff: (&str, &[u8]) = ("x-group", b"staff");
    fn claim(run: Run) -> Run {
        let payload = json!({ "payload": { "group": "staff" } });
        run.property("metadata", &crate::metadata::write::metadata(&json!({ "envoy.filters.http.jwt_authn": payload })))
    }
    let cases: &[(&str, Setup, Lines<'_>, bool)] = &[
        ("nobody", |run| run, &[], false),
        ("billing", |run| run.peer("spiffe://t/billing"), &[], true),
        ("frontend", |run| run.peer("spiffe://t/frontend"), &[], false),
        ("billing behind a waypoint", |run| run.property(STATE, b"spiffe://t/billing"), &[], true),
        ("two principals", |run| run.peer("spiffe://t/billing").property(STATE, b"spiffe://t/x"), &[], false),
        ("claim", claim, &[], true),
        ("claim, but through frontend", |run| claim(run).peer("spiffe://t/frontend"), &[], false),
        ("header from nobody", |run| run, &[staff], false),
        ("header from frontend", |run| run.peer("spiffe://t/frontend"), &[staff], false),
        ("header from the gateway", |run| run.peer("spiffe://t/gateway"), &[staff], true),
        ("header twice from the gateway", |run| run.peer("spiffe://t/gateway"), &[staff, staff], false),
        ("header not UTF-8", |run| run.peer("spiffe://t/gateway"), &[("x-group", b"\xff")], false),
    ];
    for (case, setup, lines, clear) in cases {
        let mut run = setup(Run::new(&plan()));
        run.request("/customers", lines);
        run.response(&[OK, JSON]);
        assert_eq!(run.outcome("passed", "sees-all"), u64::from(*clear), "{case}");
    }
}

#[test]
fn clear_answer_stays_out_of_shared_caches() {
    let mut run = Run::new(&plan()).peer("spiffe://t/billing");
    run.request("/customers", &[]);
    run.response(&[OK, JSON, ("etag", b"\"a\""), ("cache-control", b"public, max-age=9"), ("cdn-cache-control", b"x")]);
    assert_eq!(run.header("cache-control"), ["max-age=9, private"]);
    assert!(run.header("cdn-cache-control").is_empty());
    assert_eq!(run.header("etag"), ["\"a\""]);
}

#[test]
fn nothing_tells_of_the_unmasked_body() {
    let lines: &[(&str, &[u8])] = &[
        JSON,
        ("content-length", b"42"),
        ("etag", b"\"a\""),
        ("accept-ranges", b"bytes"),
        ("content-md5", b"x"),
        ("digest", b"x"),
        ("repr-digest", b"x"),
        ("content-digest", b"x"),
        ("x-amz-checksum-sha1", b"x"),
        ("x-bin", b"\xff"),
    ];
    for (method, status) in [("GET", "200"), ("HEAD", "200"), ("GET", "304"), ("GET", "204"), ("GET", "500")] {
        let mut run = Run::new(&plan());
        run.request("/customers", &[(":method", method.as_bytes())]);
        let all: Vec<_> = [(":status", status.as_bytes())].into_iter().chain(lines.iter().copied()).collect();
        assert_eq!(run.response(&all), Flow::Continue);
        for (name, _) in lines.iter().filter(|(name, _)| !matches!(*name, "content-type" | "x-bin")) {
            assert!(run.header(name).is_empty(), "{method} {status} {name}");
        }
        assert_eq!(run.header("cache-control"), ["private"]);
    }
}

#[test]
fn refused_response_tells_only_the_reason() {
    let cases: &[(Lines<'_>, u32, &str)] = &[
        (&[OK, JSON, ("content-encoding", b"compress")], 502, "content-encoding"),
        (&[OK, JSON, ("content-type", b"text/json")], 502, "content-type-unclear"),
        (&[OK, ("content-type", b"application/json; x=\xff")], 502, "content-type-unclear"),
        (&[OK, ("content-type", b"text/csv")], 502, "content-type"),
        (&[OK, ("content-type", b"text/plain")], 502, "content-type"),
        (&[OK], 502, "no-content-type"),
        (&[(":status", b"206"), JSON], 502, "partial-content"),
        (&[(":status", b"101"), ("upgrade", b"websocket")], 502, "upgrade"),
    ];
    for (lines, status, reason) in cases {
        let mut run = Run::new(&plan()).property("response.code_details", b"via_upstream");
        run.request("/customers", &[]);
        assert_eq!(run.response(lines), Flow::Stop, "{lines:?}");
        let reply = &run.host.replies()[0];
        assert_eq!(reply.status, *status);
        let problem: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(problem["reason"], *reason);
        assert_eq!(run.outcome("refused", reason), 1);
        let receipt =
            format!("outcome=refused;reason={reason};policy=shop/customers;route=-;caller=-;values=0;clear=-;plan=");
        assert!(run.host.receipt().unwrap().starts_with(&receipt));

        let mut run = Run::new(&with("onError", json!("pass"))).property("response.code_details", b"via_upstream");
        run.request("/customers", &[]);
        assert_eq!(run.response(lines), Flow::Continue, "{lines:?}");
        assert!(run.host.replies().is_empty());
        assert_eq!(run.outcome("passed-on-error", reason), 1);
    }
}

#[test]
fn no_media_type_passes_unless_it_is_listed() {
    const PAGE: Line<'_> = ("content-type", b"text/html");
    const IMAGE: Line<'_> = ("content-type", b"image/png");
    let mut plan = with("passes", json!(["image/*"]));
    plan["routes"] = json!([{ "name": "pages", "match": { "prefix": "/pages" }, "passes": ["text/html"] }]);
    for (path, media, passes) in [
        ("/customers", PAGE, false),
        ("/customers", IMAGE, true),
        ("/pages/a", PAGE, true),
        ("/pages/a", IMAGE, true),
        // It cannot be told which route this is.
        ("/pages/../a", PAGE, false),
        ("/pages/../a", IMAGE, false),
    ] {
        let mut run = Run::new(&plan);
        run.request(path, &[]);
        run.response(&[OK, media]);
        let case = format!("{path} {}", String::from_utf8_lossy(media.1));
        assert_eq!(run.outcome("passed", "media-type"), u64::from(passes), "{case}");
        assert_eq!(run.host.replies().len(), usize::from(!passes), "{case}");
    }
    let mut run = Run::new(&super::plan());
    run.request("/customers", &[]);
    run.response(&[OK, PAGE]);
    assert_eq!(run.outcome("refused", "content-type"), 1, "no type passes by default");
}

#[test]
fn proxys_own_text_passes_but_its_json_is_masked() {
    let mut run = Run::new(&plan()).property("response.code_details", b"direct_response");
    run.request("/customers", &[]);
    assert_eq!(run.response(&[(":status", b"503"), ("content-type", b"text/plain")]), Flow::Continue);
    assert_eq!(run.outcome("passed", "local-reply"), 1);

    let mut run = Run::new(&plan()).property("response.code_details", b"direct_response");
    run.request("/customers", &[]);
    run.response(&[(":status", b"503"), JSON]);
    run.chunk(br#"{"a":1}"#, true);
    assert_eq!(run.outcome("masked", "none"), 1);
}

#[test]
fn text_that_a_cache_filter_sends_on_is_not_the_proxys_own() {
    for details in ["cache.insert_via_upstream", "cache.response_from_cache_filter", "lua_response", "anything"] {
        for lines in [&[OK, ("content-type", &b"text/plain"[..])][..], &[OK]] {
            let mut run = Run::new(&plan()).property("response.code_details", details.as_bytes());
            run.request("/customers", &[]);
            assert_eq!(run.response(lines), Flow::Stop, "{details}");
            assert_eq!(run.host.replies()[0].status, 502);
        }
    }
}

#[test]
fn answer_of_a_filter_in_front_is_not_taken_for_an_unlisted_caller() {
    let mut run = Run::new(&with("others", json!("deny")));
    run.host.put(Map::Request, &[(":path", b"/customers")]);
    assert_eq!(run.response(&[(":status", b"401"), ("content-type", b"text/plain")]), Flow::Continue);
    assert!(run.host.replies().is_empty());

    let mut run = Run::new(&with("others", json!("deny"))).property("response.code_details", b"lua_response");
    run.host.put(Map::Request, &[(":path", b"/customers")]);
    assert_eq!(run.response(&[OK, ("content-type", b"text/csv")]), Flow::Stop, "it can hold data");
    assert_eq!(run.host.replies()[0].status, 403);
}

#[test]
fn route_is_chosen_again_when_the_response_comes() {
    const ROUTE: &str = "xds.route_metadata.filter_metadata.meshveil.route";
    let mut run = Run::new(&plan()).property(ROUTE, b"open");
    run.request("/customers", &[]);
    run.host.put_property(ROUTE, b"other");
    run.response(&[OK, JSON, ("content-encoding", b"compress")]);
    assert_eq!(run.host.replies().len(), 1);
    assert_eq!(run.host.counter("meshveil_unknown_routes_total"), Some(1));

    let mut run = Run::new(&with("others", json!("deny"))).property(ROUTE, b"open");
    run.request("/healthz", &[]);
    run.host.put_property(ROUTE, b"health");
    // The router rewrote the path; what counts is what the client sent.
    run.host.put(Map::Request, &[(":path", b"/internal"), (":method", b"GET")]);
    assert_eq!(run.response(&[OK, JSON]), Flow::Continue);
    assert_eq!(run.outcome("passed", "route-off"), 1);
}

#[test]
fn path_with_two_readings_never_switches_masking_off() {
    const ROUTE: &str = "xds.route_metadata.filter_metadata.meshveil.route";
    for path in ["/healthz", "/healthz?x=/../y"] {
        let mut run = Run::new(&plan());
        run.request(path, &[]);
        run.response(&[OK, JSON]);
        assert_eq!(run.outcome("passed", "route-off"), 1, "{path}");
    }
    let override_line: (&str, &[u8]) = ("x-original-url", b"/customers");
    for (path, more) in [("/healthz/..%2fcustomers", vec![]), ("//healthz", vec![]), ("/healthz", vec![override_line])]
    {
        let mut run = Run::new(&plan()).property(ROUTE, b"open");
        run.request(path, &more);
        run.response(&[OK, JSON]);
        assert_eq!(run.outcome("passed", "route-off"), 0, "{path}");
    }
}

#[test]
fn proxy_that_fails_is_not_passed_through() {
    let mut run = Run::new(&plan());
    run.request("/customers", &[]);
    run.host.fail();
    assert_eq!(run.response(&[OK, JSON]), Flow::Stop);
    assert!(run.host.was_reset());
    assert_eq!(run.chunk(SECRET.as_bytes(), true).0, Flow::Stop);

    let mut unconfigured = Exchange::new(Fake::default(), None);
    assert_eq!(unconfigured.on_request_headers(), Flow::Stop);
    assert_eq!(unconfigured.host.replies()[0].status, 503);
    assert_eq!(unconfigured.host.mark(), None, "a guard lets nothing by");
}

#[test]
fn routes_without_rules_cost_few_host_calls() {
    let mut idle = Run::new(&json!({ "version": 1, "fields": [] }));
    idle.request("/x", &[]);
    idle.response(&[OK, JSON]);
    assert_eq!(idle.host.calls(), 1, "the mark");
    assert_eq!(idle.host.mark().as_deref(), Some(""));

    let mut off = Run::new(&plan());
    off.request("/healthz", &[]);
    assert_eq!(off.host.calls(), 3, "the mark, the headers and the route metadata");
    assert_eq!(off.host.mark().as_deref(), Some("shop/customers"));
    off.response(&[OK, JSON]);
    assert_eq!(off.host.calls(), 6, "the route metadata, a counter and the receipt");
}

#[test]
fn configuration_is_refused_with_a_path_and_no_value() {
    let keyed = |key: Value| {
        let mut plan = with("key", key);
        plan["fields"][0]["mask"] = json!({ "pseudonym": {} });
        plan.to_string()
    };
    let named = json!({ "env": "K" });
    let unknown = with("polcy", json!(SECRET)).to_string();
    let cases: Vec<(String, Option<&str>, &str)> = vec![
        ("{".to_owned(), None, "plan: "),
        (String::new(), None, "plan: "),
        (unknown, None, "polcy"),
        (keyed(Value::Null), None, "rule `ssn`"),
        (keyed(named.clone()), None, "rule `ssn`"),
        (keyed(named.clone()), Some("hunter2"), "key.env"),
        (keyed(named.clone()), Some("                                "), "only white space"),
        (keyed(named.clone()), Some("hunter2hunter2hunter2hunter2"), "different bytes"),
        (keyed(named.clone()), Some("hunter2-is-ithunter2-is-it"), "repeats"),
    ];
    for (text, key, expected) in cases {
        let error = Configuration::load(&Fake::default(), text.as_bytes(), |_| key.map(str::to_owned)).unwrap_err();
        let line = error.to_string();
        assert!(line.contains(expected), "{line}");
        assert!(!line.contains(SECRET) && !line.contains("hunter2") && !line.contains('\n'), "{line}");
    }
    let key = Some("0123456789abcdef".to_owned());
    assert!(Configuration::load(&Fake::default(), keyed(named).as_bytes(), |_| key.clone()).is_ok());
}
