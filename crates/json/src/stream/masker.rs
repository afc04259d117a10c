//! The compiled rules of one view.

use core::cmp::Reverse;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Stream, leaf::Replacement};
use meshveil_mask::{Container, Keys, Mask, MaskSpec, Reveals};
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

/// Values that the rules of one name do not mask, although they select them.
#[derive(Debug, Clone, PartialEq)]
pub struct Exception {
    /// [`Rule::id`] of the rules.
    pub id: String,
    /// The values; it must not look ahead.
    pub query: Query,
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

/// The groups of rules with exceptions, by the name of the rules.
type Groups<'a> = BTreeMap<&'a str, u32>;

/// An empty program that knows which actions exceptions are about.
fn program<'a>(
    rules: &[Rule],
    order: &BTreeSet<(Reverse<Reveals>, Reverse<usize>)>,
    exceptions: &'a [Exception],
) -> Result<(Program, Groups<'a>), CompileError> {
    let mut groups = Groups::new();
    for exception in exceptions {
        if exception.query.needs_lookahead().is_some() {
            return Err(CompileError::LooksAhead { rule: exception.id.clone() });
        }
        let next = u32::try_from(groups.len() + 1).unwrap_or(u32::MAX);
        groups.entry(exception.id.as_str()).or_insert(next);
    }
    if groups.is_empty() {
        return Ok((Program::default(), groups));
    }
    let of_rule = |index: usize| rules.get(index).and_then(|rule| groups.get(rule.id.as_str())).copied();
    let of_actions = order.iter().map(|(_, Reverse(index))| of_rule(*index).unwrap_or_default());
    Ok((Program::with_groups(std::iter::once(0).chain(of_actions).collect()), groups))
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
        Self::with_exceptions(rules, &[], keys, limits)
    }

    /// Compiles rules with exceptions: a value that a rule and an exception of its name both select is not masked by the
    /// rule. A value inside an object or array that is masked stays masked.
    ///
    /// # Errors
    /// As [`Masker::compile`], and [`CompileError::LooksAhead`] for an exception that looks ahead.
    pub fn with_exceptions(
        rules: Vec<Rule>,
        exceptions: &[Exception],
        keys: &Keys,
        limits: Limits,
    ) -> Result<Self, CompileError> {
        Self::build(rules, exceptions, limits, |_, rule| {
            let replacement = Replacement::compile(&rule.mask, &rule.id, keys)
                .map_err(|error| CompileError::Mask { rule: rule.id.clone(), error })?;
            Ok((replacement, rule.mask.container()))
        })
    }

    /// Compiles rules of which `mask` says what runs in place of their masks, by the index of the rule.
    pub(crate) fn watching(
        rules: Vec<Rule>,
        exceptions: &[Exception],
        limits: Limits,
        mask: impl Fn(usize, &Rule) -> (Box<dyn Mask>, Container),
    ) -> Result<Self, CompileError> {
        Self::build(rules, exceptions, limits, |index, rule| {
            let (mask, container) = mask(index, rule);
            Ok((Replacement::of(mask, &rule.id), container))
        })
    }

    fn build(
        rules: Vec<Rule>,
        exceptions: &[Exception],
        limits: Limits,
        replace: impl Fn(usize, &Rule) -> Result<(Replacement, Container), CompileError>,
    ) -> Result<Self, CompileError> {
        // From lenient to strict; where two are equal, the rule written first is the greater.
        let mut order = BTreeSet::new();
        order.extend(rules.iter().enumerate().map(|(index, rule)| (rule.mask.strictness(), Reverse(index))));

        let mut actions = Vec::with_capacity(rules.len());
        let (mut program, groups) = program(&rules, &order, exceptions)?;
        let mut whole_document = false;
        for (number, (_, Reverse(index))) in (1_u32..).zip(order) {
            let Some(rule) = rules.get(index) else { continue };
            let (replacement, container) = replace(index, rule)?;
            program.add(&rule.query.segments, number, container == Container::Drop);
            whole_document |= rule.query.needs_lookahead() == Some(Lookahead::Document);
            actions.push(Action { rule: index, container, replacement });
        }
        for exception in exceptions {
            let group = groups.get(exception.id.as_str()).copied().unwrap_or_default();
            program.except(&exception.query.segments, group);
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
