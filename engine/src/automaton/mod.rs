//! All queries of a view as one deterministic automaton over member names and element indices.
//!
//! A state stands for the set of positions that wait for the children of a node. What a child is selected for stands
//! on the edge to it, not in the state it leads to: a thousand rules `$..name` are one state with a thousand edges.
//! A set falls into a part that every descendant keeps (positions of descendant segments) and a part that only the
//! children see; a state of both looks its names up in a table of the second and then in the state of the first, so
//! that `$..a.b`, `$..c.d` … do not multiply.
//!
//! Where the states or edges would be too many ([`MAX_STATES`], [`MAX_EDGES`]) there is only the state [`DYNAMIC`]: the
//! stream then follows the sets themselves, slower and without limit.

mod elements;
mod names;
mod program;

use std::collections::{BTreeSet, HashMap};

use elements::Elements;
use names::{Names, length_bit};

pub(crate) use names::{prefix, prefix_at};
pub(crate) use program::{Child, Program, Set, Step};

use crate::query::Selector;

/// States beyond which the automaton is not tabulated.
const MAX_STATES: usize = 4_096;
/// Edges beyond which the automaton is not tabulated.
const MAX_EDGES: usize = 262_144;

/// The state from which no rule can be reached.
pub(crate) const DEAD: u32 = 0;
/// The state whose edges the stream finds out itself.
pub(crate) const DYNAMIC: u32 = 1;

/// Bits of [`Edge::action`]: the rest is the number of an action, 0 for none.
pub(crate) const ACTION: u32 = 0x00ff_ffff;
/// The child must be read whole before it is known what happens to it.
pub(crate) const HOLD: u32 = 1 << 31;
/// The child, if it is an array, must be read whole before it is known what happens to its elements.
pub(crate) const HOLD_ARRAY: u32 = 1 << 30;
/// The edge is not in the table: the stream finds it out.
pub(crate) const ASK: u32 = 1 << 29;

/// The way to a child.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Edge {
    /// The state in which the child's children are read.
    pub(crate) next: u32,
    /// What happens to the child: an action number and flags. 0: nothing.
    pub(crate) action: u32,
}

#[derive(Debug)]
struct State {
    set: Set,
    /// Lengths of all names, those of `base` included.
    lengths: u64,
    names: Names,
    /// The state to look in for names that are not in `names`; itself [`DEAD`] where there is none.
    base: u32,
    /// Any other name.
    other: Edge,
    /// Where every element leads, when all lead to the same place.
    every_element: Option<Edge>,
    elements: Option<Elements>,
    may_drop: bool,
}

/// The deterministic automaton of a view.
#[derive(Debug)]
pub(crate) struct Automaton {
    states: Vec<State>,
    root: Edge,
}

impl Automaton {
    /// Tabulates a program.
    pub(crate) fn new(program: &Program) -> Self {
        Builder::default().build(program).unwrap_or_else(|| Self {
            states: vec![dead(), asking(true)],
            root: Edge { next: DYNAMIC, action: program.root().action | ASK },
        })
    }

    /// An automaton of which every edge is found out by the stream.
    pub(crate) fn asking() -> Self {
        Self { states: vec![dead(), asking(true)], root: Edge { next: DYNAMIC, action: ASK } }
    }

    /// The way to the root of a document.
    pub(crate) const fn root(&self) -> Edge {
        self.root
    }

    /// The way to the member with this decoded name.
    #[inline(always)]
    pub(crate) fn member(&self, state: u32, name: &[u8], prefix: u64) -> Edge {
        let Some(state) = self.states.get(state as usize) else { return Edge::default() };
        if state.lengths & length_bit(name.len()) == 0 {
            return state.other;
        }
        self.listed_member(state, name, prefix)
    }

    #[inline(always)]
    fn listed_member(&self, state: &State, name: &[u8], prefix: u64) -> Edge {
        if let Some(edge) = state.names.get(name, prefix) {
            return edge;
        }
        if state.base != DEAD
            && let Some(base) = self.states.get(state.base as usize)
            && let Some(edge) = base.names.get(name, prefix)
        {
            return edge;
        }
        state.other
    }

    /// The way to a member whose name no query can mean.
    pub(crate) fn other_member(&self, state: u32) -> Edge {
        self.states.get(state as usize).map_or_else(Edge::default, |state| state.other)
    }

    /// The way to every element of an array in this state, where all are alike.
    #[inline(always)]
    pub(crate) fn every_element(&self, state: u32) -> Option<Edge> {
        self.states.get(state as usize)?.every_element
    }

