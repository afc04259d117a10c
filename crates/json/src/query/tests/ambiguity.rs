//! Documents that two readers may see differently, and budgets.

use super::super::*;
use super::rfc_examples::filter_of;
use crate::tape::{NodeId, Tape};

fn answer(filter: &str, document: &str) -> Result<bool, OutOfSteps> {
    let mut tape = Tape::new();
    tape.read(document.as_bytes()).unwrap();
    let filter = filter_of(&format!("$[?{filter}]"));
    test(&filter, tape.over(document.as_bytes()), NodeId::ROOT, NodeId::ROOT, &mut 100_000)
}

#[test]
fn what_readers_see_differently_is_masked() {
    for (filter, document) in [
        ("@.role == 'x'", r#"{"role":"admin","role":"user"}"#),
        ("@.role == 'x'", r#"{"role":"admin","\u0072ole":"user"}"#),
        ("!(@.role == 'user')", r#"{"role":"user","role":"user"}"#),
        ("!@.role", r#"{"role":1,"role":2}"#),
        ("@.a.b == 1", r#"{"a":{"b":2,"b":3}}"#),
        ("@['a','b'].c", r#"{"a":{},"a":{}}"#),
        ("count(@.*) == 7", r#"{"a":1,"a":2}"#),
        ("length(@) == 7", r#"{"a":1,"a":2}"#),
        ("@..zz", r#"[[{"a":1,"a":2}]]"#),
        ("@[?@ == 7]", r#"{"a":1,"a":2}"#),
        ("@.a == @.b", r#"{"a":{"x":1,"x":2},"b":{"y":1}}"#),
        ("@.role == 'x'", r#"{"role":1,"ro\ud800le":2}"#),
        ("@.role == 'x'", r#"{"role":"\ud800x"}"#),
        ("@.role < 'a'", r#"{"role":"\udc00"}"#),
        ("length(@.a) == 7", r#"{"a":"\ud800"}"#),
        ("match(@.a, 'x')", r#"{"a":"\ud800"}"#),
        ("@.a == 9007199254740992", r#"{"a":9007199254740993}"#),
        ("@.a == 1e500", r#"{"a":1e400}"#),
        ("@.a == @.b", r#"{"a":[12345678901234567890],"b":[12345678901234567891]}"#),
    ] {
        assert_eq!(answer(filter, document), Ok(true), "{filter} on {document}");
    }
}

#[test]
fn what_is_not_looked_at_is_not_ambiguous() {
    for (filter, document) in [
        ("@.a == 2", r#"{"a":1,"b":1,"b":2}"#),
        ("@.a && @.b", r#"{"c":{"b":1,"b":2}}"#),
        ("@[0] == 2", r#"[1,{"b":1,"b":2}]"#),
        ("@.a == 'x'", r#"{"a":{"b":1,"b":2}}"#),
        ("@.a == null", r#"{"a":"\ud800"}"#),
    ] {
        assert_eq!(answer(filter, document), Ok(false), "{filter} on {document}");
    }
}

#[test]
fn hostile_documents_run_out_of_steps() {
    let wide = format!("[{}1]", "1,".repeat(3000));
    assert_eq!(answer("count(@[?count($[?@ != 2]) == 0]) == 1", &wide), Err(OutOfSteps));
    let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    assert_eq!(answer("count(@..*..*) == 1", &deep), Err(OutOfSteps));
    let long = format!("[\"{}\"]", "a".repeat(90_000));
    assert_eq!(answer("match(@[0], '(a|aa|aaa)*b')", &long), Err(OutOfSteps));
    let numbers = format!("[{0},{0}]", "1".repeat(50_000));
    assert_eq!(answer("@[0] == @[1]", &numbers), Ok(true));
}

#[test]
fn deep_values_compare_without_recursion() {
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    assert_eq!(answer("@[0] == @[1]", &format!("[{deep},{deep}]")), Ok(true));
    let objects = |end: &str| format!("{}{end}{}", "{\"k\":".repeat(9_000), "}".repeat(9_000));
    let same = format!("[{},{}]", objects("1"), objects("1.0"));
    assert_eq!(answer("@[0] == @[1]", &same), Ok(true));
    let other = format!("[{},{}]", objects("1"), objects("2"));
    assert_eq!(answer("@[0] == @[1]", &other), Ok(false));
}

#[test]
fn an_empty_tape_answers_without_panic() {
    let tape = Tape::new();
    let filter = filter_of("$[?@.a == 1 || @..b]");
    assert_eq!(test(&filter, tape.over(b""), NodeId::ROOT, NodeId::ROOT, &mut 100), Ok(false));
}
