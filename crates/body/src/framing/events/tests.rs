use meshveil_json::ErrorCode;
use meshveil_plan::Limits;

use super::super::tests::{all_ways, every_way, masker, refused, salvaged};
use crate::Framing;

fn masked(body: &str) -> String {
    let (out, _) = every_way(Framing::Events, body.as_bytes()).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn table_of_events() {
    for (body, expected) in [
        ("data: {\"a\":1}\n\ndata: [DONE]\n\n", "data: {\"a\":\"*\"}\n\ndata: [DONE]\n\n"),
        ("data:{\"a\":1}\r\n\r\ndata:  {\"a\":2}\r\r", "data: {\"a\":\"*\"}\n\ndata:  {\"a\":\"*\"}\n\n"),
        // One document on several lines.
        (
            "data: {\"b\":\ndata: 1,\ndata:\ndata: \"a\":2}\n\n",
            "data: {\"b\":\ndata: 1,\ndata: \ndata: \"a\":\"*\"}\n\n",
        ),
        // Other fields and comments, in every place.
        (
            ": hello\nevent: x\nid: 7\nretry: 10\ndata: {\"a\":1}\n\n",
            ": hello\nevent: x\nid: 7\nretry: 10\ndata: {\"a\":\"*\"}\n\n",
        ),
        ("data: {\n:c\ndata: \"a\":1}\nid\n\n", "data: {\n:c\ndata: \"a\":\"*\"}\nid\n\n"),
        // Fields that clients ignore are left out.
        ("Data: SECRET\n data: SECRET\ndatax: SECRET\nSECRET\ndat\ndata: 1\n\n", "data: 1\n\n"),
        // Events without data, and with empty data.
        ("event: x\n\n:\n\n\n", "event: x\n\n:\n\n\n"),
        (
            "data\n\ndata:\n\ndata\ndata\n\ndata: \n:c\ndata:\n\n",
            "data: \n\ndata: \n\ndata: \ndata: \n\n:c\ndata: \ndata: \n\n",
        ),
        // The mark, and one that is not at the start.
        ("\u{feff}data: {\"a\":1}\n\n\u{feff}data: SECRET\n\n", "data: {\"a\":\"*\"}\n\n\n"),
        // The last event has no end.
        ("data: {\"a\":1}", "data: {\"a\":\"*\"}"),
        ("data: {\"a\":1}\n", "data: {\"a\":\"*\"}"),
        ("data: 1\nevent: x", "data: 1\nevent: x"),
        ("data: [DONE]", "data: [DONE]"),
        ("dat", ""),
        ("data: [1]\n\ndata: [\ndata: 2]\n\n", "data: [1]\n\ndata: [\ndata: 2]\n\n"),
    ] {
        assert_eq!(masked(body), expected, "{body:?}");
    }
}

#[test]
fn other_fields_that_look_sensitive_are_left_out() {
    let long = format!("id: {}\ndata: 1\n\n", "x".repeat(super::LONGEST_KEPT + 1));
    for (body, expected) in [
        (": 123-45-6789\ndata: {\"a\":1}\n\n", "data: {\"a\":\"*\"}\n\n"),
        ("data: {\nid: anna.smith@example.com\ndata: \"a\":1}\n\n", "data: {\ndata: \"a\":\"*\"}\n\n"),
        ("event: customer 4111 1111 1111 1111\ndata: 1\n\n", "data: 1\n\n"),
        ("retry: 123-45-6789\n\n", "\n"),
        ("retry: 1234567890\n\n", "\n"),
        ("retry: 3000\n\n", "retry: 3000\n\n"),
        ("data: 1\nid: 123-45-6789", "data: 1"),
        (long.as_str(), "data: 1\n\n"),
    ] {
        assert_eq!(masked(body), expected, "{body:?}");
    }
}

#[test]
fn data_that_is_not_one_document_is_refused() {
    use ErrorCode::{Syntax, TrailingData, UnexpectedEnd};
    for (body, code, offset) in [
        ("data: oops\n\n", Syntax, 0),
        ("data: {\"a\":\"SEC\ndata: RET\"}\n\n", Syntax, 9),
        ("data: {\"a\":1\n\n", UnexpectedEnd, 6),
        ("data: 1\ndata: 2\n\n", TrailingData, 2),
        ("data: {}\n\ndata: {}{}\n\n", TrailingData, 4),
        ("data: [DONE] \n\n", Syntax, 1),
        ("data: [DONE]\ndata: [DONE]\n\n", Syntax, 1),
        ("data: [DON\n\n", Syntax, 1),
        ("data: [\n\n", UnexpectedEnd, 1),
        ("data: \u{feff}{}\n\n", Syntax, 0),
        ("data: {\"a\":", UnexpectedEnd, 5),
    ] {
        assert_eq!(every_way(Framing::Events, body.as_bytes()), refused(code, offset), "{body:?}");
    }
}

#[test]
fn data_that_is_held_goes_on_in_the_same_event() {
    // The filter looks ahead, so the elements are held across the lines.
    let masker = masker("$.l[?@.k].v", Limits::default());
    let body = "data: {\"l\":[\ndata: {\"v\":1,\nid: 3\ndata: \"k\":2},\n: c\ndata: {\"v\":2}]}\n\n";
    let (out, ..) = all_ways(&masker, Framing::Events.into(), body.as_bytes()).unwrap();
    let out = String::from_utf8(out).unwrap();
    let data: String = out.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(data, "{\"l\":[{\"v\":\"*\",\"k\":2},{\"v\":2}]}");
    assert!(out.contains("\nid: 3\n") && out.contains("\n: c\n") && out.ends_with("\n\n"), "{out}");
}

#[test]
fn events_whose_data_is_not_valid_are_left_out() {
    for (body, expected, dropped) in [
        ("data: oops\n\ndata: {\"a\":1}\n\n", "\ndata: {\"a\":\"*\"}\n\n", 1),
        ("id: 1\ndata: {\"a\":\"SECRET\nevent: x\n\ndata: [DONE]\n\n", "id: 1\nevent: x\n\ndata: [DONE]\n\n", 1),
        ("data: {\ndata: \"a\":1}\n:c\n\n", ":c\ndata: {\ndata: \"a\":\"*\"}\n\n", 0),
        ("data: {\"b\":\"SECRET", "", 1),
        ("event: x\r\rdata: oops\r\rdata: 1\r\r", "event: x\n\n\ndata: 1\n\n", 1),
        ("data:\n\n", "data: \n\n", 0),
    ] {
        assert_eq!(salvaged(Framing::Events, body.as_bytes()), Ok((expected.into(), dropped)), "{body:?}");
    }
}
