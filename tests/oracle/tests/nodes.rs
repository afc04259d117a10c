//! The oracle selects the same nodes as another implementation of RFC 9535, in documents without duplicate names.
#![expect(clippy::unwrap_used, reason = "a test")]

use meshveil_body::Framing;
use meshveil_json::Query;
use meshveil_oracle::generate::{self, NAMES};
use meshveil_oracle::select::select;
use meshveil_oracle::tree::{Kind, Node, parse};
use meshveil_plan::Limits;
use serde_json::Value;
use serde_json_path::JsonPath;

/// The addresses of the nodes, by their places in the document.
fn places(root: &Node, value: &Value) -> Vec<(usize, *const Value)> {
    let mut all = vec![(root.id, std::ptr::from_ref(value))];
    match (&root.kind, value) {
        (Kind::Array(elements), Value::Array(values)) => {
            all.extend(elements.iter().zip(values).flat_map(|(node, value)| places(node, value)));
        }
        (Kind::Object(members), Value::Object(values)) => {
            all.extend(members.iter().flat_map(|member| {
                let name = member.name.decoded.as_deref().unwrap();
                places(&member.value, &values[name])
            }));
        }
        _ => {}
    }
    all
}

fn has_duplicates(node: &Node) -> bool {
    let Kind::Object(members) = &node.kind else { return node.children().into_iter().any(has_duplicates) };
    let mut names: Vec<_> = members.iter().map(|member| &member.name.decoded).collect();
    names.sort();
    names.dedup();
    names.len() < members.len() || members.iter().any(|member| has_duplicates(&member.value))
}

/// `serde_json_path` orders containers, and compares Nothing, otherwise than RFC 9535, sections 2.3.5.2.2 and 2.4.4, and finds
/// nothing at a negative index in a filter; and it has other patterns.
fn is_comparable(query: &str) -> bool {
    let negative = query.contains('?') && query.contains("[-");
    !negative && !["match", "search", "length", "<", ">"].iter().any(|part| query.contains(part))
}

#[test]
fn oracle_and_another_implementation_select_the_same_nodes() {
    let (mut compared, mut selected) = (0, 0);
    for seed in 0..40_000 {
        let input = generate::input(seed);
        // Not text with a lone surrogate, and no numbers beyond a double.
        let Ok(value) = serde_json::from_slice::<Value>(&input.bytes) else { continue };
        let root = parse(&input.bytes, input.framing, &Limits::default()).unwrap().remove(0);
        if has_duplicates(&root) || has_long_numbers(&root) {
            continue;
        }
        let places = places(&root, &value);
        for rule in input.rules.iter().filter(|rule| is_comparable(&rule.query.text)) {
            let Ok(path) = JsonPath::parse(&rule.query.text) else { continue };
            let mut theirs: Vec<usize> = path
                .query(&value)
                .iter()
                .map(|found| places.iter().find(|place| std::ptr::eq(place.1, *found)).unwrap().0)
                .collect();
            let mut ours: Vec<usize> = select(&rule.query, &root).iter().map(|node| node.id).collect();
            theirs.sort_unstable();
            ours.sort_unstable();
            let text = String::from_utf8_lossy(&input.bytes);
            assert_eq!(ours, theirs, "seed {seed}: {} on {text}", rule.query.text);
            compared += 1;
            selected += usize::from(!ours.is_empty());
        }
    }
    assert!(compared > 10_000 && selected > 4_000, "{compared} compared, {selected} of them select something");
}

/// Whether a number has more digits than a double keeps.
fn has_long_numbers(node: &Node) -> bool {
    match &node.kind {
        Kind::Number(text) => {
            text.bytes().filter(u8::is_ascii_digit).count() > 15 || text.contains("e-4") || text.contains("e99")
        }
        _ => node.children().into_iter().any(has_long_numbers),
    }
}

#[test]
fn names_of_queries_mean_themselves() {
    for name in NAMES {
        let query = serde_json::to_string(name).unwrap();
        let document = format!("{{{query}:1}}");
        let root = parse(document.as_bytes(), Framing::Document, &Limits::default()).unwrap().remove(0);
        assert_eq!(select(&Query::parse(&format!("$[{query}]")).unwrap(), &root).len(), 1, "{name}");
    }
}
