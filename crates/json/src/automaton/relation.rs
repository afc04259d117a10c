//! How queries relate: which of them can select one node, and which always select, or hold, all that another selects.
//!
//! Both answers come from one joint automaton over all queries, made as far as it is needed. It is made in one of two ways:
//! one over-approximates selectors that look ahead (what *can* be selected), the other under-approximates them (what
//! *must* be selected, in every document).

use std::collections::{BTreeMap, BTreeSet};

use super::{
    builder::{Index, Kept, Positions},
    program::{Position, Program, Set, Target},
};
use crate::{
    interner::Interner,
    query::{Query, Segment, Selector, needs_length, slice_selects},
};

/// Candidates and positions that are looked at before an answer is given up, about half a second; and more for each query.
const BUDGET: usize = 1_000_000;
const BUDGET_OF_EACH: usize = 40;

/// Holders of one query that are listed.
const HOLDERS: usize = 256;

/// Array elements that are told apart in one state.
const ELEMENTS: usize = 64;

/// Levels below `..` that are looked at; what queries select there repeats long before.
const LEVELS: usize = 24;

/// A query that holds everything another one selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Its index.
    pub query: usize,
    /// Every node lies inside one that it selects; otherwise some are selected by it themselves.
    pub inside: bool,
}

/// Calls `found` with each set of two or more queries (as indices, ascending) that can select one node, and the normalized
/// path of such a node. Selectors that look ahead count as selecting whatever they might. `false` when there was too much to
/// look at, so that sets may be missing.
pub fn overlaps(queries: &[&Query], mut found: impl FnMut(&[usize], &Query)) -> bool {
    let program = program(queries);
    let mut joint = Joint::new(&program, Reading::Can);
    let mut seen = BTreeSet::new();
    // The step that first led to each state.
    let mut origins: Vec<Option<(usize, Selector)>> = vec![None; 2];
    let mut at = 1;
    while at < joint.states.len() {
        let Some(children) = joint.children(at) else { return false };
        for child in children {
            let Some(edge) = joint.step(at, &child) else { return false };
            let step = || Some((at, child.selector()));
            origins.resize_with(joint.states.len().max(origins.len()), step);
            if edge.accepted.len() > 1 && seen.insert(edge.accepted.clone()) {
                let accepted: Vec<usize> = edge.accepted.iter().map(|&query| query as usize).collect();
                found(&accepted, &path(&origins, at, child.selector()));
            }
        }
        if joint.base(at).is_none() {
            return false;
        }
        let origin = origins.get(at).cloned().flatten();
        origins.resize_with(joint.states.len().max(origins.len()), || origin.clone());
        at += 1;
    }
    true
}

/// For each query those others that hold everything it selects, in every document. Holders that only a closer look would
/// show are left out, never the reverse.
#[must_use]
pub fn holders(queries: &[&Query]) -> Vec<Vec<Holder>> {
    let program = program(queries);
    let mut joint = Joint::new(&program, Reading::Must);
    let roots = (0..).zip(queries).filter(|(_, query)| query.segments.is_empty()).map(|(query, _)| query);
    let roots: Set = roots.collect();
    let mut all = Vec::with_capacity(queries.len());
    for (number, query) in (0..).zip(queries) {
        let mut common = None;
        if !query.segments.is_empty() {
            let word = Word { joint: &mut joint, query: number, common: &mut common };
            if word.follow(&query.segments, 1, &roots).is_none() {
                common = None;
            }
        }
        let holder = |(query, inside)| Holder { query: query as usize, inside };
        all.push(common.unwrap_or_default().into_iter().take(HOLDERS).map(holder).collect());
    }
    all
}

fn program(queries: &[&Query]) -> Program {
    let mut program = Program::default();
    for (action, query) in (1..).zip(queries) {
        program.add(&query.segments, action, false);
    }
    program
}

/// The singular query that leads to a child of a state.
fn path(origins: &[Option<(usize, Selector)>], mut at: usize, last: Selector) -> Query {
    let mut selectors = vec![last];
    while let Some((parent, selector)) = origins.get(at).and_then(Option::as_ref) {
        selectors.push(selector.clone());
        at = *parent;
    }
    let child = |selector| Segment { descendant: false, selectors: vec![selector] };
    let mut query = Query { text: String::new(), segments: selectors.into_iter().rev().map(child).collect() };
    query.text = query.to_string();
    query
}