    /// The way to one element of an array in this state.
    pub(crate) fn element(&self, state: u32, index: u64) -> Edge {
        self.states
            .get(state as usize)
            .and_then(|state| state.every_element.or_else(|| state.elements.as_ref()?.get(index)))
            .unwrap_or_default()
    }

    /// Whether a child of a container in this state may have to disappear.
    #[inline(always)]
    pub(crate) fn may_drop(&self, state: u32) -> bool {
        self.states.get(state as usize).is_some_and(|state| state.may_drop)
    }

    /// The positions a state stands for.
    pub(crate) fn set(&self, state: u32) -> &[u32] {
        self.states.get(state as usize).map_or(&[], |state| &state.set)
    }

    /// States and edges, for reports.
    pub(crate) fn size(&self) -> (usize, usize) {
        let edges = |state: &State| state.names.len() + 1 + state.elements.as_ref().map_or(1, Elements::len);
        (self.states.len(), self.states.iter().map(edges).sum())
    }
}

/// A state with the same edge for every child.
fn constant(set: Set, edge: Edge, may_drop: bool) -> State {
    State {
        set,
        lengths: 0,
        names: Names::default(),
        base: DEAD,
        other: edge,
        every_element: Some(edge),
        elements: None,
        may_drop,
    }
}

fn dead() -> State {
    constant(Set::new(), Edge::default(), false)
}

fn asking(may_drop: bool) -> State {
    constant(Set::new(), Edge { next: DYNAMIC, action: ASK }, may_drop)
}

#[derive(Default)]
struct Builder {
    numbers: HashMap<Set, u32>,
    /// Sets in the order of their states' numbers.
    sets: Vec<Set>,
}

impl Builder {
    fn build(mut self, program: &Program) -> Option<Automaton> {
        let dead_number = self.number(Set::new());
        let dynamic_number = self.reserve();
        debug_assert_eq!((dead_number, dynamic_number), (DEAD, DYNAMIC));
        let root = self.edge(program, program.root().clone());
        let mut states = vec![dead(), asking(true)];
        let mut edges = 0;
        while let Some(set) = self.sets.get(states.len()).cloned() {
            let state = self.state(program, set)?;
            edges += state.names.len() + state.elements.as_ref().map_or(1, Elements::len);
            states.push(state);
            if self.sets.len() > MAX_STATES || edges > MAX_EDGES {
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
        Some(Automaton { states, root })
    }

    fn number(&mut self, set: Set) -> u32 {
        if let Some(&number) = self.numbers.get(&set) {
            return number;
        }
        let number = self.reserve();
        if let Some(slot) = self.sets.last_mut() {
            slot.clone_from(&set);
        }
        self.numbers.insert(set, number);
        number
    }

    fn reserve(&mut self) -> u32 {
        self.sets.push(Set::new());
        u32::try_from(self.sets.len() - 1).unwrap_or(u32::MAX)
    }

    fn edge(&mut self, program: &Program, step: Step) -> Edge {
        let hold = if program.needs_length(&step.set) { HOLD_ARRAY } else { 0 };
        Edge { next: self.number(step.set), action: step.action | hold }
    }

    fn state(&mut self, program: &Program, set: Set) -> Option<State> {
        let may_drop = program.may_drop(&set);
        if program.has_filter(&set) {
            return Some(constant(set, Edge { next: DEAD, action: HOLD }, may_drop));
        }
        // Positions that every descendant keeps, and those that only the children see.
        let (kept, passing): (Set, Set) =
            set.iter().partition(|&&p| program.positions(&[p]).any(|(_, position)| position.segment.descendant));
        let wild = program.selectors(&passing).any(|selector| matches!(selector, Selector::Wildcard));
        let (base, listed) =
            if wild || kept.is_empty() || passing.is_empty() { (DEAD, &set) } else { (self.number(kept), &passing) };
        let names: BTreeSet<&[u8]> = program
            .selectors(listed)
            .filter_map(|selector| match selector {
                Selector::Name(name) => Some(name.as_bytes()),
                _ => None,
            })
            .collect();
        let mut edges = Vec::with_capacity(names.len());
        for name in names {
            let step = program.step_without_filters(&set, Child::Member(Some(name)));
            edges.push((name, self.edge(program, step)));
        }
        let names = Names::new(edges);
        let other = self.edge(program, program.step_without_filters(&set, Child::Member(None)));
        let elements = Elements::new(program.selectors(&set), |index| {
            self.edge(program, program.step_without_filters(&set, Child::Element { index, len: None }))
        })?;
        let every_element = elements.uniform();
        Some(State {
            lengths: names.lengths(),
            names,
            base,
            other,
            every_element,
            elements: every_element.is_none().then_some(elements),
            may_drop,
            set,
        })
    }
}
