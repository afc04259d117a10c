//! The compiled rules of one view.

use core::cmp::Reverse;
use std::{collections::BTreeSet, sync::Arc};

use super::{Stream, inside::Holds, leaf::Replacement};
use meshveil_mask::{Container, Keys, MaskSpec, Redact};
use meshveil_plan::{Inside, Limits};

use crate::{
    CompileError, Query,
    automaton::{ACTION, Automaton, DYNAMIC, Edge, HOLD, HOLD_ARRAY, Program, REST, Target},
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
    /// Texts that hold documents.
    pub inside: Vec<Holder>,
    /// What happens to what no query lists; nothing where there is none.
    pub unlisted: Option<Unlisted>,
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

/// What happens to a value or a name: one per rule, numbered from 2 by strictness, so that the greatest number wins. The first
/// is for what no query lists.
#[derive(Debug)]
pub(super) struct Action {
    /// Index of the rule, for the report; none for what no query lists.
    pub(super) rule: Option<usize>,
    pub(super) replacement: Replacement,
    pub(super) container: Container,
    /// How texts that it selects hold documents.
    pub(super) holds: Option<Holds>,
}

impl Action {
    /// Whether the text of strings and numbers must be known.
    pub(super) const fn needs_text(&self) -> bool {
        self.holds.is_some() || self.replacement.needs_text()
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

    /// Compiles rules for values and names, and what happens to what they do not list.
    ///
    /// # Errors
    /// As [`Masker::compile`].
    pub fn compile_all(rules: Rules, keys: &Keys, limits: Limits) -> Result<Self, CompileError> {
        let Rules { values, names, inside, unlisted } = rules;
        let (value_count, masks_names) = (values.len(), !names.is_empty() || unlisted.is_some());
        let first_inside = value_count + names.len();
        let held = inside.iter().map(|holder| Holds { form: holder.form, keeps: holder.keeps }).collect::<Vec<_>>();
        let holders = inside.into_iter().map(|holder| holder.rule).collect();
        let rules = [values, names, holders].concat();
        // From lenient to strict; where two are equal, the rule written first is the greater.
        let mut order = BTreeSet::new();
        // A rule that looks into texts shows more than any that does not.
        let key = |(index, rule): (usize, &Rule)| (index < first_inside, rule.mask.strictness(), Reverse(index));
        order.extend(rules.iter().enumerate().map(key));

        let rest = unlisted.as_ref().and_then(|unlisted| unlisted.mask.clone());
        let rest = rest.unwrap_or_else(|| MaskSpec::Redact(Redact::default()));
        let mask_error = |rule: &str, error| CompileError::Mask { rule: rule.to_owned(), error };
        let replacement = Replacement::compile(&rest, UNLISTED, keys).map_err(|error| mask_error(UNLISTED, error))?;
        let mut actions = Vec::with_capacity(rules.len() + 1);
        actions.push(Action { rule: None, container: Container::Leaves, holds: None, replacement });
        let mut program = if unlisted.is_some() { Program::hiding_rest() } else { Program::default() };
        let mut whole_document = false;
        let needs_document = |query: &Query| query.needs_lookahead() == Some(Lookahead::Document);
        for (number, (.., Reverse(index))) in (REST + 1..).zip(order) {
            let Some(rule) = rules.get(index) else { continue };
            let replacement =
                Replacement::compile(&rule.mask, &rule.id, keys).map_err(|error| mask_error(&rule.id, error))?;
            let holds = index.checked_sub(first_inside).and_then(|at| held.get(at)).copied();
            let container = if holds.is_some() { Container::Leaves } else { rule.mask.container() };
            if index < value_count || holds.is_some() {
                program.add(&rule.query.segments, number, container == Container::Drop);
                whole_document |= needs_document(&rule.query);
            } else {
                program.add_target(&without_filters(&rule.query.segments), Target::Name(number), false);
            }
            actions.push(Action { rule: Some(index), container, holds, replacement });
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
        let automaton = Automaton::new(&program);
        let mut root = automaton.root();
        if whole_document {
            root.action = HOLD;
        } else if root.next == DYNAMIC && program.needs_length(&program.root().set) {
            root.action |= HOLD_ARRAY;
        }
        let asking = Automaton::asking();
        let refuses = unlisted.is_some_and(|unlisted| unlisted.mask.is_none());
        Ok(Self {
            compiled: Arc::new(Compiled {
                rules,
                actions,
                refuses,
                masks_names,
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
