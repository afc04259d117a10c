//! What detectors find in all that no rule masks.

use std::collections::BTreeMap;

use meshveil_json::{Exception, Holder, Masker, Net, Query, Rule, Rules, Search, Unlisted};
use meshveil_mask::{Keys, MaskSpec, Redact};
use meshveil_plan::{Inside, Limits};
use proptest::prelude::*;
use serde_json::{Value, json};

fn rule(path: &str, mask: &str) -> Rule {
    Rule { id: path.to_owned(), query: Query::parse(path).unwrap(), mask: serde_json::from_str(mask).unwrap() }
}

fn search(find: &[&str], except: &[&str]) -> Search {
    let net = Net::new(find.iter().copied(), [("ticket", "T-[0-9]{4}")]).unwrap();
    let except = except.iter().map(|path| Query::parse(path).unwrap()).collect();
    Search { net: net.into(), with: "***".into(), except, except_names: vec![Query::parse("$.names.*").unwrap()] }
}

fn rules() -> Rules {
    Rules {
        values: vec![
            rule("$..ssn", "\"redact\""),
            rule("$.gone", "\"drop\""),
            rule("$.list[?@.hide==true].text", "\"redact\""),
        ],
        search: Some(search(&["strong", "named"], &["$..scan", "$.seen..*"])),
        ..Rules::default()
    }
}

/// A document through a masker in two chunks, and how many values were detected.
fn masked(masker: &Masker, body: &str, at: usize) -> (String, u64) {
    let (mut stream, mut out) = (masker.stream(), Vec::new());
    let (first, second) = body.as_bytes().split_at(at);
    stream.push(first, &mut out).unwrap();
    stream.push(second, &mut out).unwrap();
    stream.finish(&mut out).unwrap();
    (String::from_utf8(out).unwrap(), stream.report().detected)
}

fn at_every_split(masker: &Masker, body: &str) -> (String, u64) {
    let whole = masked(masker, body, 0);
    for at in 1..=body.len() {
        assert_eq!(masked(masker, body, at), whole, "{at} of {body}");
    }
    whole
}

