use proptest::{prelude::*, sample::select};
use serde_json::json;

use super::*;
use crate::{Decision, Decisions};

fn plan(routes: serde_json::Value) -> Plan {
    serde_json::from_value(json!({ "version": 1, "fields": [], "routes": routes })).unwrap()
}

#[test]
fn route_is_chosen_by_metadata_first_then_by_order() {
    let plan = plan(json!([
        { "name": "health", "match": { "path": "/healthz", "methods": ["GET"] }, "masking": "off" },
        { "name": "public", "match": { "prefix": "/public" }, "masking": "off" },
        { "name": "named", "match": { "routeName": "r1", "host": "Shop.example" } },
        { "name": "meta", "masking": "off" },
    ]));
    let get = Request { host: b"x", method: b"GET", ..Request::default() };
    let cases = [
        (Request { path: b"/healthz", ..get }, RouteChoice::Listed(0), false),
        (Request { path: b"/healthz?a=/../b", ..get }, RouteChoice::Listed(0), false),
        (Request { path: b"/healthz", method: b"POST", ..get }, RouteChoice::Unlisted, false),
        (Request { path: b"/healthz", replaced: true, ..get }, RouteChoice::Unclear, false),
        (Request { path: b"/public", ..get }, RouteChoice::Listed(1), false),
        (Request { path: b"/public/a", ..get }, RouteChoice::Listed(1), false),
        (Request { path: b"/publicity", ..get }, RouteChoice::Unlisted, false),
        (Request { path: b"/public/%2e%2e/customers", ..get }, RouteChoice::Unclear, false),
        (Request { path: b"/public/..;/customers", ..get }, RouteChoice::Unclear, false),
        (
            Request { path: b"/x", route_name: Some(b"r1"), host: b"SHOP.example:8080", ..get },
            RouteChoice::Listed(2),
            false,
        ),
        (
            Request { path: b"/x", route_name: Some(b"r1"), host: b"shop.example.org", ..get },
            RouteChoice::Unlisted,
            false,
        ),
        (Request { path: b"/x", metadata: Some(b"meta"), ..get }, RouteChoice::Listed(3), false),
        (Request { path: b"/x/../y", metadata: Some(b"meta"), ..get }, RouteChoice::Unclear, false),
        (Request { path: b"/x/../y", metadata: Some(b"named"), ..get }, RouteChoice::Unclear, false),
        (Request { path: b"/public", metadata: Some(b"gone"), ..get }, RouteChoice::Unclear, true),
        (Request { path: b"/healthz", metadata: Some(b"health"), ..get }, RouteChoice::Listed(0), false),
        (Request { path: b"/customers", metadata: Some(b"health"), ..get }, RouteChoice::Unclear, false),
        (Request { path: b"/healthz", metadata: Some(b"health"), method: b"POST", ..get }, RouteChoice::Unclear, false),
        (Request { path: b"/healthz", metadata: Some(b"public"), ..get }, RouteChoice::Unclear, false),
        (Request { path: b"/healthz?_method=POST", ..get }, RouteChoice::Unclear, false),
    ];
    for (request, route, unknown_id) in cases {
        assert_eq!(choose(&plan, &request), Chosen { route, unknown_id }, "{request:?}");
    }
}

#[test]
fn path_that_servers_read_as_another_route_is_unclear() {
    let plan = plan(json!([
        { "name": "me", "match": { "path": "/users/@me" } },
        { "name": "cafe", "match": { "prefix": "/caf%C3%A9" } },
        { "name": "list", "match": { "path": "/users/list", "methods": ["GET"] } },
        { "name": "export", "match": { "prefix": "/Export/" } },
        { "name": "rest", "match": { "prefix": "/" }, "masking": "off" },
    ]));
    let get = Request { host: b"x", method: b"GET", ..Request::default() };
    for (path, listed) in [
        ("/users/@me", 0),
        ("/users/list/all", 4),
        ("/users/me.json", 4),
        ("/users/l.i.s.t", 4),
        ("/.users/list", 4),
        ("/caf%C3%A9", 1),
        ("/caf%C3%A9/x", 1),
        ("/users/list", 2),
        ("/Export/a", 3),
        ("/users/Anna", 4),
        ("/users/a%40b", 4),
        ("/users/listed", 4),
    ] {
        let request = Request { path: path.as_bytes(), ..get };
        assert_eq!(choose(&plan, &request).route, RouteChoice::Listed(listed), "{path}");
    }
    for path in [
        "/users/%40me",
        "/users/@ME",
        "/users/@me/",
        "/caf%c3%a9",
        "/caf%C3%A9/".to_uppercase().as_str(),
        "/users/list/",
        "/export/a",
        "/Export",
        "/export",
        "/users/list.json",
        "/users/list.json/",
        "/users/LIST.tar.gz",
        "/users.v1/list",
        "/Export.json",
        "/Export.json/a",
    ] {
        let request = Request { path: path.as_bytes(), ..get };
        assert_eq!(choose(&plan, &request).route, RouteChoice::Unclear, "{path}");
    }
    let request = Request { path: b"/users/list", method: b"get", ..get };
    assert_eq!(choose(&plan, &request).route, RouteChoice::Unclear);
}

