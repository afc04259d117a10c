//! What is written is read back as the same values, and looks as it should.

use proptest::prelude::*;

use super::{Json, List, Map, Other, Yaml, document, file, literal, quoted};
use crate::{
    block,
    finding::FileId,
    flow,
    tree::{self, Node, Value},
};

/// The value that a reader should find.
fn value(yaml: &Yaml) -> serde_json::Value {
    match yaml {
        Yaml::Text(text) => text.as_str().into(),
        Yaml::Other(Other::Null) => serde_json::Value::Null,
        Yaml::Other(Other::Bool(bool)) => (*bool).into(),
        Yaml::Other(Other::Int(int)) => (*int).into(),
        Yaml::Map(map) => map.entries().map(|(key, inner)| (key.as_str().to_owned(), value(inner))).collect(),
        Yaml::List(list) => list.items().map(value).collect(),
        Yaml::Json(json) => serde_json::from_str(json.as_str()).unwrap(),
    }
}

/// What our own reader finds: YAML 1.1 as Kubernetes reads it.
fn read(text: &str) -> Vec<serde_json::Value> {
    let mut findings = Vec::new();
    let documents = tree::parse(FileId(0), text, &mut findings);
    assert_eq!(findings, [], "{text}");
    documents.iter().map(Node::to_json).collect()
}

/// Texts that a careless emitter gets wrong.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,8}",
        any::<String>(),
        "[*&!%@`'\"\\\\#:,?{}\\[\\]|>~<=+ \\-._/a-z0-9]{0,12}",
        "[ \t\n\r\u{7f}-\u{a0}\u{2020}-\u{2030}\u{feff}\u{e0041}a-]{0,8}",
        "(- |\\? |: |# |--- |\\.\\.\\. |<<)[a-z#:]{0,3}",
        "[-+.]{0,2}[0-9_]{1,4}[.:xobeE-]{0,2}[0-9a-f]{0,3}",
        "(y|n|yes|No|ON|off|TRUE|false|Null|null|~|\\.inf|-\\.INF|\\.nan|<<|=|0x1F|0b1|2001-12-14|1\\.2\\.3\\.4)",
        "\\{\n  \"a\": 1\n\\}\n?",
        "x{1020,1030}",
    ]
}

fn text() -> impl Strategy<Value = Yaml> {
    (hostile(), 0..3_u8).prop_map(|(text, style)| match style {
        0 => text.into(),
        1 => quoted(text).into(),
        _ => literal(text).into(),
    })
}

fn json() -> impl Strategy<Value = Yaml> {
    prop::collection::btree_map("[a-z\u{85}\u{2028}\u{202e}😀]{1,4}", prop::collection::vec(hostile(), 0..3), 0..3)
        .prop_map(|map| Json::new(&map).into())
}

/// A tree with comments and blank lines in it.
fn tree() -> impl Strategy<Value = Yaml> {
    let leaf = prop_oneof![
        6 => text(),
        1 => any::<i64>().prop_map(Yaml::from),
        1 => any::<bool>().prop_map(Yaml::from),
        1 => Just(Yaml::Other(Other::Null)),
        1 => json(),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let part = || (0..12_u8, hostile());
        let entries = prop::collection::vec((part(), hostile(), any::<bool>(), inner.clone()), 0..5);
        let items = prop::collection::vec((part(), inner), 0..5);
        let map = (entries, any::<bool>()).prop_map(|(entries, is_flow)| {
            let mut map = Map::default();
            for ((kind, words), key, in_quotes, value) in entries {
                match kind {
                    0 => map.comment(words),
                    1 => map.beside(words),
                    2 => map.blank(),
                    _ if in_quotes => map.set(quoted(key), value),
                    _ => map.set(key, value),
                }
            }
            Yaml::from(if is_flow { map.flow() } else { map })
        });
        let list = (items, any::<bool>()).prop_map(|(items, is_flow)| {
            let mut list = List::default();
            for ((kind, words), item) in items {
                match kind {
                    0 => list.comment(words),
                    _ => list.push(item),
                }
            }
            Yaml::from(if is_flow { list.flow() } else { list })
        });
        prop_oneof![map, list]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(trees in prop::collection::vec(tree(), 1..3), header in prop::collection::vec(hostile(), 0..2)) {
        let text = file(&header, trees.clone());
        let expected: Vec<serde_json::Value> = trees.iter().map(value).collect();
        prop_assert_eq!(&read(&text), &expected, "{}", text);
        let others: Result<Vec<serde_json::Value>, _> = serde_norway::Deserializer::from_str(&text)
            .map(serde::Deserialize::deserialize)
            .collect();
        prop_assert_eq!(others.map_err(|error| format!("{error}\n{text}")), Ok(expected), "{}", text);
    }
}

#[test]
fn comments_and_blank_lines_stand_where_they_were_put() {
    let mut callers = List::default();
    callers.comment("somebody");
    let mut rest = Map::default();
    rest.set("callers", callers);
    rest.beside("names are missing");
    rest.set("others", "deny");
    rest.beside("as ever");
    rest.blank();
    rest.comment("the end,\nreally");
    let written = block!({
        # "what it is"
        #(format!("of {}", "a policy"))
        kind: "Policy",
        list: [
            # "the first"
            { a: 1, b: [] },
            # "of several lines"
            {
                # "about its key"
                key: literal("x\ny\n"),
                flow: flow!([{ port: 80 }, {}, "y"]),
            },
            [["in", "side"], "list"],
            flow!([
                # "flow style has no room for this"
                1,
            ]),
        ],
        rest: rest,
    });
    assert_eq!(
        document(written),
        r#"# what it is
# of a policy
kind: Policy
list:
  # the first
  - a: 1
    b: []
  # of several lines
  # about its key
  - key: |
      x
      y
    flow: [{ port: 80 }, {}, "y"]
  - - - in
      - side
    - list
  # flow style has no room for this
  - - 1
rest:
  callers: []
    # somebody
  # names are missing
  others: deny # as ever

  # the end,\u{a}really
"#
    );
}

#[test]
fn an_entry_may_be_missing_and_others_may_come_from_elsewhere() {
    let (none, some) = (None::<&str>, Some("b"));
    let labels = [("app", "web"), ("app.kubernetes.io/name", "1")];
    let written = flow!({ a?: none, b?: some, "@type": true, (quoted("c")): "d", ..labels });
    assert_eq!(document(written), "{ b: b, \"@type\": true, \"c\": d, app: web, app.kubernetes.io/name: \"1\" }\n");
    assert_eq!(document(flow!([1, ..["x", "-"], {}])), "[1, x, \"-\", {}]\n");
}

#[test]
fn json_stands_below_its_key() {
    let json = Json::new(&serde_json::json!({"a": [1], "b": "x"}));
    let written = block!({ plan: json.clone(), text: literal(json.as_str()), plans: [json] });
    let expected = r#"plan:
  {
    "a": [
      1
    ],
    "b": "x"
  }
text: |-
  {
    "a": [
      1
    ],
    "b": "x"
  }
plans:
  - {
      "a": [
        1
      ],
      "b": "x"
    }
"#;
    assert_eq!(document(written), expected);
}

#[test]
fn a_key_in_quotes_is_not_a_merge_key() {
    let mut findings = Vec::new();
    let node = tree::parse(FileId(0), "\"<<\": { a: 1 }\n", &mut findings);
    assert_eq!(node[0].entries()[0].0.name, "<<");
    assert_eq!(node[0].entries()[0].1.get("a").unwrap().value, Value::Int(1));
}