/// What selectors that depend on more than the place of a child do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// They select.
    Can,
    /// They do not.
    Must,
}

/// A child, as far as queries tell children apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Child<'q> {
    Name(&'q str),
    Element(u64),
    /// A member or element that no query mentions.
    Any,
}

impl Child<'_> {
    fn selector(&self) -> Selector {
        match *self {
            Self::Name(name) => Selector::Name(name.to_owned()),
            Self::Element(index) => Selector::Index(i64::try_from(index).unwrap_or(i64::MAX)),
            Self::Any => Selector::Name("x".to_owned()),
        }
    }

    fn is_selected(&self, selector: &Selector, reading: Reading) -> bool {
        let can = reading == Reading::Can;
        match (selector, self) {
            (Selector::Wildcard, _) => true,
            (Selector::Filter(_), _) => can,
            (Selector::Name(wanted), Self::Name(name)) => wanted == name,
            (Selector::Loose(wanted), Self::Name(name)) => wanted.fits(name),
            (&Selector::Index(wanted), &Self::Element(index)) => match u64::try_from(wanted) {
                Ok(wanted) => wanted == index,
                Err(_) => can,
            },
            (&Selector::Slice { start, end, step }, &Self::Element(index)) => {
                slice_selects(start, end, step, None, index).unwrap_or(can)
            }
            _ => false,
        }
    }
}

/// Where a step leads.
#[derive(Debug, Clone)]
struct Edge {
    next: usize,
    /// The queries that select the child, ascending.
    accepted: Set,
}

struct State<'p> {
    positions: Positions,
    own: Index,
    /// Steps that were taken.
    edges: BTreeMap<Child<'p>, Edge>,
}

struct Joint<'p> {
    program: &'p Program,
    reading: Reading,
    kept: Vec<Kept>,
    kept_numbers: Interner,
    states: Vec<State<'p>>,
    numbers: Interner,
    budget: usize,
}

impl<'p> Joint<'p> {
    /// State 0 stands for no position, state 1 for the children of the root.
    fn new(program: &'p Program, reading: Reading) -> Self {
        let mut joint = Self {
            program,
            reading,
            kept: Vec::new(),
            kept_numbers: Interner::default(),
            states: Vec::new(),
            numbers: Interner::default(),
            budget: BUDGET.saturating_add(BUDGET_OF_EACH * program.root().set.len()),
        };
        joint.keep(Set::new());
        joint.number(Positions::default());
        let descends = |p: &u32| program.position(*p).is_some_and(|position| position.segment.descendant);
        let (descending, passing) = program.root().set.iter().partition(|p| descends(p));
        let kept = joint.keep(descending);
        joint.number(Positions { kept, passing });
        joint
    }

    /// Takes `cost` from what is left.
    fn spend(&mut self, cost: usize) -> Option<()> {
        self.budget = self.budget.checked_sub(cost)?;
        Some(())
    }

    fn keep(&mut self, set: Set) -> u32 {
        self.kept_numbers.number(&set, self.kept.len()).unwrap_or_else(|new| {
            self.budget = self.budget.saturating_sub(set.len());
            self.kept.push(Kept { index: Index::new(self.program, &set), set });
            new
        })
    }

    fn number(&mut self, positions: Positions) -> usize {
        let list = [&[positions.kept], positions.passing.as_slice()].concat();
        let number = self.numbers.number(&list, self.states.len()).unwrap_or_else(|new| {
            self.budget = self.budget.saturating_sub(positions.passing.len());
            let own = Index::new(self.program, &positions.passing);
            self.states.push(State { positions, own, edges: BTreeMap::new() });
            new
        });
        number as usize
    }

    /// One step; `None` when too much has been looked at.
    fn step(&mut self, state: usize, child: &Child<'p>) -> Option<Edge> {
        if let Some(edge) = self.states.get(state)?.edges.get(child) {
            return Some(edge.clone());
        }
        let reading = self.reading;
        let name = if let Child::Name(name) = child { Some(name.as_bytes()) } else { None };
        let edge = self.step_where(state, name, |selector| child.is_selected(selector, reading))?;
        self.states.get_mut(state)?.edges.insert(*child, edge.clone());
        Some(edge)
    }

