//! The compiled rules of one view.

use core::cmp::Reverse;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Stream,
    inside::Holds,
    leaf::Replacement,
    search::{Search, Searched},
};
use meshveil_mask::{Container, Keys, Mask, MaskSpec, Redact, Reveals};
use meshveil_plan::{Inside, Limits};

use crate::{
    CompileError, Query,
    automaton::{ACTION, Automaton, DYNAMIC, Edge, FIRST, HOLD, HOLD_ARRAY, Program, Target},
    query::{Lookahead, Segment, Selector},
};

/// The name of what no query lists: the scope of its mask.
const UNLISTED: &str = "unlisted";

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

/// All that happens to a document.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// What is masked.
    pub values: Vec<Rule>,
    /// The names of the members that the queries select are masked, and their values are not. Names stand before the values:
    /// every filter in such a query counts as selecting.
    pub names: Vec<Rule>,
    /// Values that rules do not mask although they select them. What is inside an object or array that is masked stays masked.
    pub exceptions: Vec<Exception>,
    /// Texts that hold documents.
    pub inside: Vec<Holder>,
    /// What happens to what no query lists; nothing where there is none.
    pub unlisted: Option<Unlisted>,
    /// What is looked for in all that would go on as it is; nothing where there is none.
    pub search: Option<Search>,
}

/// Values that the rules of one name do not mask, although they select them.
#[derive(Debug, Clone, PartialEq)]
pub struct Exception {
    /// [`Rule::id`] of the rules.
    pub id: String,
    /// The values; it must not look ahead.
    pub query: Query,
}

/// Texts that hold documents, which are masked by the same rules.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Which texts, and what stands in for one that holds no document, for a value that is no text, and for what lies too deep.
    pub rule: Rule,
    /// How the document is written.
    pub form: Inside,
    /// Whether a text that holds no document, and a value that is no text, go on as they are.
    pub keeps: bool,
}

/// What happens to scalars that no query selects, and to names of members that no query mentions.
#[derive(Debug, Clone)]
pub struct Unlisted {
    /// What stands in for them; [`ErrorCode::Unlisted`](crate::ErrorCode::Unlisted) where there is none.
    pub mask: Option<MaskSpec>,
    /// What goes on as it is: scalars that these queries select, unless a rule masks them, and names that they mention. An
    /// object or array that is selected shows nothing of what is in it.
    pub shows: Vec<Query>,
    /// Members whose names go on as they are, whatever becomes of their values.
    pub names: Vec<Query>,
}

/// What happens to a value or a name: one per rule, numbered from [`FIRST`] by strictness, so that the greatest number wins. Those
/// before are for what no query lists, and for what is looked through.
#[derive(Debug)]
pub(super) struct Action {
    /// Index of the rule, for the report; none for what no query lists.
    pub(super) rule: Option<usize>,
    pub(super) replacement: Replacement,
    pub(super) container: Container,
    /// How texts that it selects hold documents.
    pub(super) holds: Option<Holds>,
    /// Whether it is looked through, and goes on as it is where nothing is found.
    pub(super) searches: bool,
}

impl Action {
    /// Whether the text of strings and numbers must be known.
    pub(super) const fn needs_text(&self) -> bool {
        self.searches || self.holds.is_some() || self.replacement.needs_text()
    }
}

/// What streams share.
#[derive(Debug)]
pub(super) struct Compiled {
    rules: Vec<Rule>,
    actions: Vec<Action>,
    /// Whether what no query lists is an error.
    pub(super) refuses: bool,
    /// Whether names may be masked.
    pub(super) masks_names: bool,
    /// What is looked for in all that would go on as it is.
    pub(super) searched: Option<Searched>,
    /// Whether names say how values are looked at.
    pub(super) needs_names: bool,
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

    /// The action with this number (flags are ignored); `None` for 0.
    pub(super) fn action(&self, number: u32) -> Option<&Action> {
        self.actions.get(((number & ACTION) as usize).checked_sub(1)?)
    }

