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

proptest! {
    #[test]
    fn an_exception_takes_out_the_actions_of_its_group_alone(
        queries in queries(QUOTED, 5),
        exceptions in queries(QUOTED, 3),
        path in paths(NAMES),
    ) {
        // Actions are in one of three groups, exceptions are about two of them.
        let group = |number: u32| number % 3 + 1;
        let count = u32::try_from(queries.len()).unwrap();
        let mut program = Program::new(false, false, (0..=count).map(group).collect());
        for (action, query) in (1..).zip(&queries) {
            program.add(&Query::parse(query).unwrap().segments, action, false);
        }
        for (number, query) in (0..).zip(&exceptions) {
            program.add_target(&Query::parse(query).unwrap().segments, Target::Except(group(number % 2)), false);
        }
        // Each query on its own says whether it selects the node at the end of the path.
        let selects = |query: &String| {
            let mut alone = Program::default();
            alone.add(&Query::parse(query).unwrap().segments, 1, false);
            let step = path.iter().fold(alone.root().clone(), |at, step| alone.step_without_filters(&at.set, step.child()));
            step.action == 1
        };
        let excepted: Vec<u32> = (0..).zip(&exceptions).filter(|(_, query)| selects(query)).map(|(number, _)| group(number % 2)).collect();
        let actions = (1..).zip(&queries).filter(|(action, query)| !excepted.contains(&group(*action)) && selects(query));
        let expected = actions.map(|(action, _)| action).max().unwrap_or_default();
        let automaton = Automaton::new(&program);
        let (mut edge, mut step) = (automaton.root(), program.root().clone());
        for next in &path {
            step = program.step_without_filters(&step.set, next.child());
            edge = match next {
                Step::Member(name) => automaton.member(edge.next, name.as_bytes(), prefix(name.as_bytes())),
                Step::Element(index) => automaton.element(edge.next, *index),
            };
        }
        prop_assert_eq!(edge.action & ACTION, expected);
        prop_assert_eq!(step.action, expected);
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