    /// One step to a child that is selected by whichever selectors `selects` says.
    fn step_where(&mut self, state: usize, name: Option<&[u8]>, selects: impl Fn(&Selector) -> bool) -> Option<Edge> {
        let State { positions, own, .. } = self.states.get(state)?;
        let number = positions.kept;
        let kept = self.kept.get(number as usize)?;
        let candidates: Set = own.candidates(name).chain(kept.index.candidates(name)).collect();
        self.spend(1 + candidates.len())?;
        let (mut passing, mut descending, mut accepted) = (Set::new(), Set::new(), Set::new());
        for p in candidates {
            let Some(position) = self.program.position(p) else { continue };
            if !position.segment.selectors.iter().any(&selects) {
                continue;
            }
            if let Target::Value(action) = position.target {
                accepted.push(action - 1);
            } else if self.program.position(p + 1).is_some_and(|next| next.segment.descendant) {
                descending.push(p + 1);
            } else {
                passing.push(p + 1);
            }
        }
        for set in [&mut passing, &mut accepted] {
            set.sort_unstable();
            set.dedup();
        }
        let mut kept = number;
        if !descending.is_empty() {
            let own = self.kept.get(number as usize).map_or(&[][..], |kept| &kept.set);
            let cost = own.len();
            descending.extend(own);
            self.spend(cost)?;
            descending.sort_unstable();
            descending.dedup();
            kept = self.keep(descending);
        }
        Some(Edge { next: self.number(Positions { kept, passing }), accepted })
    }

    /// Whether a selector may select a member of any name.
    fn is_wild(selector: &Selector) -> bool {
        matches!(selector, Selector::Wildcard | Selector::Filter(_))
    }

    /// The children of a state at which something can happen that does not happen in its base.
    fn children(&mut self, state: usize) -> Option<Vec<Child<'p>>> {
        let program = self.program;
        let all = |set: &[u32]| -> Vec<&'p Position> { set.iter().filter_map(|&p| program.position(p)).collect() };
        let positions = &self.states.get(state)?.positions;
        let kept = self.kept.get(positions.kept as usize)?;
        let mut looked_at = positions.passing.len();
        let mut children = Vec::new();
        let mut names = BTreeSet::new();
        let mut indices = BTreeSet::new();
        let (mut wild, mut loose, mut accepts, mut plain) = (false, false, false, true);
        for position in all(&positions.passing) {
            for selector in &position.segment.selectors {
                if let Some(name) = name_of(selector) {
                    names.insert(name);
                    loose |= matches!(selector, Selector::Loose(_));
                } else if Self::is_wild(selector) {
                    wild = true;
                    accepts |= position.target != Target::Next;
                }
                plain &= matches!(selector, Selector::Name(_));
                elements(selector, &mut indices);
            }
        }
        // What descendants keep is looked at in the state that has nothing else, and here only as far as it meets the rest.
        let is_base = positions.passing.is_empty();
        if is_base || wild || loose {
            looked_at += kept.set.len();
            for position in all(&kept.set) {
                let meets = is_base || accepts || loose || position.target == Target::Next;
                for selector in position.segment.selectors.iter().filter(|_| meets) {
                    names.extend(name_of(selector));
                }
            }
        }
        if is_base || !plain {
            for position in all(&kept.index.others) {
                for selector in &position.segment.selectors {
                    wild |= Self::is_wild(selector);
                    elements(selector, &mut indices);
                }
            }
            children.extend(indices.into_iter().take(ELEMENTS).map(Child::Element));
            if wild {
                children.push(Child::Any);
            }
        }
        children.extend(names.into_iter().map(Child::Name));
        self.spend(looked_at)?;
        Some(children)
    }

    /// Numbers the state that has only what descendants keep.
    fn base(&mut self, state: usize) -> Option<usize> {
        let kept = self.states.get(state)?.positions.kept;
        self.spend(1)?;
        Some(self.number(Positions { kept, passing: Set::new() }))
    }
}

/// A name that a selector means; of a loose one that which every wider one means, too.
fn name_of(selector: &Selector) -> Option<&str> {
    match selector {
        Selector::Name(name) => Some(name),
        Selector::Loose(name) => Some(name.text()),
        _ => None,
    }
}

