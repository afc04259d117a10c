//! From the positions of all queries to the table of states.

use std::collections::BTreeMap;

use super::{
    Automaton, DEAD, Edge, HOLD, HOLD_ARRAY, LEFT, LOOK, MAX_SIZE, NAME, State,
    elements::Elements,
    loose::Loose,
    names::Names,
    program::{Child, Outcome, Position, Program, Set, Target},
};
use crate::{
    interner::Interner,
    query::{LooseName, Selector, needs_length},
};

/// The set of positions a state stands for. Thousands of rules share what all descendants keep, so that it is stored
/// once and has a number.
#[derive(Debug, Clone, Default)]
pub(super) struct Positions {
    /// Number of the set that descendants keep: positions of descendant segments.
    pub(super) kept: u32,
    /// Positions that only the children of this node see.
    pub(super) passing: Set,
}

/// Positions by what they select, so that a name finds its own without looking at all.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_name: BTreeMap<Box<[u8]>, Set>,
    /// Positions with a selector that is not a name.
    pub(super) others: Set,
}

impl Index {
    pub(super) fn new(program: &Program, set: &[u32]) -> Self {
        let mut index = Self::default();
        for (p, position) in program.positions(set) {
            let mut is_other = false;
            for selector in &position.segment.selectors {
                match selector {
                    Selector::Name(name) => index.by_name.entry(name.as_bytes().into()).or_default().push(p),
                    _ => is_other = true,
                }
            }
            if is_other {
                index.others.push(p);
            }
        }
        index
    }

    /// Positions that may select a member with this name; `None` is a name that no query mentions.
    pub(super) fn candidates(&self, name: Option<&[u8]>) -> impl Iterator<Item = u32> {
        let named = name.and_then(|name| self.by_name.get(name));
        named.into_iter().flatten().chain(&self.others).copied()
    }
}

/// A set that descendants keep.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) set: Set,
    pub(super) index: Index,
}

pub(super) struct Builder<'p> {
    program: &'p Program,
    kept: Vec<Kept>,
    kept_numbers: Interner,
    numbers: Interner,
    /// Positions in the order of their states' numbers.
    positions: Vec<Positions>,
    /// Edges and positions so far.
    size: usize,
}

