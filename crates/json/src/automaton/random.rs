//! Random queries, and random paths that they may select.

use proptest::prelude::*;

use super::program::Child;

/// From a node of a document to one of its children.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Member(&'static str),
    Element(u64),
}

impl Step {
    pub(super) fn child(&self) -> Child<'_> {
        match self {
            Self::Member(name) => Child::Member(Some(name.as_bytes())),
            Self::Element(index) => Child::Element { index: *index, len: None },
        }
    }
}

/// Up to `count` queries over members with these names, given as names in quotes.
pub(super) fn queries(names: &'static [&'static str], count: usize) -> impl Strategy<Value = Vec<String>> {
    let selector = prop_oneof![
        4 => prop::sample::select(names).prop_map(str::to_owned),
        2 => Just("*".to_owned()),
        1 => (0_u64..4).prop_map(|index| index.to_string()),
        1 => (0_u64..3, 1_u64..4).prop_map(|(start, step)| format!("{start}::{step}")),
    ];
    let segment = (any::<bool>(), prop::collection::vec(selector, 1..3))
        .prop_map(|(descends, selectors)| format!("{}[{}]", if descends { ".." } else { "" }, selectors.join(",")));
    let query = prop::collection::vec(segment, 0..4).prop_map(|segments| format!("${}", segments.concat()));
    prop::collection::vec(query, 1..=count)
}

/// Paths over members with these names.
pub(super) fn paths(names: &'static [&'static str]) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => prop::sample::select(names).prop_map(Step::Member),
        1 => (0_u64..6).prop_map(Step::Element),
    ];
    prop::collection::vec(step, 0..7)
}