/// Other spellings of a path that some server reads as the path itself.
fn other_spelling(path: &str, way: u8, at: usize) -> Vec<u8> {
    let inside = at % path.len() + 1;
    let (start, end) = path.split_at(inside);
    let escaped = |escape: &str| format!("{start}{escape}{end}");
    match way {
        0 => path.to_ascii_uppercase(),
        1 => format!("{path}/"),
        2 => format!("{path}.json"),
        3 => format!("{path}.json/"),
        4 => format!("{path}."),
        5 => format!("{path};v=1"),
        6 => format!("/x/..{path}"),
        7 => format!("/public/%2e%2e{path}"),
        8 => format!("/public/%E2%80%A5{path}"),
        9 => format!("/healthz/%c0%ae%c0%ae{path}"),
        10 => format!("/{path}"),
        11 => escaped("%E2%80%8B"),
        12 => format!("{path}%00"),
        13 => format!("{path}?_method=GET"),
        14 => path.replace('/', "%2f"),
        15 => path.replace('/', "\\"),
        _ => {
            let mut start = path.to_owned();
            let last = start.pop().map_or(0, u32::from);
            format!("{start}%{last:02x}")
        }
    }
    .into_bytes()
}

/// Whether one decision shows no more than another, for a caller that is not listed.
fn shows_no_more(decisions: &Decisions, one: RouteChoice, other: RouteChoice) -> bool {
    let masks = |route| {
        let Decision::Mask(masked) = decisions.decide(None, route) else { return None };
        let masks = decisions.rules(masked.view).map(|(_, _, mask)| mask.strictness()).collect::<Vec<_>>();
        Some((masks, ["text/html", "image/png"].map(|essence| masked.passes.contain(essence))))
    };
    match (masks(one), masks(other)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some((one, one_passes)), Some((other, other_passes))) => {
            one.iter().zip(&other).all(|(one, other)| one >= other)
                && one_passes.iter().zip(other_passes).all(|(one, other)| !one || other)
        }
    }
}

proptest! {
    /// However a request is written, it gets no more than the request that a server takes it for.
    #[test]
    fn another_spelling_never_shows_more(
        routes in prop::collection::vec((select(&["/healthz", "/export", "/public", "/a/b", "/"][..]), any::<bool>(), 0_u8..5), 1..5),
        path in select(&["/customers", "/export", "/export/a", "/healthz", "/public/x", "/a/b", "/a"][..]),
        way in 0_u8..17,
        at in any::<usize>(),
        metadata in any::<bool>(),
        replaced in any::<bool>(),
    ) {
        let routes = routes.iter().enumerate().map(|(number, (path, exact, treatment))| {
            let mut route = json!({ "name": format!("r{number}"), "match": { (if *exact { "path" } else { "prefix" }): path } });
            match treatment {
                0 => route["masking"] = json!("off"),
                1 => route["fields"] = json!({ "a": "redact" }),
                2 => route["fields"] = json!({ "a": "drop", "b": "null" }),
                3 => route["passes"] = json!(["text/html"]),
                _ => route["passes"] = json!(["image/*"]),
            }
            route
        });
        let plan = serde_json::from_value(json!({
            "version": 1,
            "fields": [
                { "name": "a", "paths": ["$.a"], "mask": "email" },
                { "name": "b", "paths": ["$.b"], "mask": { "partial": { "keepLast": 4 } } },
            ],
            "routes": routes.collect::<Vec<_>>(),
        })).unwrap();
        let decisions = Decisions::new(plan);
        let get = Request { host: b"x", method: b"GET", ..Request::default() };
        let meant = decisions.choose_route(&Request { path: path.as_bytes(), ..get }).route;
        let spelled = other_spelling(path, way, at);
        // Envoy, too, chooses its route by what is written.
        let exact = decisions.plan().routes.iter().find(|route| route.matches.as_ref().is_some_and(|m| holds(m, &Request { path: &spelled, ..get }, &spelled, Reading::Exact)));
        let metadata = if metadata { exact.map(|route| route.name.as_bytes()) } else { None };
        let chosen = decisions.choose_route(&Request { path: &spelled, metadata, ..get }).route;
        prop_assert!(shows_no_more(&decisions, chosen, meant), "{chosen:?} {meant:?} {}", String::from_utf8_lossy(&spelled));
        let header = decisions.choose_route(&Request { path: b"/healthz", replaced, ..get }).route;
        prop_assert!(!replaced || shows_no_more(&decisions, header, meant));
        let elsewhere = decisions.choose_route(&Request { path: path.as_bytes(), metadata: Some(b"r0"), ..get }).route;
        prop_assert!(shows_no_more(&decisions, elsewhere, meant));
    }
}