/// Indices that tell apart what a selector selects.
fn elements(selector: &Selector, indices: &mut BTreeSet<u64>) {
    let mut add = |index: i64| indices.extend(u64::try_from(index).ok());
    match *selector {
        Selector::Index(index) => add(index.max(0)),
        Selector::Slice { start, end, step } => {
            let first = start.filter(|start| *start >= 0).unwrap_or(0);
            add(first);
            add(first.saturating_add(step.saturating_abs().min(8)));
            if let Some(end) = end.filter(|end| *end > 0) {
                add(end - 1);
            }
        }
        _ => {}
    }
}

/// All ways down that one query can take, one after the other.
struct Word<'w, 'p> {
    joint: &'w mut Joint<'p>,
    query: u32,
    /// What held all nodes so far, and whether from outside.
    common: &'w mut Option<BTreeMap<u32, bool>>,
}

impl<'p> Word<'_, 'p> {
    /// Follows `segments` from a state below nodes that `held` selects. `None`: nothing can be said, or nothing is left.
    fn follow(self, segments: &'p [Segment], state: usize, held: &Set) -> Option<()> {
        let Self { joint, query, common } = self;
        let (segment, rest) = segments.split_first()?;
        let mut starts = vec![(state, held.clone())];
        if segment.descendant {
            for level in 0..=LEVELS {
                let (state, held) = starts.last().cloned()?;
                let edge = joint.step(state, &Child::Any)?;
                let deeper = (edge.next, union(&held, &edge.accepted));
                if deeper == (state, held) {
                    break;
                }
                if level == LEVELS {
                    return None;
                }
                starts.push(deeper);
            }
        }
        for (state, held) in starts {
            for selector in &segment.selectors {
                let edge = match selector {
                    Selector::Name(name) => joint.step(state, &Child::Name(name)),
                    Selector::Wildcard => joint.step(state, &Child::Any),
                    Selector::Index(index) if *index >= 0 => joint.step(state, &Child::Element(index.unsigned_abs())),
                    other => joint.step_where(state, None, |wider| holds(wider, other)),
                }?;
                if rest.is_empty() {
                    narrow(common, query, &held, &edge.accepted);
                    if common.as_ref().is_some_and(BTreeMap::is_empty) {
                        return None;
                    }
                } else {
                    let held = union(&held, &edge.accepted);
                    Word { joint: &mut *joint, query, common: &mut *common }.follow(rest, edge.next, &held)?;
                }
            }
        }
        Some(())
    }
}

/// Keeps what holds this node, too.
fn narrow(common: &mut Option<BTreeMap<u32, bool>>, query: u32, outside: &Set, selecting: &Set) {
    let mut here: BTreeMap<u32, bool> = selecting.iter().map(|&one| (one, false)).collect();
    here.extend(outside.iter().map(|&one| (one, true)));
    here.remove(&query);
    *common = Some(match common.take() {
        None => here,
        Some(before) => {
            let both = |(one, inside)| here.get(&one).map(|&here| (one, inside && here));
            before.into_iter().filter_map(both).collect()
        }
    });
}

fn union(one: &Set, other: &Set) -> Set {
    let mut both = [one.as_slice(), other.as_slice()].concat();
    both.sort_unstable();
    both.dedup();
    both
}

/// Whether `wider` selects whatever `selector`, an index from the end, a slice or a filter, selects.
fn holds(wider: &Selector, selector: &Selector) -> bool {
    match (wider, selector) {
        (Selector::Wildcard, _) => true,
        (
            Selector::Slice { start: None | Some(0), end: None, step: 1 },
            Selector::Index(_) | Selector::Slice { .. },
        ) => true,
        (&Selector::Slice { start, end, step: 1 }, &Selector::Slice { start: from, end: to, step })
            if step > 0 && !needs_length(start, end, 1) && !needs_length(from, to, step) =>
        {
            let ends = end.is_none_or(|end| to.is_some_and(|to| to <= end));
            start.unwrap_or(0) <= from.unwrap_or(0) && ends
        }
        _ => wider == selector,
    }
}

#[cfg(test)]
mod tests;
