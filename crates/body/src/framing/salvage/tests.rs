use meshveil_plan::Limits;

use super::super::tests::{all_ways, masker, refused, salvaged};
use crate::{Framing, Representation};
use meshveil_json::ErrorCode;
use meshveil_plan::BadLines;

#[test]
fn lines_that_are_not_valid_are_left_out() {
    for (body, expected, dropped) in [
        ("{\"a\":1}\noops\n{\"a\":2}\n", "{\"a\":\"*\"}\n{\"a\":\"*\"}\n", 1),
        ("{\"a\":\"SECRET\n{\"a\":1}", "{\"a\":\"*\"}", 1),
        ("{\"b\":\"SECRET\",\n\"a\":1}\n\n1\r\n2", "\n1\r\n2", 2),
        ("{\"b\":1} {\"b\":2}\n3 x\n", "", 2),
        ("\u{feff}{\"b\":1}\n", "{\"b\":1}\n", 0),
        ("{\"b\":1}\n{\"b\":", "{\"b\":1}\n", 1),
        ("NaN\n01\n-\ntru\n\"x\"\n", "\"x\"\n", 4),
        ("", "", 0),
        ("\n \n", "\n \n", 0),
    ] {
        assert_eq!(salvaged(Framing::Lines, body.as_bytes()), Ok((expected.into(), dropped)), "{body:?}");
    }
    assert_eq!(salvaged(Framing::Lines, b"\xef\xbbx\n{}\n"), Ok((b"{}\n".to_vec(), 1)));
    assert_eq!(salvaged(Framing::Lines, b"\xef\xbb"), Ok((Vec::new(), 1)));
    assert_eq!(salvaged(Framing::Lines, b"{\"b\":\"\xff\"}\n{}\n"), Ok((b"{}\n".to_vec(), 1)));
}

#[test]
fn records_of_a_sequence_that_are_not_valid_are_left_out() {
    for (body, expected, dropped) in [
        ("\x1e{\"a\":1}\n\x1eoops\n\x1e{\"a\":2}\n", "\x1e{\"a\":\"*\"}\n\x1e\x1e{\"a\":\"*\"}\n", 1),
        ("\x1e{\"a\":\"SEC\x1e{\"a\":1}\n", "\x1e\x1e{\"a\":\"*\"}\n", 1),
        ("\x1e12\x1e34\n\x1etrue", "\x1e\x1e34\n\x1e", 2),
        ("{}\n\x1e[]\n", "\x1e[]\n", 1),
        ("\n\x1e\x1e \x1e1 ", "\n\x1e\x1e \x1e1 ", 0),
        ("", "", 0),
    ] {
        assert_eq!(salvaged(Framing::Sequence, body.as_bytes()), Ok((expected.into(), dropped)), "{body:?}");
    }
    // What is whole goes on at once; what follows it in the same record does not.
    assert_eq!(salvaged(Framing::Sequence, b"\x1e{}\nSECRET\n\x1e[]"), Ok((b"\x1e{}\n\x1e[]".to_vec(), 1)));
}

#[test]
fn values_of_a_record_that_was_left_out_are_not_counted() {
    let representation = Representation { bad_lines: BadLines::Drop, ..Framing::Lines.into() };
    let body = b"{\"a\":1}\n{\"a\":2,}\n{\"a\":3}\n";
    let (_, report, dropped) = all_ways(&masker("$.a", Limits::default()), representation, body).unwrap();
    assert_eq!((report.masked, report.documents, dropped), (vec![2], 2, 1));
}

#[test]
fn a_record_longer_than_the_limit_is_refused_whether_it_is_valid_or_not() {
    let masker = masker("$.a", Limits { held: 10, ..Limits::default() });
    let representation = Representation { bad_lines: BadLines::Drop, ..Framing::Lines.into() };
    for (body, expected) in [
        ("\"12345678\"\n", Ok(0)),
        ("\"123456789\"\n", refused(ErrorCode::HeldTooLarge, 10)),
        ("{}\n\"123456789\"\n", refused(ErrorCode::HeldTooLarge, 12)),
        ("oops oops oops oops\n", Ok(1)),
        ("\"123456789\",\n", refused(ErrorCode::HeldTooLarge, 10)),
    ] {
        let run = all_ways(&masker, representation, body.as_bytes()).map(|(_, _, dropped)| dropped);
        assert_eq!(run, expected, "{body}");
    }
}
