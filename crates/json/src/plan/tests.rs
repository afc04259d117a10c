use meshveil_plan::{Masking, Sees};
use serde_json::{Value, json};

use super::read_plan;

/// Path and message of the first fault.
fn fault(text: &str) -> (String, String) {
    let first = read_plan(text.as_bytes()).unwrap_err().first;
    (first.path.to_string(), first.problem.to_string())
}

fn documented() -> Value {
    let page = include_str!("../../../../docs/reference/plan.md");
    let example = page.split("```json").nth(1).unwrap().split("```").next().unwrap();
    serde_json::from_str(example).unwrap()
}

fn refused(change: impl FnOnce(&mut Value)) -> (String, String) {
    let mut plan = documented();
    change(&mut plan);
    fault(&plan.to_string())
}

#[test]
fn documented_example_is_a_plan() {
    let plan = read_plan(documented().to_string().as_bytes()).unwrap();
    assert_eq!(plan.fields.len(), 3);
    assert_eq!(plan.callers[0].sees, Sees::All);
    assert_eq!(plan.callers[1].sees, Sees::Fields(vec!["notes".to_owned()]));
    assert_eq!(plan.routes[0].masking, Masking::Off);
    let again = serde_json::to_vec(&*plan).unwrap();
    assert_eq!(read_plan(&again).unwrap(), plan);
}

#[test]
fn every_fault_names_its_path() {
    type Change = fn(&mut Value);
    let cases: &[(Change, &str)] = &[
        (|p| p["version"] = json!(2), "version"),
        (|p| p["polcy"] = json!("x"), "polcy"),
        (|p| p["policy"] = json!("a\nb"), "policy"),
        (|p| p["fields"][1]["name"] = json!("ssn"), "fields[1].name"),
        (|p| p["fields"][1]["name"] = json!("a b"), "fields[1].name"),
        (|p| p["fields"][0]["name"] = json!(""), "fields[0].name"),
        (|p| p["fields"][2]["paths"] = json!([]), "fields[2].paths"),
        (|p| p["fields"][2]["mask"] = json!({"redact": {"wiht": 1}}), "fields[2].mask.redact.wiht"),
        (|p| p["callers"][1]["sees"] = json!(["nots"]), "callers[1].sees[0]"),
        (|p| p["callers"][1]["sees"] = json!("none"), "callers[1].sees"),
        (|p| p["callers"][1]["name"] = json!("billing"), "callers[1].name"),
        (|p| p["callers"][2]["match"] = json!([]), "callers[2].match"),
        (|p| p["callers"][2]["match"][0] = json!({"principal": "shop/frontend"}), "callers[2].match[0].principal"),
        (|p| p["callers"][2]["match"][0] = json!({"principal": "spiffe://*"}), "callers[2].match[0].principal"),
        (
            |p| p["callers"][2]["match"][0] = json!({"header": {"name": "X-Who", "value": "a"}}),
            "callers[2].match[0].header.name",
        ),
        (|p| p["trustedHops"] = json!([]), "callers[1].match[2].header"),
        (|p| p["trustedHops"] = json!(["ingress"]), "trustedHops[0]"),
        (|p| p["routes"][1]["fields"] = json!({"nots": {"redact": {}}}), "routes[1].fields"),
        (|p| p["routes"][1]["masking"] = json!("off"), "routes[1].fields"),
        (|p| p["routes"][1]["name"] = json!("health"), "routes[1].name"),
        (|p| p["routes"][1]["match"] = json!({}), "routes[1].match"),
        (|p| p["routes"][1]["match"]["path"] = json!("/x"), "routes[1].match"),
        (|p| p["routes"][0]["match"]["path"] = json!("healthz"), "routes[0].match.path"),
        (|p| p["routes"][0]["match"]["path"] = json!("/a/../b"), "routes[0].match.path"),
        (|p| p["routes"][0]["match"]["methods"] = json!(["get"]), "routes[0].match.methods[0]"),
        (|p| p["passes"] = json!(["html"]), "passes[0]"),
        (|p| p["routes"][2]["passes"] = json!(["text/html", "text/json"]), "routes[2].passes[1]"),
        (|p| p["routes"][2]["masking"] = json!("off"), "routes[2].passes"),
        (|p| p["reads"] = json!({"text/*": "lines"}), "reads.text/*"),
        (|p| p["reads"] = json!({"text/plain": "line"}), "reads.text/plain"),
        (|p| p["reads"] = json!({"image/png": "json"}), "passes[0]"),
        (|p| p["routes"][2]["reads"] = json!({"text/html": "json"}), "routes[2].passes[0]"),
        (|p| p["routes"][0]["badLines"] = json!("drop"), "routes[0].badLines"),
        (|p| p["badLines"] = json!("keep"), "badLines"),
        (|p| p["key"]["env"] = json!(""), "key.env"),
        (|p| p["limits"]["depth"] = json!(0), "limits.depth"),
        (|p| p["limits"]["held"] = json!(1u64 << 40), "limits.held"),
        (|p| p["delivery"] = json!("fast"), "delivery"),
        (|p| p["others"] = json!("allow"), "others"),
        (|p| p["others"] = json!({"deny": {}}), "others.deny"),
        (|p| p["callers"][2]["match"][0] = json!({"principle": "x"}), "callers[2].match[0].principle"),
        (|p| p["callers"][2]["match"][0] = json!({"claim": {"name": "a"}}), "callers[2].match[0].claim"),
        (|p| p["callers"][2]["match"][0] = json!("principal"), "callers[2].match[0]"),
        (|p| p["callers"][2]["match"][0] = json!({"principal": "a", "header": {}}), "callers[2].match[0]"),
        (|p| p["routes"][1]["fields"] = json!({"notes": "redcat"}), "routes[1].fields.notes"),
        (|p| p["limits"]["held"] = json!(1.5), "limits.held"),
        (|p| p["limits"]["held"] = json!(-1), "limits.held"),
        (|p| p["limits"] = json!([1, 2, 3, 4, 5]), "limits"),
        (|p| *p = json!([1]), "."),
    ];
    for (change, expected) in cases {
        let (path, message) = refused(change);
        assert_eq!(path, *expected, "{message}");
    }
}

