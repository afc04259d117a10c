use super::*;
use proptest::prelude::*;
use serde_json::Value;

fn read(bytes: &[u8]) -> Tape {
    let mut tape = Tape::new();
    tape.read(bytes).unwrap();
    tape
}

#[test]
fn nodes_carry_spans_keys_and_the_end_of_their_subtree() {
    let bytes = br#" {"a": [1, {"b":"x"}], "c\"": {}, "d":[] } "#;
    let tape = read(bytes);
    let document = tape.over(bytes);
    let described: Vec<_> = (0..document.len())
        .map(|index| {
            let id = NodeId::at(u32::try_from(index).unwrap());
            (
                std::str::from_utf8(document.raw(id)).unwrap(),
                document.raw_key(id).map(|key| std::str::from_utf8(key).unwrap()),
                document.after(id).index(),
                document.child_count(id),
            )
        })
        .collect();
    assert_eq!(
        described,
        [
            (std::str::from_utf8(bytes).unwrap().trim(), None, 7, 3),
            (r#"[1, {"b":"x"}]"#, Some("a"), 5, 2),
            ("1", None, 3, 0),
            (r#"{"b":"x"}"#, None, 5, 1),
            (r#""x""#, Some("b"), 5, 0),
            ("{}", Some(r#"c\""#), 6, 0),
            ("[]", Some("d"), 7, 0),
        ]
    );
}

#[test]
fn escaped_keys_equal_their_decoded_name() {
    for (raw, name) in [
        (r"ss\u006e", "ssn"),
        (r"\u0073\u0073\u006E", "ssn"),
        (r"a\/b", "a/b"),
        (r"\ud83d\uDE00", "😀"),
        (r#"\b\f\n\r\t\"\\"#, "\u{8}\u{c}\n\r\t\"\\"),
        (r"\u0000", "\0"),
    ] {
        let bytes = format!(r#"{{"{raw}":1}}"#).into_bytes();
        let tape = read(&bytes);
        let document = tape.over(&bytes);
        let member = document.children(NodeId::ROOT).next().unwrap();
        assert!(document.key_equals(member, name), "{raw}");
        assert!(!document.key_equals(member, &format!("{name}x")), "{raw}");
        assert!(!document.key_equals(member, ""), "{raw}");
        assert_eq!(document.key(member).as_deref(), Some(name));
    }
}

#[test]
fn lone_surrogates_equal_nothing() {
    for raw in [r"\ud800", r"\udc00", r"a\ud800b", r"\ud800\u0041", r"\ud800\ud800", r"\ud800x"] {
        let bytes = format!(r#"{{"{raw}":"{raw}"}}"#).into_bytes();
        let tape = read(&bytes);
        let document = tape.over(&bytes);
        let member = document.children(NodeId::ROOT).next().unwrap();
        assert_eq!(document.key(member), None, "{raw}");
        assert_eq!(document.string(member), None, "{raw}");
        assert!(!document.key_equals(member, "\u{fffd}"), "{raw}");
    }
}

#[test]
fn depth_needs_no_stack() {
    let bytes = [vec![b'['; 200_000], vec![b']'; 200_000]].concat();
    assert_eq!(read(&bytes).over(&bytes).len(), 200_000);
}

#[test]
fn what_is_not_one_value_is_refused() {
    for text in [
        "", " ", "{", "[", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{,}", "[}", "1 2", "nul", "\"a", "\"a\\", "]", "{1:2}",
    ] {
        let mut tape = Tape::new();
        assert!(matches!(tape.read(text.as_bytes()), Err(TapeError::Malformed(_))), "{text}");
        assert!(tape.over(text.as_bytes()).is_empty());
    }
}

/// What `serde_json` reads, rebuilt from the tape.
fn rebuild(document: &Document<'_>, id: NodeId) -> Value {
    match document.kind(id) {
        Kind::Array => document.children(id).map(|child| rebuild(document, child)).collect(),
        Kind::Object => Value::Object(
            document
                .children(id)
                .map(|child| (document.key(child).unwrap().into_owned(), rebuild(document, child)))
                .collect(),
        ),
        Kind::String => Value::String(document.string(id).unwrap().into_owned()),
        _ => serde_json::from_slice(document.raw(id)).unwrap(),
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_tape_reads_what_serde_json_reads(value in any_value(), pretty in any::<bool>()) {
        let text = if pretty {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            value.to_string()
        };
        let tape = read(text.as_bytes());
        prop_assert_eq!(rebuild(&tape.over(text.as_bytes()), NodeId::ROOT), value);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in r#"[\[\]{}",:\\ 1tue"-]{0,30}"#) {
        let mut tape = Tape::new();
        if tape.read(bytes.as_bytes()).is_ok() {
            let document = tape.over(bytes.as_bytes());
            for index in 0..document.len() {
                let id = NodeId::at(u32::try_from(index).unwrap());
                let _ = (document.key(id), document.string(id), document.children(id).count());
            }
        }
    }
}
