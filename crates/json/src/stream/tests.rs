//! What the stream promises, on documents small enough to try every way to cut them.

use proptest::prelude::*;

use super::*;
use meshveil_mask::{Keys, MaskSpec};
use meshveil_plan::Limits;

use crate::Query;

fn masker(rules: &[(&str, &str)], limits: Limits) -> Masker {
    let rules = rules
        .iter()
        .map(|(query, mask)| Rule {
            id: (*query).to_owned(),
            query: Query::parse(query).unwrap(),
            mask: serde_json::from_str::<MaskSpec>(mask).unwrap(),
        })
        .collect();
    Masker::compile(rules, &Keys::new(b"0123456789abcdef"), limits).unwrap()
}

/// The output in pieces of these sizes (the last one again and again), or the error and what came out before it.
fn run(masker: &Masker, body: &[u8], sizes: &[usize]) -> Result<(String, Report), (StreamError, String)> {
    let mut stream = masker.stream();
    let mut out = Vec::new();
    let text = |out: &[u8]| String::from_utf8_lossy(out).into_owned();
    let mut rest = body;
    let mut sizes = sizes.iter();
    let mut size = body.len();
    while !rest.is_empty() {
        size = *sizes.next().unwrap_or(&size);
        let (chunk, after) = rest.split_at(size.clamp(1, rest.len()));
        if let Err(error) = stream.push(chunk, &mut out) {
            assert_eq!(stream.push(b" ", &mut out), Err(error), "poisoned");
            assert_eq!(stream.finish(&mut out), Err(error), "poisoned");
            return Err((error, text(&out)));
        }
        rest = after;
    }
    match stream.finish(&mut out) {
        Ok(()) => Ok((text(&out), stream.report().clone())),
        Err(error) => Err((error, text(&out))),
    }
}

fn every_way(masker: &Masker, body: &str) -> Result<(String, Report), StreamError> {
    let whole = run(masker, body.as_bytes(), &[]);
    let comparable = |result: &Result<(String, Report), (StreamError, String)>| match result {
        Ok(done) => Ok(done.clone()),
        Err((error, _)) => Err(*error),
    };
    for size in 1..=body.len().min(64) {
        let cut = run(masker, body.as_bytes(), &[size]);
        assert_eq!(comparable(&cut), comparable(&whole), "pieces of {size}");
    }
    for split in 1..body.len() {
        let cut = run(masker, body.as_bytes(), &[split, usize::MAX]);
        assert_eq!(comparable(&cut), comparable(&whole), "cut at {split}");
    }
    comparable(&whole)
}

#[track_caller]
fn masks(rules: &[(&str, &str)], body: &str, expected: &str) {
    let (out, _) = every_way(&masker(rules, Limits::default()), body).unwrap();
    assert_eq!(out, expected);
}

const STAR: &str = r#"{"redact":{"with":"*"}}"#;
const DROP: &str = r#""drop""#;
const EACH: &str = r#""default""#;

#[test]
fn leaves_every_byte_alone_where_nothing_matches() {
    let body = " {\"a\" : [ 1.50e+3,\t-0 , \"\\u00e9\u{e9}\" ,true,null , { } ,[ ] ] , \"a\":\"\" }\n";
    masks(&[("$.b", STAR)], body, body);
}

