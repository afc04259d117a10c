//! What no query lists, names that are masked, and names in any case. Every document is read in one piece and cut at every byte.

use meshveil_json::{ErrorCode, Holder, Masker, Query, Rule, Rules, Unlisted};
use meshveil_mask::{Keys, MaskSpec};
use meshveil_plan::{Inside, Limits};

fn rule(text: &str) -> Rule {
    let (path, mask) = text.split_once(" -> ").unwrap();
    let (path, loose) = path.strip_prefix('~').map_or((path, false), |path| (path, true));
    let query = Query::parse(path).unwrap();
    let query = if loose { query.in_any_case() } else { query };
    let mask: MaskSpec = serde_json::from_str(mask).unwrap_or_else(|_| MaskSpec::named(mask).unwrap());
    Rule { id: path.to_owned(), query, mask }
}

fn masker(values: &[&str], names: &[&str], unlisted: Option<(Option<&str>, &[&str])>) -> Masker {
    let unlisted = unlisted.map(|(mask, shows)| Unlisted {
        mask: mask.map(|mask| MaskSpec::named(mask).unwrap()),
        shows: shows.iter().map(|path| Query::parse(path).unwrap()).collect(),
        names: Vec::new(),
    });
    let all = |rules: &[&str]| rules.iter().map(|text| rule(text)).collect();
    let rules = Rules { values: all(values), names: all(names), unlisted, ..Rules::default() };
    Masker::compile_all(rules, &Keys::new(b"0123456789abcdef"), Limits::default()).unwrap()
}

/// What comes out, the same however the document is cut, or the code of the error and its offset.
fn masked(masker: &Masker, document: &str) -> Result<String, (ErrorCode, u64)> {
    let run = |cuts: &[usize]| {
        let (mut stream, mut out, mut start) = (masker.stream(), Vec::new(), 0);
        let mut result = Ok(());
        for &end in cuts.iter().chain([&document.len()]) {
            result = result.and_then(|()| stream.push(&document.as_bytes()[start..end], &mut out));
            start = end;
        }
        let end = result.and_then(|()| stream.finish(&mut out));
        (end.map(|()| String::from_utf8(out.clone()).unwrap()).map_err(|error| (error.code, error.offset)), out)
    };
    let (whole, _) = run(&[]);
    for at in 0..document.len() {
        let (cut, _) = run(&[at]);
        assert_eq!(cut, whole, "{document} cut at {at}");
    }
    let all: Vec<usize> = (0..document.len()).collect();
    let (cut, out) = run(&all);
    assert_eq!(cut, whole, "{document} cut everywhere");
    if whole.is_err() {
        let out = String::from_utf8_lossy(&out);
        assert!(!out.contains("secret"), "{document}: {out} came out before the error");
    }
    whole
}

const SHOWS: &[&str] = &["$.id", "$.items[*].id", "$.items[0:2].price", "$.meta..*", "$.map.*.role"];