#[test]
fn no_message_quotes_a_value_of_the_wrong_type() {
    let (path, message) = refused(|plan| plan["limits"]["depth"] = json!("hunter2"));
    assert_eq!(path, "limits.depth");
    assert!(!message.contains("hunter2"), "{message}");
    assert!(message.starts_with("expected usize"), "{message}");
}

#[test]
fn a_missing_member_is_reported_for_the_object_that_lacks_it() {
    for (text, path) in [
        (r#"{"version":1,"fields":[{"name":"a","paths":["$.a"]}]}"#, "fields[0]"),
        // A field may stand in headers alone.
        (r#"{"version":1,"fields":[{"name":"a","mask":"null"}]}"#, "fields[0].paths"),
        (r#"{"version":1,"fields":[{"name":"a","paths":["$.a"],"mask":"null"}],"key":{"id":"1"}}"#, "key"),
        (r#"{"version":1}"#, "."),
    ] {
        assert_eq!(fault(text).0, path);
    }
}

#[test]
fn trailing_data_is_refused() {
    let text = format!("{} {{}}", documented());
    assert!(read_plan(text.as_bytes()).is_err());
}

#[test]
fn what_is_no_plan_at_all_is_reported_by_line_and_column() {
    let deep = ["[".repeat(200_000), "]".repeat(200_000)].concat();
    for (text, expected) in [
        ("{\n  \"version\": 1,\n  oops}", "line 3, column 3: a byte that JSON does not allow here"),
        ("{\"version\": 1", "line 1, column 14: the document ends inside a value"),
        ("", "line 1, column 1: the document ends inside a value"),
        (deep.as_str(), "expected struct Plan"),
        (r#"{"version":1,"policy":"\ud800"}"#, "a surrogate without its other half"),
    ] {
        assert_eq!(fault(text).1, expected);
    }
}

#[test]
fn a_member_named_twice_is_refused() {
    let text = r#"{"version":1,"version":1,"fields":[]}"#;
    assert_eq!(fault(text).1, "duplicate field `version`");
}

#[test]
fn plan_without_its_key_is_the_same_under_another_key() {
    let with = |key: &str| format!(r#"{{"version":1,"key":{key},"fields":[]}}"#);
    let (old, new) = (with(r#"{"env":"A","id":"1"}"#), with(r#"{"env":"B","previous":{"env":"A","id":"1"}}"#));
    let without = |text: &str| super::without_member(text.as_bytes(), "key").concat();
    assert_eq!(without(&old), without(&new));
    assert_eq!(without(&old), br#"{"version":1,"key":,"fields":[]}"#);
    assert_eq!(without(r#"{"version":1}"#), br#"{"version":1}"#);
    assert_eq!(without("{"), b"{");
}

#[test]
fn member_is_split_off_as_if_it_had_never_been_there() {
    for (text, without, value) in [
        (r#"{"a": 1, "next": {"b": [2]}}"#, r#"{"a": 1}"#, r#"{"b": [2]}"#),
        ("{\n  \"a\": 1,\n  \"next\": {}\n}\n", "{\n  \"a\": 1\n}\n", "{}"),
        (r#"{"next": {}, "a": 1}"#, r#"{ "a": 1}"#, "{}"),
        (r#"{"a": 1, "next": {}, "c": 1}"#, r#"{"a": 1, "c": 1}"#, "{}"),
        (r#"{"next": {}}"#, "{}", "{}"),
    ] {
        let (rest, found) = super::split_member(text.as_bytes(), "next").unwrap();
        assert_eq!(
            (String::from_utf8_lossy(&rest).as_ref(), String::from_utf8_lossy(found).as_ref()),
            (without, value)
        );
    }
    assert_eq!(super::split_member(br#"{"a": {"next": 1}}"#, "next"), None);
    assert_eq!(super::split_member(b"{", "next"), None);
}
