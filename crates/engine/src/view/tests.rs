use serde_json::json;

use super::*;
use crate::plan::Sees;

#[derive(Default)]
struct Told {
    principal: Option<&'static str>,
    claims: Vec<(&'static str, &'static str)>,
    header: Option<&'static str>,
}

impl Evidence for Told {
    fn principal(&self) -> Option<String> {
        self.principal.map(str::to_owned)
    }

    fn claim(&self, _payload: &str, name: &str) -> Vec<String> {
        self.claims.iter().filter(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()).collect()
    }

    fn header(&self, _name: &str) -> Option<String> {
        self.header.map(str::to_owned)
    }
}

fn plan(routes: serde_json::Value) -> Plan {
    let text = json!({
        "version": 1,
        "fields": [],
        "callers": [
            { "name": "billing", "match": [{ "principal": "spiffe://t/billing" }], "sees": "all" },
            { "name": "support", "match": [{ "claim": { "name": "group", "value": "support" } }] },
            { "name": "desk", "match": [{ "header": { "name": "x-who", "value": "desk" } }] },
        ],
        "routes": routes,
        "trustedHops": ["spiffe://t/gateway"],
    });
    Plan::from_json(text.to_string().as_bytes()).unwrap()
}

fn fields() -> Vec<crate::plan::Field> {
    let field = |name: &str| crate::plan::Field {
        name: name.to_owned(),
        paths: vec!["$.a".to_owned()],
        mask: MaskSpec::Redact(crate::mask::Redact::default()),
    };
    vec![field("a"), field("b")]
}

#[test]
fn caller_is_the_least_of_all_that_fit() {
    let mut plan = plan(json!([]));
    plan.fields = fields();
    let callers = Callers::new(&plan);
    let cases = [
        (Told::default(), None),
        (Told { principal: Some("spiffe://t/billing"), ..Told::default() }, Some(0)),
        (Told { principal: Some("spiffe://t/billing2"), ..Told::default() }, None),
        (Told { claims: vec![("group", "dev"), ("group", "support")], ..Told::default() }, Some(1)),
        (Told { principal: Some("spiffe://t/billing"), claims: vec![("group", "support")], header: None }, Some(1)),
        (Told { principal: Some("spiffe://t/gateway"), header: Some("desk"), claims: vec![] }, Some(2)),
        (Told { principal: Some("spiffe://t/billing"), header: Some("desk"), claims: vec![] }, Some(0)),
        (Told { header: Some("desk"), ..Told::default() }, None),
    ];
    for (told, expected) in cases {
        assert_eq!(callers.identify(&told), expected, "{:?} {:?} {:?}", told.principal, told.claims, told.header);
    }
}

#[test]
fn callers_that_contradict_each_other_are_nobody() {
    let mut plan = plan(json!([]));
    plan.fields = fields();
    plan.callers[1].sees = Sees::Fields(vec!["a".to_owned()]);
    plan.callers[2].sees = Sees::Fields(vec!["b".to_owned()]);
    let callers = Callers::new(&plan);
    let told = Told { principal: Some("spiffe://t/gateway"), claims: vec![("group", "support")], header: Some("desk") };
    assert_eq!(callers.identify(&told), None);
}

#[test]
fn paths_that_can_be_read_in_two_ways_are_not_plain() {
    let plain = ["/", "/a", "/a/", "/a/b%20c", "/a/%C3%A9", "/a:b@c,d=e!", "/a.b/c..d/~x", "/%3A"];
    let not_plain: &[&[u8]] = &[
        b"",
        b"*",
        b"a",
        b"//",
        b"//a",
        b"/a//b",
        b"/a//",
        b"/./a",
        b"/a/.",
        b"/a/..",
        b"/a/../b",
        b"/a%2fb",
        b"/a%2Fb",
        b"/a%5cb",
        b"/a\\b",
        b"/a;b",
        b"/a%3bb",
        b"/%2e%2e/a",
        b"/a%2E",
        b"/%61",
        b"/a%252fb",
        b"/a%",
        b"/a%2",
        b"/a%zz",
        b"/a%00",
        b"/a#b",
        b"/a%23b",
        b"/a%3Fb",
        b"/a b",
        b"/\xff",
        b"/a\x7f",
    ];
    for path in plain {
        assert!(is_plain_path(path.as_bytes()), "{path}");
    }
    for path in not_plain {
        assert!(!is_plain_path(path), "{}", String::from_utf8_lossy(path));
    }
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
        (Request { path: b"/healthz", overridden: true, ..get }, RouteChoice::Unclear, false),
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
    ];
    for (request, route, unknown_id) in cases {
        assert_eq!(choose_in(&plan, &request), Chosen { route, unknown_id }, "{request:?}");
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
        ("/caf%C3%A9", 1),
        ("/caf%C3%A9/x", 1),
        ("/users/list", 2),
        ("/Export/a", 3),
        ("/users/Anna", 4),
        ("/users/a%40b", 4),
        ("/users/listed", 4),
    ] {
        let request = Request { path: path.as_bytes(), ..get };
        assert_eq!(choose_in(&plan, &request).route, RouteChoice::Listed(listed), "{path}");
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
    ] {
        let request = Request { path: path.as_bytes(), ..get };
        assert_eq!(choose_in(&plan, &request).route, RouteChoice::Unclear, "{path}");
    }
    let request = Request { path: b"/users/list", method: b"get", ..get };
    assert_eq!(choose_in(&plan, &request).route, RouteChoice::Unclear);
}

fn choose_in(plan: &Plan, request: &Request<'_>) -> Chosen {
    route::choose(plan, request)
}

#[test]
fn equal_sets_of_fields_share_a_view() {
    let mut plan = plan(json!([]));
    plan.fields = fields();
    plan.callers[1].sees = Sees::Fields(vec!["b".to_owned(), "a".to_owned()]);
    plan.callers[2].sees = Sees::Fields(vec!["a".to_owned()]);
    let (sets, of_caller) = caller::masked_fields(&plan);
    assert_eq!(sets, [vec![0, 1], vec![], vec![1]]);
    assert_eq!(of_caller, [1, 1, 2]);
}
