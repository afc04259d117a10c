//! The compiled rules of one view.

use core::cmp::Reverse;
use std::{collections::BTreeSet, sync::Arc};

use super::{Stream, leaf::Replacement};
use meshveil_mask::{Container, Keys, MaskSpec};
use meshveil_plan::Limits;

use crate::{
    CompileError, Query,
    automaton::{ACTION, Automaton, DYNAMIC, Edge, HOLD, HOLD_ARRAY, Program},
    query::Lookahead,
};

/// One query and what stands in for the values it selects.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Name in reports, and scope of keyed masks; several rules may share one.
    pub id: String,
    /// What is selected.
    pub query: Query,
    /// What stands in for it.
    pub mask: MaskSpec,
}

/// What happens to a value: one per rule, numbered from 1 by strictness, so that the greatest number wins.
#[derive(Debug)]
pub(super) struct Action {
    /// Index of the rule, for the report.
    pub(super) rule: usize,
    pub(super) replacement: Replacement,
    pub(super) container: Container,
}

/// What streams share.
#[derive(Debug)]
pub(super) struct Compiled {
    rules: Vec<Rule>,
    actions: Vec<Action>,
    pub(super) program: Program,
    pub(super) automaton: Automaton,
    /// The same queries with every edge asked for: how a held value is read a second time.
    pub(super) asking: Automaton,
    pub(super) limits: Limits,
    /// The way to the root.
    pub(super) root: Edge,
}

impl Compiled {
    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub(super) const fn action_count(&self) -> usize {
        self.actions.len()
    }

    /// The action with this number (flags are ignored); `None` for 0.
    pub(super) fn action(&self, number: u32) -> Option<&Action> {
        self.actions.get(((number & ACTION) as usize).checked_sub(1)?)
    }
}

/// The compiled rules of one view. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Masker {
    compiled: Arc<Compiled>,
}

impl Masker {
    /// Compiles rules.
    ///
    /// # Errors
    /// [`CompileError::Mask`] for the first rule whose mask cannot be compiled.
    pub fn compile(rules: Vec<Rule>, keys: &Keys, limits: Limits) -> Result<Self, CompileError> {
        // From lenient to strict; where two are equal, the rule written first is the greater.
        let mut order = BTreeSet::new();
        order.extend(rules.iter().enumerate().map(|(index, rule)| (rule.mask.strictness(), Reverse(index))));

        let mut actions = Vec::with_capacity(rules.len());
        let mut program = Program::default();
        let mut whole_document = false;
        for (number, (_, Reverse(index))) in (1_u32..).zip(order) {
            let Some(rule) = rules.get(index) else { continue };
            let replacement = Replacement::compile(&rule.mask, &rule.id, keys)
                .map_err(|error| CompileError::Mask { rule: rule.id.clone(), error })?;
            let container = rule.mask.container();
            program.add(&rule.query.segments, number, container == Container::Drop);
            whole_document |= rule.query.needs_lookahead() == Some(Lookahead::Document);
            actions.push(Action { rule: index, container, replacement });
        }
        let automaton = Automaton::new(&program);
        let mut root = automaton.root();
        if whole_document {
            root.action = HOLD;
        } else if root.next == DYNAMIC && program.needs_length(&program.root().set) {
            root.action |= HOLD_ARRAY;
        }
        let asking = Automaton::asking();
        Ok(Self { compiled: Arc::new(Compiled { rules, actions, program, automaton, asking, limits, root }) })
    }

    /// The rules, in the order given.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        self.compiled.rules()
    }

    /// The limits of its streams.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.compiled.limits
    }

    /// States and edges of the automaton.
    #[must_use]
    pub fn automaton_size(&self) -> (usize, usize) {
        self.compiled.automaton.size()
    }

    /// A stream over one document.
    #[must_use]
    pub fn stream(&self) -> Stream {
        Stream::new(Arc::clone(&self.compiled))
    }
}
