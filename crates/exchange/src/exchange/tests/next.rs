//! A plan beside the one in force: nothing changes by it, and what it would change is counted.

use super::*;

const BODY: &[u8] = br#"{"ssn":"078-05-1120","email":"a@b.example","a":[{"ssn":1}]}"#;
const HTML: Line<'static> = ("content-type", b"text/html");

/// `ssn` is masked; the next plan shows it to `frontend`, masks `email` and `who`, and denies who is not listed.
fn observed() -> Value {
    let mut next = with("others", json!("deny"));
    next["fields"].as_array_mut().unwrap().extend([
        json!({ "name": "email", "paths": ["$..email"], "mask": "pseudonym" }),
        json!({ "name": "who", "headers": ["x-who"], "mask": "redact" }),
    ]);
    next["key"] = json!({ "env": "OTHER" });
    next["callers"][1]["sees"] = json!(["ssn"]);
    next["callers"][0]["sees"] = json!([]);
    next["passes"] = json!(["text/html"]);
    next["routes"] = json!([{ "name": "health", "match": { "path": "/healthz" } }]);
    let mut plan = with("next", next);
    plan["key"] = json!({ "env": "KEY" });
    plan["headers"] = json!({ "x-who": "pass" });
    plan
}

/// What arrives: headers, body, whether it was answered or cut off.
type Arrived = (Vec<(String, Vec<String>)>, Vec<u8>, usize, bool);

fn sent(plan: &Value, principal: &str, path: &str, lines: Lines<'_>, at: usize) -> (Run, Arrived) {
    let mut run = Run::new(plan).peer(principal);
    let mut body = Vec::new();
    if run.request(path, &[("accept", b"*/*")]) == Flow::Continue && run.response(lines) != Flow::Stop {
        let (first, second) = BODY.split_at(at);
        for (piece, end) in [(first, false), (second, true)] {
            let (flow, arrived) = run.chunk(piece, end);
            if flow != Flow::Continue {
                break;
            }
            body.extend(arrived);
        }
    }
    let names = ["content-type", "etag", "x-who", "cache-control", "content-length"];
    let headers = names.map(|name| (name.to_owned(), run.header(name))).to_vec();
    let arrived = (headers, body, run.host.replies().len(), run.host.was_reset());
    (run, arrived)
}

fn changes(run: &Run) -> Vec<String> {
    let mut changes = Vec::new();
    for change in ["would-mask", "would-clear", "would-refuse", "would-deny"] {
        for (label, names) in [
            ("reason", &["none", "content-type", "unlisted-caller", "json-syntax"][..]),
            ("rule", &["ssn", "email", "who"]),
        ] {
            for name in names {
                let series = format!("outcome=.={change};.;{label}=.={name};.;route=.=");
                if let Some(count) = run.host.counted(&series) {
                    changes.push(format!("{change} {name} {count}"));
                }
            }
        }
    }
    changes
}

#[test]
fn next_plan_changes_nothing_and_its_differences_are_counted() {
    let with_next = observed();
    let mut alone = with_next.clone();
    alone.as_object_mut().unwrap().remove("next");
    let plain: Lines<'_> = &[OK, JSON, ("etag", b"\"7\""), ("x-who", b"anna")];
    let html: Lines<'_> = &[OK, HTML, ("content-length", b"9")];
    for (principal, path, lines, expected) in [
        (
            "spiffe://t/frontend",
            "/customers",
            plain,
            &["would-mask none 1", "would-mask email 1", "would-mask who 1", "would-clear none 1", "would-clear ssn 2"]
                [..],
        ),
        (
            "spiffe://t/billing",
            "/customers",
            plain,
            &["would-mask none 1", "would-mask ssn 2", "would-mask email 1", "would-mask who 1"],
        ),
        ("spiffe://t/stranger", "/customers", plain, &["would-deny unlisted-caller 1"]),
        ("spiffe://t/frontend", "/customers", html, &["would-clear content-type 1"]),
        ("spiffe://t/billing", "/customers", html, &[]),
        ("spiffe://t/frontend", "/healthz", plain, &["would-mask none 1", "would-mask email 1", "would-mask who 1"]),
    ] {
        for at in [0, 1, 20, BODY.len()] {
            let (run, arrived) = sent(&with_next, principal, path, lines, at);
            let (other, expected_arrival) = sent(&alone, principal, path, lines, at);
            assert_eq!(arrived, expected_arrival, "{principal} {path} {at}");
            assert_eq!(changes(&run), expected, "{principal} {path} {at}");
            assert_eq!(changes(&other), Vec::<String>::new());
            assert_eq!(run.receipt("plan"), other.receipt("plan"), "the digest is that of the plan in force");
            assert_eq!(run.receipt("next").map(|digest| digest.len()), Some(12));
            assert_eq!(other.receipt("next"), None);
            assert_eq!(run.receipt("values"), other.receipt("values"));
        }
    }
}

#[test]
fn next_plan_that_refuses_is_counted_with_its_reason() {
    let mut plan = observed();
    plan["passes"] = json!(["text/html"]);
    plan["next"]["passes"] = json!([]);
    let (run, arrived) = sent(&plan, "spiffe://t/frontend", "/customers", &[OK, HTML], 3);
    assert_eq!(arrived.1, BODY);
    assert_eq!(changes(&run), ["would-refuse content-type 1"]);
}

#[test]
fn next_plan_that_is_not_valid_is_refused_with_its_place() {
    let host = Fake::default();
    for (next, message) in [
        (json!({ "version": 1, "fields": [{ "name": "a", "paths": ["$["], "mask": "redact" }] }), "rule `a`"),
        (json!({ "version": 2, "fields": [] }), "`next.version`"),
        (json!({ "version": 1, "fields": [], "next": { "version": 1, "fields": [] } }), "`next.next`"),
    ] {
        let plan = with("next", next).to_string();
        let error = Configuration::load(&host, plan.as_bytes(), |_| None).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn plan_beside_itself_differs_in_nothing() {
    let mut plan = observed();
    plan.as_object_mut().unwrap().remove("next");
    for delivery in ["strict", "standard"] {
        for others in ["masked", "deny"] {
            plan["delivery"] = json!(delivery);
            plan["others"] = json!(others);
            let mut beside = plan.clone();
            beside["next"] = plan.clone();
            for principal in ["spiffe://t/frontend", "spiffe://t/billing", "spiffe://t/stranger"] {
                let moved: Lines<'_> = &[(":status", b"302"), HTML, ("location", b"/a")];
                for lines in [&[OK, JSON][..], &[OK, HTML], moved, &[(":status", b"204")], &[OK]] {
                    for path in ["/customers", "/healthz"] {
                        for at in [0, 7] {
                            let (run, _) = sent(&beside, principal, path, lines, at);
                            assert_eq!(changes(&run), Vec::<String>::new(), "{delivery} {principal} {path} {lines:?}");
                        }
                    }
                }
            }
        }
    }
}
