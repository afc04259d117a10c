//! What is written is read back as the same, and what was changed is not taken for ours.

use meshveil_text::{
    FileId, Node, block, flow, tree,
    yaml::{self, Json, Map, quoted},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn read(written: Map) -> Value {
    let mut findings = Vec::new();
    let documents = tree::parse(FileId(0), &yaml::document(written), &mut findings);
    assert_eq!(findings, []);
    documents.first().map(Node::to_json).unwrap()
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,6}", "\\PC{0,8}", "[*&!%@`'\"\\\\#:,?{}\\[\\]| \n-]{0,6}", Just("no".to_owned())]
}

fn identity() -> impl Strategy<Value = Identity> {
    (text(), text(), text(), text()).prop_map(|(trust_domain, chain, key, authority)| Identity {
        trust_domain,
        files: Files { chain, key, authority },
    })
}

fn authorization() -> impl Strategy<Value = HttpFilter> {
    let admitted = (text(), text()).prop_map(|(name, principal)| Admitted { name, principal, comment: String::new() });
    (any::<bool>(), prop::collection::vec(admitted, 0..4))
        .prop_map(|(others, admitted)| HttpFilter::Authorization(Authorization { others, admitted }))
}

fn code() -> impl Strategy<Value = Code> {
    prop_oneof![
        text().prop_map(Code::Local),
        (text(), prop::option::of("[0-9a-f]{64}")).prop_map(|(url, sha256)| Code::Remote { url, sha256 }),
        Just(Code::Unknown),
    ]
}

fn masking() -> impl Strategy<Value = HttpFilter> {
    let plan = prop::option::of(prop::collection::btree_map(text(), prop::collection::vec(text(), 0..3), 0..3));
    let plan = plan.prop_map(|plan| plan.map(|plan| Json::new(&plan).as_str().to_owned()));
    let failure = prop_oneof![Just(Failure::Reload), Just(Failure::Closed), Just(Failure::Open)];
    (text(), plan, failure, any::<bool>(), code(), prop::collection::vec(text(), 0..2)).prop_map(
        |(name, plan, failure, headers_wait, code, variables)| {
            HttpFilter::Masking(Box::new(Masking { name, plan, failure, headers_wait, code, variables }))
        },
    )
}

fn filter() -> impl Strategy<Value = HttpFilter> {
    prop_oneof![
        authorization(),
        masking(),
        text().prop_map(|mark| HttpFilter::Guard(Guard { mark })),
        Just(HttpFilter::Router),
        text().prop_map(|name| HttpFilter::Other(Other {
            name,
            kind: "envoy.extensions.filters.http.lua.v3.Lua".to_owned()
        })),
    ]
}

/// A filter chain around what is ours in it.
fn filter_chain(chain: &Chain) -> Map {
    let config = block!({ "@type": names::url(names::CONNECTION_MANAGER_TYPE), http_filters: chain.http_filters() });
    block!({
        transport_socket?: chain.identity.as_ref().map(Identity::write),
        filters: [{ name: "other" }, { name: names::CONNECTION_MANAGER, typed_config: config }],
    })
}

/// The same settings as protobuf also spells them.
fn in_camel_case(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (field::camel(name), in_camel_case(value))).collect()
        }
        Value::Array(items) => items.iter().map(in_camel_case).collect(),
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(identity in prop::option::of(identity()), filters in prop::collection::vec(filter(), 0..5)) {
        let chain = Chain { identity, filters };
        prop_assert_eq!(Chain::read(&read(filter_chain(&chain))), chain);
    }

    #[test]
    fn either_spelling_is_read(filter in masking()) {
        prop_assert_eq!(HttpFilter::read(&in_camel_case(&read(filter.write()))), filter);
    }
}

fn guard() -> Value {
    read(Guard { mark: "shop/customers".to_owned() }.write())
}

#[test]
fn comments_change_nothing() {
    let admitted = |comment: &str| Admitted {
        name: "a".to_owned(),
        principal: "spiffe://b".to_owned(),
        comment: comment.to_owned(),
    };
    let filter = |comment| Authorization { others: true, admitted: vec![admitted(comment)] };
    assert!(yaml::document(filter("policy.yaml:3").write()).contains("# policy.yaml:3\n"));
    assert_eq!(Authorization::read(&read(filter("policy.yaml:3").write())), Some(filter("")));
}

#[test]
fn a_guard_that_lets_other_requests_through_is_none() {
    assert!(Guard::read(&guard()).is_some());
    let rules = "/typed_config/rules";
    let changed = |path: &str, value: Value| {
        let mut guard = guard();
        *guard.pointer_mut(path).unwrap() = value;
        Guard::read(&guard)
    };
    let policy = guard().pointer(&format!("{rules}/policies/seen-by-the-filter")).unwrap().clone();
    assert_eq!(changed(&format!("{rules}/action"), json!("DENY")), None);
    assert_eq!(changed(&format!("{rules}/policies"), json!({"a": policy, "b": policy})), None);
    let principals = format!("{rules}/policies/seen-by-the-filter/principals");
    assert_eq!(changed(&principals, json!([{"any": true}, policy.pointer("/principals/0").unwrap()])), None);
    assert_eq!(changed(&format!("{principals}/0/filter_state/key"), json!("other")), None);
    assert_eq!(changed("/typed_config/@type", json!("type.googleapis.com/other")), None);
    let mut disabled = guard();
    disabled["disabled"] = json!(true);
    assert_eq!(Guard::read(&disabled), None);
}

#[test]
fn a_filter_fails_open_however_that_is_written() {
    for (config, expected) in [
        (json!({"fail_open": true}), Failure::Open),
        (json!({"failOpen": true}), Failure::Open),
        (json!({"failure_policy": "FAIL_OPEN"}), Failure::Open),
        (json!({"failurePolicy": 3}), Failure::Open),
        (json!({"failure_policy": "FAIL_RELOAD"}), Failure::Reload),
        (json!({"failure_policy": "FAIL_CLOSED"}), Failure::Closed),
        (json!({"fail_open": false}), Failure::Closed),
        (json!({}), Failure::Closed),
    ] {
        let filter =
            json!({"name": "meshveil", "typed_config": {"@type": names::url(names::WASM_TYPE), "config": config}});
        assert_eq!(Masking::read(&filter).unwrap().failure, expected, "{config}");
    }
}

#[test]
fn a_plan_is_read_as_text_and_as_a_struct() {
    let plan = |configuration: Value| {
        let config = json!({"configuration": configuration});
        let filter = json!({"typed_config": {"@type": names::url(names::WASM_TYPE), "config": config}});
        serde_json::from_str::<Value>(&Masking::read(&filter).unwrap().plan.unwrap()).unwrap()
    };
    let expected = json!({"version": 1});
    assert_eq!(plan(json!({"@type": names::url(names::STRING_TYPE), "value": "{\"version\": 1}\n"})), expected);
    assert_eq!(plan(json!({"@type": "type.googleapis.com/google.protobuf.Struct", "value": {"version": 1}})), expected);
    assert_eq!(plan(expected.clone()), expected);
}

#[test]
fn a_patch_puts_a_filter_before_the_router_of_each_listener_that_leads_to_the_application() {
    let filter = flow!({ name: quoted("a") });
    for (place, listeners) in [
        (patch::Place::Waypoint, ["main_internal"].as_slice()),
        (patch::Place::Sidecar, ["virtualInbound", "main_internal"].as_slice()),
    ] {
        let patches: Vec<Value> = patch::before_router(place, &filter).map(read).collect();
        let at = |path: &str| -> Vec<&Value> { patches.iter().filter_map(|patch| patch.pointer(path)).collect() };
        assert_eq!(at("/match/listener/name"), listeners);
        assert!(at("/match/context").iter().all(|context| *context == "SIDECAR_INBOUND"));
        let anchor = at("/match/listener/filterChain/filter/subFilter/name");
        assert!(anchor.len() == listeners.len() && anchor.iter().all(|name| *name == names::ROUTER));
        assert!(
            at("/patch").iter().all(|patch| **patch == json!({"operation": "INSERT_BEFORE", "value": {"name": "a"}}))
        );
    }
}