#[test]
fn what_no_path_lists_is_masked() {
    for (document, expected) in [
        (
            r#"{"id":1,"x":"secret","y":[true,null,{"z":2}]}"#,
            r#"{"id":1,"***":"***","***2":["***","***",{"***":"***"}]}"#,
        ),
        (r#""secret""#, r#""***""#),
        ("12 ", r#""***" "#),
        (r#"["secret"]"#, r#"["***"]"#),
        (r#"{"id":{"secret":"secret"}}"#, r#"{"id":{"***":"***"}}"#),
        (
            r#"{"items":[{"id":1,"price":2,"a":3},{"id":4},{"id":5,"price":6}], "id" : "a"}"#,
            r#"{"items":[{"id":1,"price":2,"***":"***"},{"id":4},{"id":5,"***":"***"}], "id" : "a"}"#,
        ),
        (r#"{"meta":{"any":[{"thing":1}]}}"#, r#"{"meta":{"any":[{"thing":1}]}}"#),
        (
            r#"{"map":{"secret@a":{"role":"x","b":1},"secret@b":{"role":"y"}}}"#,
            r#"{"map":{"***":{"role":"x","***":"***"},"***2":{"role":"y"}}}"#,
        ),
        (r#"{"i\u0064":1,"sec\u0072et":2,"\ud800":3}"#, r#"{"i\u0064":1,"***":"***","***2":"***"}"#),
        (r#"{}"#, r#"{}"#),
    ] {
        let masker = masker(&[], &[], Some((Some("redact"), SHOWS)));
        assert_eq!(masked(&masker, document).as_deref(), Ok(expected), "{document}");
    }
}

#[test]
fn rules_go_before_what_is_listed_and_name_their_members() {
    let rules = ["$..ssn -> {\"partial\":{\"keepLast\":4}}", "$.card -> drop", "$.items[?@.kind=='x'].v -> null"];
    let masker =
        masker(&rules, &[], Some((Some("default"), &["$.ssn", "$.card.id", "$.items[?@.open==true].v", "$..kind"])));
    for (document, expected) in [
        (r#"{"ssn":"123-45-6789","a":"secret"}"#, r#"{"ssn":"****6789","***":""}"#),
        (r#"{"a":1,"card":{"id":2},"b":3}"#, r#"{"***":0,"***2":0}"#),
        (r#"{"card":{"id":2},"b":3}"#, r#"{"***":0}"#),
        (
            r#"{"items":[{"kind":"x","open":true,"v":1},{"kind":"y","open":true,"v":2},{"kind":"z","open":false,"v":3}]}"#,
            r#"{"items":[{"kind":"x","***":false,"v":null},{"kind":"y","***":false,"v":2},{"kind":"z","***":false,"***2":0}]}"#,
        ),
        (
            r#"{"items":{"secret":{"kind":"y","open":true,"v":2}}}"#,
            r#"{"items":{"***":{"kind":"y","***":false,"v":2}}}"#,
        ),
    ] {
        assert_eq!(masked(&masker, document).as_deref(), Ok(expected), "{document}");
    }
}

#[test]
fn what_no_path_lists_is_refused() {
    let masker = masker(&["$..ssn -> redact"], &[], Some((None, &["$.id", "$.items[-1].id", "$.items[?@.a].b"])));
    for (document, expected) in [
        (r#"{"id":1,"ssn":"secret"}"#, Ok(r#"{"id":1,"ssn":"***"}"#.to_owned())),
        (r#"{"id":1,"x":"secret"}"#, Err((ErrorCode::Unlisted, 10))),
        (r#"{"id":["secret"]}"#, Err((ErrorCode::Unlisted, 7))),
        (r#""secret""#, Err((ErrorCode::Unlisted, 0))),
        (r#"{"items":[{"id":1},{"id":2}]}"#, Err((ErrorCode::Unlisted, 28))),
        ("{}", Ok("{}".to_owned())),
    ] {
        assert_eq!(masked(&masker, document), expected, "{document}");
    }
}

#[test]
fn names_are_masked_and_their_values_are_not() {
    let named =
        masker(&["$..ssn -> redact"], &["$.users.* -> email", "$.by[?@.on].* -> redact", "$..x.* -> redact"], None);
    for (document, expected) in [
        (
            r#"{"users":{"ann@example.com":{"role":"x","ssn":1}}}"#,
            r#"{"users":{"a***@example.com":{"role":"x","ssn":"***"}}}"#,
        ),
        (r#"{"users":["a"],"b":{"c":1}}"#, r#"{"users":["a"],"b":{"c":1}}"#),
        (r#"{"by":{"q":{"secret":1,"on":2}}}"#, r#"{"by":{"q":{"***":1,"***2":2}}}"#),
        (r#"{"x":{"a":1,"\u0062":{"x":{"c":2}}}}"#, r#"{"x":{"***":1,"***2":{"x":{"***":2}}}}"#),
    ] {
        assert_eq!(masked(&named, document).as_deref(), Ok(expected), "{document}");
    }
    let dropping = masker(&["$..ssn -> drop"], &["$..m.* -> redact"], None);
    let (document, expected) =
        (r#"{"m":{"ssn":1,"a" : 2 ,"ssn":3, "b":4,"ssn":5}}"#, r#"{"m":{"***2" : 2 , "***4":4}}"#);
    assert_eq!(masked(&dropping, document).as_deref(), Ok(expected));
}

#[test]
fn names_in_any_case() {
    let rules =
        ["~$..passWord -> redact", "~$.headers['*token'] -> null", "$..Password -> default", "~$..user.id -> drop"];
    let masker = masker(&rules, &[], None);
    for (document, expected) in [
        (
            r#"{"user":{"passWord":"s","PASSWORD":"s","Password":"s","password":"s","pa\u017f\u017fword":"s","pass_word":"s"}}"#,
            r#"{"user":{"passWord":"***","PASSWORD":"***","Password":"***","password":"***","pa\u017f\u017fword":"***","pass_word":"s"}}"#,
        ),
        (
            r#"{"headers":{"Token":1,"X-Auth-TOKEN":2,"tokens":3,"a":{"token":4}}}"#,
            r#"{"headers":{"Token":null,"X-Auth-TOKEN":null,"tokens":3,"a":{"token":4}}}"#,
        ),
        (r#"{"USER":{"Id":1,"b":2},"user":{"ID":1}}"#, r#"{"USER":{"b":2},"user":{}}"#),
    ] {
        assert_eq!(masked(&masker, document).as_deref(), Ok(expected), "{document}");
    }
}

/// Base64 and tokens were written by Python's `base64` and `json` modules.
#[test]
fn documents_in_texts_are_masked_by_the_same_rules() {
    let holders = [
        ("$..payload -> redact", Inside::Json, false),
        ("$..seen -> redact", Inside::Json, true),
        ("$..code -> redact", Inside::Base64Json, false),
        ("$..token -> redact", Inside::Jwt, false),
        ("$..link -> redact", Inside::Query, false),
        ("$..shown -> redact", Inside::Query, true),
    ];
    let inside = |(text, form, keeps)| Holder { rule: rule(text), form, keeps };
    let values = ["$..ssn -> redact", "$.note -> null", "$..card.payload -> redact"];
    let rules = Rules { values: values.map(rule).into(), inside: holders.map(inside).into(), ..Rules::default() };
    let masker = Masker::compile_all(rules, &Keys::none(), Limits::default()).unwrap();
    for (document, expected) in [
        (r#"{"payload":"{\"ssn\": \"secret\", \"a\":1}"}"#, r#"{"payload":"{\"ssn\": \"***\", \"a\":1}"}"#),
        // Without change it stays as it is spelled; `$` is the document in the text.
        (r#"{"payload":"\u007b\"a\":1}"}"#, r#"{"payload":"\u007b\"a\":1}"}"#),
        (r#"{"payload":"[{\"note\":1}]","note":2}"#, r#"{"payload":"[{\"note\":1}]","note":null}"#),
        (r#"{"payload":"{\"note\":\"secret\"}"}"#, r#"{"payload":"{\"note\":null}"}"#),
        (
            r#"{"payload":"{\"payload\":\"{\\\"ssn\\\":1}\"}"}"#,
            r#"{"payload":"{\"payload\":\"{\\\"ssn\\\":\\\"***\\\"}\"}"}"#,
        ),
        // What holds no object or array is masked whole.
        (r#"{"payload":"secret"}"#, r#"{"payload":"***"}"#),
        (r#"{"payload":"4111111111111111"}"#, r#"{"payload":"***"}"#),
        (r#"{"payload":"{\"ssn\":\"secret\",}"}"#, r#"{"payload":"***"}"#),
        (r#"{"payload":{"a":7,"ssn":1}}"#, r#"{"payload":{"a":"***","ssn":"***"}}"#),
        // Or stays, where the field is seen.
        (r#"{"seen":"x","b":[{"seen":1.50}]}"#, r#"{"seen":"x","b":[{"seen":1.50}]}"#),
        (r#"{"seen":"{\"ssn\":1}"}"#, r#"{"seen":"{\"ssn\":\"***\"}"}"#),
        // A rule that masks all of it wins.
        (r#"{"card":{"payload":"{}"}}"#, r#"{"card":{"payload":"***"}}"#),
        (r#"{"code":"eyJzc24iOiAic2VjcmV0IiwgImEiOiAxfQ=="}"#, r#"{"code":"eyJzc24iOiAiKioqIiwgImEiOiAxfQ=="}"#),
        (r#"{"code":"eyJhIjoxfQ"}"#, r#"{"code":"eyJhIjoxfQ"}"#),
        (r#"{"code":"!"}"#, r#"{"code":"***"}"#),
        (
            r#"{"token":"eyJhbGciOiJub25lIn0.eyJzc24iOiJzZWNyZXQifQ.c2ln"}"#,
            r#"{"token":"eyJhbGciOiJub25lIn0.eyJzc24iOiIqKioifQ."}"#,
        ),
        (r#"{"token":"eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln"}"#, r#"{"token":"eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln"}"#),
        (r#"{"token":"a.b"}"#, r#"{"token":"***"}"#),
        (
            r#"{"link":"https://shop.test/c/1?a=x%20y+z&ssn=123-45-6789&note=1&b#ssn=7&c=8"}"#,
            r#"{"link":"https://shop.test/c/1?a=x%20y+z&ssn=***&note=&b#ssn=***&c=8"}"#,
        ),
        (
            r#"{"link":"s%73n=1&payload=%7B%22ssn%22%3A1%7D"}"#,
            r#"{"link":"ssn=***&payload=%7B%22ssn%22%3A%22***%22%7D"}"#,
        ),
        (r#"{"link":"a=1&b=2&ssn"}"#, r#"{"link":"a=1&b=2&ssn=***"}"#),
        (r#"{"link":"https://shop.test/c/1"}"#, r#"{"link":"***"}"#),
        (r#"{"link":"a=1;ssn=2"}"#, r#"{"link":"***"}"#),
        (r#"{"link":"a=%ff"}"#, r#"{"link":"***"}"#),
        (
            r#"{"shown":"https://shop.test/c/1","b":{"shown":"x=1&ssn=2"}}"#,
            r#"{"shown":"https://shop.test/c/1","b":{"shown":"x=1&ssn=***"}}"#,
        ),
    ] {
        assert_eq!(masked(&masker, document).as_deref(), Ok(expected), "{document}");
    }
}

#[test]
fn documents_that_lie_too_deep_are_masked_whole() {
    let holder = Holder { rule: rule("$.p -> redact"), form: Inside::Json, keeps: true };
    let rules = Rules { values: vec![rule("$..ssn -> redact")], inside: vec![holder], ..Rules::default() };
    let masker = Masker::compile_all(rules, &Keys::none(), Limits::default()).unwrap();
    let mut document = r#"{"ssn":"secret"}"#.to_owned();
    for _ in 0..4 {
        document = serde_json::json!({ "p": document }).to_string();
    }
    let inner = masked(&masker, &document).unwrap();
    assert!(!inner.contains("secret") && inner.contains("ssn"), "{inner}");
    let deeper = masked(&masker, &serde_json::json!({ "p": document }).to_string()).unwrap();
    assert!(!deeper.contains("secret") && !deeper.contains("ssn"), "{deeper}");
}