impl<'p> Builder<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        let mut builder = Self {
            program,
            kept: Vec::new(),
            kept_numbers: Interner::default(),
            numbers: Interner::default(),
            positions: Vec::new(),
            size: 0,
        };
        builder.keep(Set::new());
        builder.number(Positions::default());
        // DYNAMIC and LEFT stand for no set.
        builder.positions.extend([Positions::default(), Positions::default()]);
        builder
    }

    /// The automaton; `None` where it would be too large.
    pub(super) fn build(mut self) -> Option<Automaton> {
        let step = self.program.root();
        let (descending, passing) =
            step.set.iter().partition(|&&p| self.program.position(p).is_some_and(|p| p.segment.descendant));
        let kept = self.keep(descending);
        let root = self.edge(Positions { kept, passing }, step.action);
        let mut states = vec![State::dead(), State::asking(true), State::left(self.program)];
        while let Some(positions) = self.positions.get(states.len()).cloned() {
            let state = self.state(positions)?;
            self.size += 1 + state.names.len() + state.positions.passing.len();
            self.size += state.elements.as_ref().map_or(0, Elements::len);
            self.size += state.loose.as_ref().map_or(0, |loose| loose.len());
            states.push(state);
            if self.size > MAX_SIZE {
                return None;
            }
        }
        // A base state may have been numbered after the states that look into it.
        for number in 0..states.len() {
            let lengths = |number: usize| states.get(number).map_or(0, |state| state.lengths);
            let base = states.get(number).map_or(DEAD, |state| state.base);
            let both = lengths(number) | lengths(base as usize);
            if let Some(state) = states.get_mut(number) {
                state.lengths = both;
            }
        }
        Some(Automaton { states, kept: self.kept.into_iter().map(|kept| kept.set).collect(), root })
    }

    /// The number of a set that descendants keep.
    fn keep(&mut self, set: Set) -> u32 {
        self.kept_numbers.number(&set, self.kept.len()).unwrap_or_else(|new| {
            self.size += set.len();
            self.kept.push(Kept { index: Index::new(self.program, &set), set });
            new
        })
    }

    fn number(&mut self, positions: Positions) -> u32 {
        let list = [&[positions.kept], positions.passing.as_slice()].concat();
        self.numbers.number(&list, self.positions.len()).unwrap_or_else(|new| {
            self.positions.push(positions);
            new
        })
    }

    fn any_selector(&self, positions: &Positions, is: impl Fn(&Selector) -> bool) -> bool {
        let is = |&p: &u32| self.program.position(p).is_some_and(|p| p.segment.selectors.iter().any(&is));
        let kept = self.kept.get(positions.kept as usize);
        // Only others than names are ever asked for, and of those there are few.
        kept.is_some_and(|kept| kept.index.others.iter().any(is)) || positions.passing.iter().any(is)
    }

    /// The way to a child with these positions, at which `action` happens.
    fn edge(&mut self, positions: Positions, action: u32) -> Edge {
        let from_the_end = |selector: &Selector| match *selector {
            Selector::Index(index) => index < 0,
            Selector::Slice { start, end, step } => needs_length(start, end, step),
            _ => false,
        };
        let hold = if self.any_selector(&positions, from_the_end) { HOLD_ARRAY } else { 0 };
        let next = match self.number(positions) {
            DEAD if self.program.rest() != 0 => LEFT,
            next => next,
        };
        Edge { next, action: action | hold }
    }

    /// One step from a node with kept positions `kept` to `child`, of which `candidates` may select it.
    fn step(&mut self, kept: u32, candidates: &[u32], child: Child<'_>) -> Edge {
        let (mut passing, mut descending, mut outcome) = (Set::new(), Set::new(), Outcome::default());
        let has_exceptions = self.program.has_exceptions();
        for &p in candidates {
            let Some(position) = self.program.position(p) else { continue };
            if !outcome.add(position, child, has_exceptions) || position.target != Target::Next {
                continue;
            }
            match self.program.position(p + 1) {
                Some(next) if next.segment.descendant => descending.push(p + 1),
                Some(_) => passing.push(p + 1),
                None => {}
            }
        }
        let (action, name) = outcome.end(self.program, child);
        let action = action | if name == 0 { 0 } else { NAME };
        passing.sort_unstable();
        passing.dedup();
        let kept = if descending.is_empty() {
            kept
        } else {
            descending.extend(self.kept.get(kept as usize).into_iter().flat_map(|kept| &kept.set));
            descending.sort_unstable();
            descending.dedup();
            self.keep(descending)
        };
        self.edge(Positions { kept, passing }, action)
    }

    fn state(&mut self, positions: Positions) -> Option<State> {
        let Positions { kept, ref passing } = positions;
        let drops = |p: &u32| self.program.position(*p).is_some_and(|position: &Position| position.drops);
        let kept_drops = self.kept.get(kept as usize)?.set.iter().any(drops);
        let may_drop = kept_drops || passing.iter().any(drops);
        if self.any_selector(&positions, |selector| matches!(selector, Selector::Filter(_))) {
            return Some(State::constant(positions, Edge { next: DEAD, action: HOLD }, may_drop));
        }
        let own = Index::new(self.program, passing);
        let candidates = |builder: &Self, name: Option<&[u8]>| -> Set {
            let kept = builder.kept.get(kept as usize);
            let kept = kept.into_iter().flat_map(|kept| kept.index.candidates(name));
            own.candidates(name).chain(kept).collect()
        };
        let is_wild =
            |&p: &u32| self.program.position(p).is_some_and(|p| p.segment.selectors.contains(&Selector::Wildcard));
        let loose_names = |set: &[u32]| -> Vec<LooseName> {
            let loose =
                |selector: &Selector| if let Selector::Loose(name) = selector { Some(name.clone()) } else { None };
            self.program.selectors(set).filter_map(loose).collect()
        };
        let own_loose = loose_names(passing);
        let kept_loose = loose_names(&self.kept.get(kept as usize)?.set);
        // A name of these means others, too, so that what stands of them in the kept ones is not all.
        let wild = passing.iter().any(is_wild) || !own_loose.is_empty();
        let has_kept = !self.kept.get(kept as usize)?.set.is_empty();
        let mut names: Vec<Box<[u8]>> = own.by_name.keys().cloned().collect();
        // A wildcard adds to what the kept ones say of a name, so that each name has an edge of its own.
        let base = if has_kept && !passing.is_empty() && !wild {
            self.number(Positions { kept, passing: Set::new() })
        } else {
            DEAD
        };
        if base == DEAD {
            let kept_names = self.kept.get(kept as usize)?.index.by_name.keys();
            names.extend(kept_names.filter(|name| !own.by_name.contains_key(*name)).cloned());
        }
        let mut edges = Vec::with_capacity(names.len());
        for name in &names {
            let candidates = candidates(self, Some(name));
            edges.push((&**name, self.step(kept, &candidates, Child::Member(Some(name)))));
        }
        let names = Names::new(edges);
        let others = candidates(self, None);
        let mut other = self.step(kept, &others, Child::Member(None));
        let has_loose = !own_loose.is_empty() || !kept_loose.is_empty();
        let all_loose = if base == DEAD { [own_loose, kept_loose].concat() } else { own_loose };
        if has_loose {
            other.action |= LOOK;
        }
        let loose = self.loose(kept, &others, &all_loose);
        let program = self.program;
        let elements = Elements::new(program.selectors(&others), |index| {
            self.step(kept, &others, Child::Element { index, len: None })
        })?;
        let every_element = elements.uniform();
        Some(State {
            lengths: names.lengths(),
            names,
            base,
            other,
            every_element,
            elements: every_element.is_none().then_some(elements),
            loose,
            may_drop,
            positions,
        })
    }

    /// The table of names without case; of `candidates` each may select such a name.
    fn loose(&mut self, kept: u32, candidates: &[u32], loose: &[LooseName]) -> Option<Box<Loose>> {
        if loose.is_empty() {
            return None;
        }
        let (mut names, mut endings) = (BTreeMap::new(), BTreeMap::new());
        for name in loose {
            let text = name.text();
            if name.is_ending() {
                endings.insert(Box::from(text), self.step(kept, candidates, Child::Ending(text)));
            }
            names.insert(Box::from(text), self.step(kept, candidates, Child::Folded(text)));
        }
        Some(Box::new(Loose::new(names, endings.into_iter().collect())))
    }
}