    /// Writes what stands in for a value that is too long to look through.
    pub(super) fn write_unseen(&self, out: &mut Vec<u8>) {
        match self.actions.first() {
            Some(rest) => rest.replacement.write_unseen(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

/// Rules from lenient to strict, by their index; before those that do not look into texts stand those that do.
type Order = BTreeSet<(bool, Reverse<Reveals>, Reverse<usize>)>;

/// The groups of rules with exceptions, by the name of the rules.
type Groups<'a> = BTreeMap<&'a str, u32>;

fn groups(exceptions: &[Exception]) -> Result<Groups<'_>, CompileError> {
    let mut groups = Groups::new();
    for exception in exceptions {
        if exception.query.needs_lookahead().is_some() {
            return Err(CompileError::LooksAhead { rule: exception.id.clone() });
        }
        let next = u32::try_from(groups.len() + 1).unwrap_or(u32::MAX);
        groups.entry(exception.id.as_str()).or_insert(next);
    }
    Ok(groups)
}

/// The group of each action by its number, 0 for none; nothing where there are no groups.
fn of_actions(groups: &Groups<'_>, rules: &[Rule], order: &Order) -> Vec<u32> {
    if groups.is_empty() {
        return Vec::new();
    }
    let of_rule = |index: usize| rules.get(index).and_then(|rule| groups.get(rule.id.as_str())).copied();
    // Before the first rule stand "nothing" and what happens to the rest.
    let before = (0..FIRST).map(|_| 0);
    before.chain(order.iter().map(|(.., Reverse(index))| of_rule(*index).unwrap_or_default())).collect()
}

/// Segments in which every filter selects: names stand before what a filter would have to see.
fn without_filters(segments: &[Segment]) -> Vec<Segment> {
    let mut segments = segments.to_vec();
    for selector in segments.iter_mut().flat_map(|segment| &mut segment.selectors) {
        if matches!(selector, Selector::Filter(_)) {
            *selector = Selector::Wildcard;
        }
    }
    segments
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
        Self::compile_all(Rules { values: rules, ..Rules::default() }, keys, limits)
    }

    /// Compiles rules for values and names, exceptions, and what happens to what none of them lists.
    ///
    /// # Errors
    /// As [`Masker::compile`], and [`CompileError::LooksAhead`] for an exception that looks ahead.
    pub fn compile_all(rules: Rules, keys: &Keys, limits: Limits) -> Result<Self, CompileError> {
        Self::build(rules, limits, |_, rule| {
            let replacement = Replacement::compile(&rule.mask, &rule.id, keys)
                .map_err(|error| CompileError::Mask { rule: rule.id.clone(), error })?;
            Ok((replacement, rule.mask.container()))
        })
    }

    /// Compiles rules of which `mask` says what runs in place of their masks, by the index of the rule.
    pub(crate) fn watching(
        rules: Rules,
        limits: Limits,
        mask: impl Fn(usize, &Rule) -> (Box<dyn Mask>, Container),
    ) -> Result<Self, CompileError> {
        Self::build(rules, limits, |index, rule| {
            let (mask, container) = mask(index, rule);
            Ok((Replacement::of(mask, &rule.id), container))
        })
    }

    fn build(
        rules: Rules,
        limits: Limits,
        replace: impl Fn(usize, &Rule) -> Result<(Replacement, Container), CompileError>,
    ) -> Result<Self, CompileError> {
        let Rules { values, names, exceptions, inside, unlisted, search } = rules;
        let value_count = values.len();
        let masks_names = !names.is_empty() || unlisted.is_some() || search.is_some();
        let first_inside = value_count + names.len();
        let held = inside.iter().map(|holder| Holds { form: holder.form, keeps: holder.keeps }).collect::<Vec<_>>();
        let holders = inside.into_iter().map(|holder| holder.rule).collect();
        let rules = [values, names, holders].concat();
        // From lenient to strict; where two are equal, the rule written first is the greater.
        let mut order = Order::new();
        // A rule that looks into texts shows more than any that does not.
        let key = |(index, rule): (usize, &Rule)| (index < first_inside, rule.mask.strictness(), Reverse(index));
        order.extend(rules.iter().enumerate().map(key));

        let rest = unlisted.as_ref().and_then(|unlisted| unlisted.mask.clone());
        let rest = rest.unwrap_or_else(|| MaskSpec::Redact(Redact::default()));
        let rest = Rule { id: UNLISTED.to_owned(), query: Query::root(), mask: rest };
        let mut actions = Vec::with_capacity(rules.len() + FIRST as usize);
        // What no query lists, what is looked through, and names that only speak of their values.
        for searches in [false, true, true] {
            let (replacement, _) = replace(rules.len(), &rest)?;
            actions.push(Action { rule: None, container: Container::Leaves, holds: None, searches, replacement });
        }
        let groups = groups(&exceptions)?;
        let mut program = Program::new(unlisted.is_some(), search.is_some(), of_actions(&groups, &rules, &order));
        let mut whole_document = false;
        let needs_document = |query: &Query| query.needs_lookahead() == Some(Lookahead::Document);
        for (number, (.., Reverse(index))) in (FIRST..).zip(order) {
            let Some(rule) = rules.get(index) else { continue };
            let (replacement, container) = replace(index, rule)?;
            let holds = index.checked_sub(first_inside).and_then(|at| held.get(at)).copied();
            let container = if holds.is_some() { Container::Leaves } else { container };
            if index < value_count || holds.is_some() {
                program.add(&rule.query.segments, number, container == Container::Drop);
                whole_document |= needs_document(&rule.query);
            } else {
                program.add_target(&without_filters(&rule.query.segments), Target::Name(number), false);
            }
            actions.push(Action { rule: Some(index), container, holds, searches: false, replacement });
        }
        for exception in &exceptions {
            let group = groups.get(exception.id.as_str()).copied().unwrap_or_default();
            program.add_target(&exception.query.segments, Target::Except(group), false);
        }
        if let Some(Unlisted { shows, names, .. }) = &unlisted {
            for query in shows {
                program.add_target(&query.segments, Target::Shown, false);
                whole_document |= needs_document(query);
            }
            for query in names {
                program.add_target(&query.segments, Target::Named, false);
                whole_document |= needs_document(query);
            }
        }
        if let Some(search) = &search {
            for (queries, target) in [(&search.except, Target::Quiet), (&search.except_names, Target::QuietName)] {
                for query in queries {
                    if query.needs_lookahead().is_some() {
                        return Err(CompileError::LooksAhead { rule: "detect".to_owned() });
                    }
                    program.add_target(&query.segments, target, false);
                }
            }
        }
        let automaton = Automaton::new(&program);
        let mut root = automaton.root();
        if whole_document {
            root.action = HOLD;
        } else if root.next == DYNAMIC && program.needs_length(&program.root().set) {
            root.action |= HOLD_ARRAY;
        }
        let asking = Automaton::asking(&program);
        let searched = search.as_ref().map(Searched::new);
        let needs_names = searched.as_ref().is_some_and(Searched::needs_names);
        let refuses = unlisted.is_some_and(|unlisted| unlisted.mask.is_none());
        Ok(Self {
            compiled: Arc::new(Compiled {
                rules,
                actions,
                refuses,
                masks_names,
                searched,
                needs_names,
                program,
                automaton,
                asking,
                limits,
                root,
            }),
        })
    }

    /// The rules, in the order given, those for values first.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        self.compiled.rules()
    }

    /// What it looks for in all that would go on as it is.
    #[must_use]
    pub fn search(&self) -> Option<&Search> {
        self.compiled.searched.as_ref().map(Searched::search)
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
