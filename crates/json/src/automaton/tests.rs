//! The table agrees with the sets it stands for.

use proptest::prelude::*;

use super::{
    random::{Step, paths, queries},
    *,
};
use crate::Query;

const QUOTED: &[&str] = &["'a'", "'b'", "'c'", "'dd'"];
const NAMES: &[&str] = &["a", "b", "c", "dd", "other", ""];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn every_path_ends_in_the_action_and_set_of_the_program(queries in queries(QUOTED, 7), path in paths(NAMES)) {
        let mut program = Program::default();
        for (action, query) in (1..).zip(&queries) {
            program.add(&Query::parse(query).unwrap().segments, action, action % 3 == 0);
        }
        let automaton = Automaton::new(&program);
        let mut edge = automaton.root();
        let mut expected = program.root().clone();
        prop_assert_eq!(edge.action & ACTION, expected.action);
        for step in path {
            prop_assert_eq!(automaton.may_drop(edge.next), program.may_drop(&expected.set));
            expected = program.step_without_filters(&expected.set, step.child());
            edge = match &step {
                Step::Member(name) => automaton.member(edge.next, name.as_bytes(), prefix(name.as_bytes())),
                Step::Element(index) => automaton.element(edge.next, *index),
            };
            prop_assert_eq!(edge.action & ACTION, expected.action);
            prop_assert_eq!(automaton.set(edge.next), expected.set.clone());
        }
    }
}

#[test]
fn thousands_of_rules_share_what_descendants_keep() {
    let mut program = Program::default();
    for rule in 0..4_000 {
        program.add(&Query::parse(&format!("$..a{rule}.b")).unwrap().segments, rule + 1, false);
    }
    let (states, edges) = Automaton::new(&program).size();
    assert!(states < 4_010, "{states} states");
    assert!(edges < 20_000, "{edges} edges");
}

#[test]
fn what_would_be_too_large_is_followed_by_sets() {
    let mut program = Program::default();
    for rule in 0..24 {
        program.add(&Query::parse(&format!("$..a{rule}..b..c{rule}")).unwrap().segments, rule + 1, false);
    }
    assert_eq!(Automaton::new(&program).root().next, DYNAMIC);
}