#[test]
fn masks_by_name_index_slice_wildcard_and_descent() {
    masks(&[("$.a", STAR)], r#"{"a":"x","b":{"a":"x"}}"#, r#"{"a":"*","b":{"a":"x"}}"#);
    masks(
        &[("$..a", STAR)],
        r#"{"a":1,"b":[{"a":"x"},{"c":{"a":null}}]}"#,
        r#"{"a":"*","b":[{"a":"*"},{"c":{"a":"*"}}]}"#,
    );
    masks(&[("$[1]", STAR)], "[1,2,3]", "[1,\"*\",3]");
    masks(&[("$[1:4:2]", STAR)], "[0,1,2,3,4,5]", "[0,\"*\",2,\"*\",4,5]");
    masks(&[("$[-1]", STAR)], "[0,1,2]", "[0,1,\"*\"]");
    masks(&[("$[::-2]", STAR)], "[0,1,2,3]", "[0,\"*\",2,\"*\"]");
    masks(&[("$.*.b", STAR)], r#"{"x":{"b":1},"y":[{"b":1}]}"#, r#"{"x":{"b":"*"},"y":[{"b":1}]}"#);
    masks(&[("$", STAR)], " [1] ", " \"*\" ");
}

#[test]
fn masks_every_duplicate_and_every_spelling_of_a_key() {
    masks(
        &[("$.ssn", STAR)],
        r#"{"ssn":1,"\u0073sn":2,"ssn":3,"SSN":4}"#,
        r#"{"ssn":"*","\u0073sn":"*","ssn":"*","SSN":4}"#,
    );
}

#[test]
fn masks_each_leaf_of_a_matched_container() {
    masks(&[("$.a", EACH)], r#"{"a":{"b":[1,"x",true,null]}}"#, r#"{"a":{"b":[0,"",false,null]}}"#);
}

#[test]
fn replaces_a_matched_container_whole() {
    masks(&[("$.a", STAR)], r#"{"a" : {"b":[1,"x"]} ,"c":1}"#, r#"{"a" : "*" ,"c":1}"#);
}

#[test]
fn the_strictest_mask_wins() {
    masks(
        &[("$.a", EACH), ("$.a.b", STAR), ("$..c", DROP)],
        r#"{"a":{"b":[1],"c":1,"d":"x"}}"#,
        r#"{"a":{"b":"*","d":""}}"#,
    );
}

#[test]
fn a_dropped_child_takes_one_comma_with_it() {
    masks(&[("$.a", DROP)], r#"{ "a":1 , "b":2 }"#, r#"{  "b":2 }"#);
    masks(&[("$.b", DROP)], r#"{"a":1 , "b":2 , "c":3}"#, r#"{"a":1  , "c":3}"#);
    masks(&[("$.c", DROP)], r#"{"a":1, "c":[3] }"#, r#"{"a":1 }"#);
    masks(&[("$.*", DROP)], r#"{ "a":1, "c":[3] }"#, r"{ }");
    masks(&[("$[0,1]", DROP)], "[1,2,3,4]", "[3,4]");
    masks(&[("$", DROP)], "{}", "null");
}

#[test]
fn filters_hold_the_element_until_the_operand_is_known() {
    let rules = [("$[?@.kind=='card'].number", STAR)];
    masks(
        &rules,
        r#"[{"number":1,"kind":"card"},{"kind":"x","number":2}]"#,
        r#"[{"number":"*","kind":"card"},{"kind":"x","number":2}]"#,
    );
    masks(&[("$[?@>2]", DROP)], "[1, 3, 2, 4]", "[1, 2]");
    masks(
        &[("$.a[?@.x==$.k].y", STAR)],
        r#"{"a":[{"x":1,"y":2},{"x":2,"y":2}],"k":2}"#,
        r#"{"a":[{"x":1,"y":2},{"x":2,"y":"*"}],"k":2}"#,
    );
    masks(&[("$..[?@.s].t", EACH)], r#"[{"t":"x","s":{"s":1,"t":"y"}}]"#, r#"[{"t":"","s":{"s":1,"t":""}}]"#);
}

#[test]
fn several_documents_come_out_of_one_chunk() {
    let masker = masker(&[("$.a", STAR)], Limits::default());
    let mut stream = masker.stream();
    let mut out = Vec::new();
    let text = b"<{\"a\":1}> 2 <{\"a\":[3]}>";
    let mut chunk = stream.begin(text, &mut out).unwrap();
    let mut ends = Vec::new();
    for start in [1, 10, 13] {
        let end = chunk.document(start).unwrap().unwrap();
        assert_eq!(chunk.document(end).unwrap(), Some(end), "a document that has ended takes nothing");
        ends.push(end);
        chunk.next_document();
    }
    assert_eq!(chunk.end(), Ok(Rewrite::Replaced));
    assert_eq!(ends, [8, 11, 22]);
    assert_eq!(String::from_utf8_lossy(&out), "<{\"a\":\"*\"}> 2 <{\"a\":\"*\"}>");
    assert_eq!((stream.report().documents, &*stream.report().masked), (3, &[2][..]));
    assert_eq!(stream.report().bytes_in, text.len() as u64);
}

#[test]
fn refuses_what_is_not_json_at_the_byte_that_cannot_go_on() {
    let masker = masker(&[("$.a", STAR), ("$.b[?@.x]", DROP)], Limits::default());
    for (body, code, offset) in [
        ("", ErrorCode::UnexpectedEnd, 0),
        ("{\"a\":1", ErrorCode::UnexpectedEnd, 6),
        ("{\"a\":01}", ErrorCode::Syntax, 6),
        ("{\"a\":1,}", ErrorCode::Syntax, 7),
        ("[1,]", ErrorCode::Syntax, 3),
        ("[1 2]", ErrorCode::Syntax, 3),
        ("{\"a\" 1}", ErrorCode::Syntax, 5),
        ("{\"b\":[{\"x\":1}},", ErrorCode::Syntax, 13),
        ("[\"\t\"]", ErrorCode::Syntax, 2),
        ("[\"\\x\"]", ErrorCode::Syntax, 3),
        ("[tru]", ErrorCode::Syntax, 4),
        ("[1.]", ErrorCode::Syntax, 3),
        ("1 2", ErrorCode::TrailingData, 2),
        ("\u{feff}{}", ErrorCode::Syntax, 0),
    ] {
        assert_eq!(every_way(&masker, body), Err(StreamError { code, offset }), "{body}");
    }
}

#[test]
fn nothing_of_a_matched_value_comes_out_before_an_error() {
    let masker = masker(
        &[("$.a", STAR), ("$.b", EACH), ("$.c", DROP), ("$.d", r#"{"partial":{"keepLast":1}}"#), ("$.e[?@.x]", STAR)],
        Limits::default(),
    );
    for key in ["a", "b", "c", "d"] {
        for value in [r#""SECRET"#, r#"["SECRET", "SECRET"}"#, r#"{"k":"SECRET"]"#, r#"{"key":["SECRET","#] {
            let body = format!("{{\"{key}\":{value}");
            for size in 1..body.len() {
                let (_, out) = run(&masker, body.as_bytes(), &[size]).unwrap_err();
                assert!(!out.contains("SECRET\""), "{body} {out}");
                assert!(!out.contains("\"SE"), "{body} {out}");
            }
        }
    }
    let (_, out) = run(&masker, br#"{"e":[{"y":"SECRET","x":1"#, &[3]).unwrap_err();
    assert!(!out.contains("SE"), "{out}");
}

#[test]
fn limits_are_errors_wherever_the_body_is_cut() {
    let limits = Limits { depth: 3, key: 4, value: 8, held: 20, steps: 1_000 };
    let masker = masker(&[("$.a[?@.x].y", STAR), ("$.p", r#"{"partial":{"keepLast":1}}"#)], limits);
    let code = |body: &str| every_way(&masker, body).map_err(|error| error.code).err();
    assert_eq!(code("[[[[]]]]"), Some(ErrorCode::TooDeep));
    assert_eq!(code("{\"abcd\":1}"), None);
    assert_eq!(code("{\"abcde\":1}"), Some(ErrorCode::KeyTooLong));
    assert_eq!(code("{\"a\":[{\"x\":1,\"y\":123456789}]}"), Some(ErrorCode::HeldTooLarge));
    let (out, report) = every_way(&masker, "{\"p\":\"123456789\"}").unwrap();
    assert!(!out.contains("9"), "{out}");
    assert_eq!(report.too_long, 1);
}

#[test]
fn empty_containers_in_a_known_gap_count_for_the_depth() {
    let masker = masker(&[("$.none", STAR)], Limits { depth: 5, ..Limits::default() });
    let body = format!("[[{}[[1,1,[[]],1,1]]]]{}", "1,1,[[]],".repeat(40), " ".repeat(16));
    let slow = run(&masker, body.as_bytes(), &[1]).map_err(|(error, _)| error);
    assert_eq!(slow.clone().map_err(|error| error.code).err(), Some(ErrorCode::TooDeep));
    assert_eq!(run(&masker, body.as_bytes(), &[]).map_err(|(error, _)| error), slow);
}

#[test]
fn says_when_a_chunk_goes_on_unchanged() {
    let masker = masker(&[("$.a", STAR)], Limits::default());
    let mut stream = masker.stream();
    let mut out = Vec::new();
    assert_eq!(stream.rewrite(b"{\"b\":1,", &mut out), Ok(Rewrite::Unchanged));
    assert_eq!(stream.rewrite(b"\"a\":1}", &mut out), Ok(Rewrite::Replaced));
    assert_eq!(out, b"\"a\":\"*\"}");
}

/// Records that repeat their keys, spelled and spaced alike or almost alike, some of them broken.
fn records() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec!["a", "b", "c", "dd", "\\u0061", "k", "long_key_of_more_than_thirty_two_bytes"]);
    let value = prop_oneof![
        6 => prop::sample::select(vec!["1", "-2.5e3", "\"x\"", "\"SECRET\"", "true", "null", "{}", "[]", "\"\\u0000\""])
            .prop_map(str::to_owned),
        1 => prop::collection::vec(prop::sample::select(vec!["1", "\"y\"", "{\"a\":1}"]), 0..3)
            .prop_map(|items| format!("[{}]", items.join(","))),
        1 => prop::sample::select(vec!["a", "b"]).prop_map(|key| format!("{{\"{key}\":{{\"a\":2,\"b\":3}}}}")),
        1 => prop::sample::select(vec!["tru", "01", "\"", "}", "\"\u{1}\"", ",", ":", ""]).prop_map(str::to_owned),
    ];
    let space = prop::sample::select(vec!["", "", "", " ", "\n    "]);
    let shape = prop::collection::vec((key, space), 1..6);
    (shape, prop::collection::vec((prop::collection::vec(value, 6), 0_usize..12, any::<bool>()), 2..20)).prop_map(
        |(shape, records)| {
            let text = |(values, skipped, comma): &(Vec<String>, usize, bool)| {
                let members = shape.iter().zip(values).enumerate().filter(|(at, _)| at != skipped);
                let text = |(_, ((key, space), value)): (usize, (&(&str, &str), &String))| {
                    format!("{space}\"{key}\":{space}{value}")
                };
                let broken = if *skipped == 11 && !comma { "," } else { "" };
                format!("{{{broken}{}}}", members.map(text).collect::<Vec<_>>().join(","))
            };
            format!("[{}]", records.iter().map(text).collect::<Vec<_>>().join(","))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]
    /// Single bytes are read without the straight loop and without guesses.
    #[test]
    fn the_straight_loop_and_its_guesses_agree_with_single_bytes(
        body in records(), rules in 0_usize..5, pieces in prop::collection::vec(1_usize..400, 1..4),
    ) {
        let rules: &[(&str, &str)] = match rules {
            0 => &[("$..a", STAR)],
            1 => &[("$[*].b", DROP), ("$..dd", EACH)],
            2 => &[("$[*].k.a", STAR), ("$[*].a.b", EACH), ("$[3].c", DROP)],
            3 => &[("$[?@.a==1].b", STAR), ("$..c[-1]", STAR)],
            _ => &[],
        };
        let masker = masker(rules, Limits { key: 20, ..Limits::default() });
        let whole = |result: Result<(String, Report), (StreamError, String)>| result.map_err(|(error, _)| error);
        let slow = whole(run(&masker, body.as_bytes(), &[1]));
        prop_assert_eq!(&whole(run(&masker, body.as_bytes(), &[])), &slow);
        prop_assert_eq!(&whole(run(&masker, body.as_bytes(), &pieces)), &slow);
        if let Ok((masked, report)) = slow {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&masked).is_ok());
            prop_assert_eq!(report.bytes_in, body.len() as u64);
        } else {
            prop_assert!(body.contains("long_key") || serde_json::from_str::<serde_json::Value>(&body).is_err());
        }
    }
}

#[test]
fn exception_shows_the_values_that_its_rule_selects_and_no_others() {
    let rule = |id: &str, path: &str, mask: &str| Rule {
        id: id.to_owned(),
        query: Query::parse(path).unwrap(),
        mask: serde_json::from_str(mask).unwrap(),
    };
    let except = |id: &str, path: &str| Exception { id: id.to_owned(), query: Query::parse(path).unwrap() };
    let redact = r##"{"redact":{"with":"#"}}"##;
    for (rules, exceptions, input, output) in [
        (
            vec![rule("ssn", "$..ssn", redact)],
            vec![except("ssn", "$.errors.ssn"), except("ssn", "$..properties.ssn")],
            r#"{"ssn":"1","errors":{"ssn":["a","b"],"x":{"ssn":"2"}},"properties":{"ssn":{"type":"string","ssn":"3"}}}"#,
            r##"{"ssn":"#","errors":{"ssn":["a","b"],"x":{"ssn":"#"}},"properties":{"ssn":{"type":"string","ssn":"#"}}}"##,
        ),
        // Another rule, and a look-ahead that holds the value, are not touched.
        (
            vec![rule("ssn", "$..ssn", redact), rule("all", "$.errors[*]", r#"{"redact":{"with":"!"}}"#)],
            vec![except("ssn", "$.errors.ssn")],
            r#"{"errors":{"ssn":"a"}}"#,
            r#"{"errors":{"ssn":"!"}}"#,
        ),
        (
            vec![rule("ssn", "$..ssn", redact), rule("other", "$.errors[?@.z].y", redact)],
            vec![except("ssn", "$.errors.ssn")],
            r#"{"errors":{"ssn":"a","k":{"z":1,"y":"2","ssn":"3"}}}"#,
            r##"{"errors":{"ssn":"a","k":{"z":1,"y":"#","ssn":"#"}}}"##,
        ),
        // What lies inside a masked object stays masked.
        (
            vec![rule("ssn", "$.errors", redact), rule("ssn", "$..ssn", redact)],
            vec![except("ssn", "$.errors.ssn")],
            r#"{"errors":{"ssn":"a"}}"#,
            r##"{"errors":"#"}"##,
        ),
        // A name that is spelled with escapes, or twice.
        (
            vec![rule("ssn", "$..ssn", redact)],
            vec![except("ssn", "$.errors.ssn")],
            r#"{"errors":{"s\u0073n":"a"},"err":{"ssn":"b"}}"#,
            r##"{"errors":{"s\u0073n":"a"},"err":{"ssn":"#"}}"##,
        ),
        (vec![rule("ssn", "$", redact)], vec![except("ssn", "$")], r#""a""#, r#""a""#),
    ] {
        let rules = Rules { values: rules, exceptions, ..Rules::default() };
        let masker = Masker::compile_all(rules, &Keys::none(), Limits::default()).unwrap();
        for at in 0..=input.len() {
            let (mut stream, mut out) = (masker.stream(), Vec::new());
            let (first, second) = input.as_bytes().split_at(at);
            stream.push(first, &mut out).unwrap();
            stream.push(second, &mut out).unwrap();
            stream.finish(&mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), output, "{at}");
        }
    }
    let rules = Rules { exceptions: vec![except("a", "$[?@.b]")], ..Rules::default() };
    let looks_ahead = Masker::compile_all(rules, &Keys::none(), Limits::default());
    assert!(matches!(looks_ahead, Err(crate::CompileError::LooksAhead { .. })));
}
