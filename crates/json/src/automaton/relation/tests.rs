//! Relations agree with what the queries select on paths.

use proptest::prelude::*;

use super::*;
use crate::automaton::{
    program::Program,
    random::{Step, paths, queries},
};

fn parsed(queries: &[&str]) -> Vec<Query> {
    queries.iter().map(|query| Query::parse(query).unwrap()).collect()
}

/// Every set of queries that meet, with the path where they do.
fn meetings(queries: &[&str]) -> Vec<(Vec<usize>, String)> {
    let queries = parsed(queries);
    let mut found = Vec::new();
    let whole =
        overlaps(&queries.iter().collect::<Vec<_>>(), |set, path| found.push((set.to_vec(), path.text.clone())));
    assert!(whole);
    found
}

fn held(queries: &[&str]) -> Vec<Vec<(usize, bool)>> {
    let queries = parsed(queries);
    let found = holders(&queries.iter().collect::<Vec<_>>());
    found.into_iter().map(|of| of.into_iter().map(|holder| (holder.query, holder.inside)).collect()).collect()
}

#[test]
fn queries_meet_at_a_path_that_both_select() {
    for (queries, path) in [
        (["$..ssn", "$.customer.ssn"], "$.customer.ssn"),
        (["$.a[*].b", "$.a[0].b"], "$.a[0].b"),
        (["$.*.b", "$.a.*"], "$.a.b"),
        (["$.a[2:5]", "$.a[4,9]"], "$.a[4]"),
        (["$..a.b", "$.*.b"], "$.a.b"),
        (["$.a[?@.x].b", "$..b"], "$.a.x.b"),
        (["$.a[-1]", "$.a[0]"], "$.a[0]"),
        (["$..*", "$['a b']"], "$['a b']"),
        (["$..[1]", "$.a[1::2]"], "$.a[1]"),
    ] {
        assert_eq!(meetings(&queries), [(vec![0, 1], path.to_owned())], "{queries:?}");
    }
}

#[test]
fn queries_that_share_no_node_do_not_meet() {
    for queries in
        [["$.a", "$.b"], ["$.a.b", "$.a"], ["$.a[0]", "$.a[1]"], ["$..a.b", "$..c.b"], ["$.a[::2]", "$.a[1]"]]
    {
        assert_eq!(meetings(&queries), [], "{queries:?}");
    }
}

#[test]
fn a_query_is_held_by_those_that_select_its_nodes_or_what_is_round_them() {
    for (inner, outer, inside) in [
        ("$.customer.ssn", "$..ssn", false),
        ("$.customer.ssn", "$.customer", true),
        ("$..card.number", "$..number", false),
        ("$..card.number", "$..card", true),
        ("$.a[0].b", "$.a[*].b", false),
        ("$.a[-1].b", "$.a[0:].b", false),
        ("$.a[3:7]", "$.a[1:8]", false),
        ("$.a[?@.x > 1].b", "$.a.*", true),
        ("$.a[?@.x > 1].b", "$.a[?@.x>1]", true),
        ("$..['a','b']", "$..*", false),
        ("$.a..b", "$..b", false),
        ("$..a..b", "$..a", true),
        ("$.x", "$", true),
    ] {
        let found = held(&[inner, outer]);
        assert_eq!(found[0], [(1, inside)], "{inner} in {outer}");
    }
}

#[test]
fn a_query_that_selects_more_is_not_held() {
    for (inner, outer) in [
        ("$..ssn", "$.customer.ssn"),
        ("$..ssn", "$.*.ssn"),
        ("$.a[*].b", "$.a[0].b"),
        ("$.a[*]", "$.a[0:]"),
        ("$.a[?@.x]", "$.a[?@.y]"),
        ("$['a','b']", "$.a"),
        ("$.a", "$.a.b"),
        ("$.a..b", "$.a.b"),
        ("$.a..b", "$.a.*.b"),
        ("$.a[5:2:-1]", "$.a[3:5]"),
    ] {
        assert_eq!(held(&[inner, outer])[0], [], "{inner} in {outer}");
    }
}

#[test]
fn thousands_of_queries_are_compared_in_one_walk() {
    let texts: Vec<String> = (0..4_000)
        .map(|at| match at % 4 {
            0 => format!("$..name{at}"),
            1 => format!("$.a.b{}.name{}", at % 7, at - 1),
            2 => format!("$.lists[*].entry{at}"),
            _ => format!("$.group.*.member{at}"),
        })
        .collect();
    let queries: Vec<Query> = texts.iter().map(|text| Query::parse(text).unwrap()).collect();
    let queries: Vec<&Query> = queries.iter().collect();
    let mut pairs = 0;
    assert!(overlaps(&queries, |set, _| pairs += usize::from(set.len() == 2)));
    assert_eq!(pairs, 1_000);
    assert_eq!(holders(&queries).iter().filter(|holders| holders.len() == 1).count(), 1_000);
}

const QUOTED: &[&str] = &["'a'", "'b'"];
const NAMES: &[&str] = &["a", "b", "other"];

/// For each node on a path, root first: whether the query selects it.
fn selected(query: &Query, path: &[Step]) -> Vec<bool> {
    let mut program = Program::default();
    program.add(&query.segments, 1, false);
    let mut step = program.root().clone();
    let mut all = vec![step.action > 0];
    for next in path {
        step = program.step_without_filters(&step.set, next.child());
        all.push(step.action > 0);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn relations_are_those_of_every_path(texts in queries(QUOTED, 5), paths in prop::collection::vec(paths(NAMES), 60)) {
        let queries: Vec<Query> = texts.iter().map(|text| Query::parse(text).unwrap()).collect();
        let queries: Vec<&Query> = queries.iter().collect();
        let mut met = BTreeSet::new();
        let whole = overlaps(&queries, |set, path| {
            for (at, &one) in set.iter().enumerate() {
                met.extend(set[at + 1..].iter().map(|&other| (one, other)));
            }
            // The path is one that all of them select.
            let steps: Vec<Step> = path.segments.iter().map(|segment| match &segment.selectors[0] {
                Selector::Name(name) if name == "a" => Step::Member("a"),
                Selector::Name(name) if name == "b" => Step::Member("b"),
                Selector::Index(index) => Step::Element(index.unsigned_abs()),
                _ => Step::Member("other"),
            }).collect();
            assert!(set.iter().all(|&query| *selected(queries[query], &steps).last().unwrap()), "{}", path.text);
        });
        prop_assert!(whole);
        let holders = holders(&queries);
        for path in &paths {
            let of: Vec<Vec<bool>> = queries.iter().map(|query| selected(query, path)).collect();
            for (one, selects) in of.iter().enumerate().filter(|(_, selects)| *selects.last().unwrap()) {
                for holder in &holders[one] {
                    let (here, outside) = of[holder.query].split_last().unwrap();
                    let outside = outside.iter().any(|selects| *selects);
                    prop_assert!(outside || (*here && !holder.inside), "{} in {}", texts[one], texts[holder.query]);
                }
                for other in one + 1..queries.len() {
                    let both = *selects.last().unwrap() && *of[other].last().unwrap() && !path.is_empty();
                    prop_assert!(!both || met.contains(&(one, other)), "{} and {}", texts[one], texts[other]);
                }
            }
        }
    }
}