#[test]
fn what_is_found_is_replaced_however_it_is_cut_and_spelled() {
    let masker = Masker::compile_all(rules(), &Keys::none(), Limits::default()).unwrap();
    for (body, expected, detected) in [
        (r#"{"a":"ask anna@example.com, now","b":1}"#, r#"{"a":"ask ***, now","b":1}"#, 1),
        (r#"{"a":"ann\u0061\u0040example.com \"x\""}"#, r#"{"a":"*** \"x\""}"#, 1),
        (r#""T-1234""#, r#""***""#, 1),
        (r#"["4111111111111111",4111111111111111,4111111111111112]"#, r#"["***",null,4111111111111112]"#, 2),
        (r#"{"anna@example.com":{"x":1},"bob@example.com" : 2}"#, r#"{"***":{"x":1},"***2" : 2}"#, 2),
        // A rule goes before the net, and what is excepted is not looked through.
        (
            r#"{"ssn":"123-45-6789","scan":"a@example.com","seen":{"x":["a@example.com"]}}"#,
            r#"{"ssn":"***","scan":"a@example.com","seen":{"x":["a@example.com"]}}"#,
            0,
        ),
        (
            r#"{"gone":"a@example.com","names":{"a@example.com":"b@example.com"}}"#,
            r#"{"names":{"a@example.com":"***"}}"#,
            1,
        ),
        // Values that are held for a query that looks ahead.
        (
            r#"{"list":[{"text":"T-1234 x","hide":true},{"text":"T-1234 x","a@example.com":1}]}"#,
            r#"{"list":[{"text":"***","hide":true},{"text":"*** x","***":1}]}"#,
            2,
        ),
        // Beside a name only: of the member, or of what holds it.
        (
            r#"{"dateOfBirth":"1984-03-05","created":"1984-03-05"}"#,
            r#"{"dateOfBirth":"***","created":"1984-03-05"}"#,
            1,
        ),
        (
            r#"{"phone":{"value":"02015550143","use":"02015550143"}}"#,
            r#"{"phone":{"value":"***","use":"02015550143"}}"#,
            1,
        ),
        (
            r#"{"phone":[2015550143,{"number":"02015550143"}],"x":2015550143}"#,
            r#"{"phone":[null,{"number":"***"}],"x":2015550143}"#,
            2,
        ),
        (r#"{"dob":"1984-03-05","list":["1984-03-05"]}"#, r#"{"dob":"***","list":["1984-03-05"]}"#, 1),
        (
            r#"{"a":"ordinary text, 2026-11-30T10:00:00Z","b":[true,null,1.5e3,""]}"#,
            r#"{"a":"ordinary text, 2026-11-30T10:00:00Z","b":[true,null,1.5e3,""]}"#,
            0,
        ),
    ] {
        assert_eq!(at_every_split(&masker, body), (expected.to_owned(), detected), "{body}");
    }
}

#[test]
fn a_list_of_what_is_shown_and_texts_that_hold_documents_are_looked_through() {
    let holder = |path: &str, keeps| Holder { rule: rule(path, "\"redact\""), form: Inside::Json, keeps };
    let rules = Rules {
        values: vec![rule("$..ssn", "\"redact\"")],
        exceptions: vec![Exception { id: "$..ssn".into(), query: Query::parse("$.errors.ssn").unwrap() }],
        inside: vec![holder("$.doc", false)],
        unlisted: Some(Unlisted {
            mask: Some(MaskSpec::Redact(Redact::default())),
            shows: vec![Query::parse("$.note").unwrap(), Query::parse("$.doc").unwrap()],
            names: vec![],
        }),
        search: Some(search(&["email"], &[])),
        ..Rules::default()
    };
    let masker = Masker::compile_all(rules, &Keys::none(), Limits::default()).unwrap();
    for (body, expected) in [
        (r#"{"note":"by a@example.com","other":"a@example.com"}"#, r#"{"note":"by ***","***":"***"}"#),
        (r#"{"errors":{"ssn":"see a@example.com"}}"#, r#"{"errors":{"ssn":"see ***"}}"#),
        (r#"{"doc":"{\"note\":\"a@example.com\",\"x\":1}"}"#, r#"{"doc":"{\"note\":\"***\",\"***\":\"***\"}"}"#),
    ] {
        assert_eq!(at_every_split(&masker, body).0, expected, "{body}");
    }
}

#[test]
fn a_text_that_is_too_long_to_hold_is_replaced_as_a_whole_and_counted() {
    let limits = Limits { value: 20, ..Limits::default() };
    let rules = Rules { search: Some(search(&["strong"], &["$.scan"])), ..Rules::default() };
    let masker = Masker::compile_all(rules, &Keys::none(), limits).unwrap();
    let long = "a".repeat(21);
    let body = format!(r#"{{"a":"{long}","scan":"{long}","b":"{}"}}"#, "a".repeat(20));
    let expected = format!(r#"{{"a":"***","scan":"{long}","b":"{}"}}"#, "a".repeat(20));
    assert_eq!(at_every_split(&masker, &body), (expected, 0));
    let mut stream = masker.stream();
    stream.push(body.as_bytes(), &mut Vec::new()).unwrap();
    assert_eq!(stream.report().too_long, 1);
}

#[test]
fn an_exception_that_looks_ahead_is_refused() {
    let rules = Rules { search: Some(search(&["email"], &["$[?@.a].b"])), ..Rules::default() };
    assert!(Masker::compile_all(rules, &Keys::none(), Limits::default()).is_err());
}

/// What a reader of the whole document would do.
fn naive(search: &Search, value: &Value) -> Value {
    let text = |text: &str| search.replaced(text).unwrap_or_else(|| text.to_owned());
    match value {
        Value::String(content) => text(content).into(),
        Value::Number(number) => {
            let is_card = search.replaced(&number.to_string()).as_deref() == Some("***");
            if is_card && number.is_u64() { Value::Null } else { value.clone() }
        }
        Value::Array(items) => items.iter().map(|item| naive(search, item)).collect(),
        Value::Object(members) => {
            let mut count = 0;
            let mut all = BTreeMap::new();
            for (name, value) in members {
                let mut masked = text(name);
                if masked != *name {
                    count += 1;
                    if count > 1 {
                        masked.push_str(&count.to_string());
                    }
                }
                all.insert(masked, naive(search, value));
            }
            json!(all)
        }
        other => other.clone(),
    }
}

fn document() -> impl Strategy<Value = Value> {
    let texts = prop::sample::select(vec![
        "anna@example.com",
        "call +1 202 555 0143 now",
        "T-1234",
        "é T-1234\n",
        "plain",
        "",
        "4111 1111 1111 1111",
        "\"quoted\"",
    ]);
    let leaf = prop_oneof![
        4 => texts.prop_map(Value::from),
        1 => prop::sample::select(vec![4_111_111_111_111_111_u64, 12, 4_111_111_111_111_112]).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let names = prop::sample::select(vec!["a", "b", "x@example.com", "T-1234", "T-1235", "z"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names, inner, 0..4).prop_map(|members| json!(members)),
        ]
    })
}

proptest! {
    #[test]
    fn the_stream_finds_what_a_reader_of_the_whole_document_finds(document in document(), cut in any::<prop::sample::Index>()) {
        let search = search(&["card", "email", "phone"], &[]);
        let rules = Rules { search: Some(Search { except_names: vec![], ..search.clone() }), ..Rules::default() };
        let masker = Masker::compile_all(rules, &Keys::none(), Limits::default()).unwrap();
        let body = document.to_string();
        let (out, _) = masked(&masker, &body, cut.index(body.len() + 1));
        prop_assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), naive(&search, &document), "{}", body);
    }
}
