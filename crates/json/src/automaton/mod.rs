//! All queries of a view as one deterministic automaton over member names and element indices.
//!
//! A state stands for the set of positions that wait for the children of a node. What a child is selected for stands
//! on the edge to it, not in the state it leads to: a thousand rules `$..name` are one state with a thousand edges.
//! A set falls into a part that every descendant keeps (positions of descendant segments) and a part that only the
//! children see; a state of both looks its names up in a table of the second and then in the state of the first, so
//! that `$..a.b`, `$..c.d` … do not multiply.
//!
//! Where the table would be too large ([`MAX_SIZE`]) there is only the state [`DYNAMIC`]: the stream then follows the
//! sets themselves, slower and without limit.

mod builder;
mod elements;
mod loose;
mod names;
mod program;
pub mod relation;

use builder::{Builder, Positions};
use elements::Elements;
use loose::Loose;
use names::{Names, length_bit};

pub(crate) use names::{prefix, prefix_at};
pub(crate) use program::{Child, Program, Set, Step, Target};

/// Edges and positions of all states beyond which the automaton is not tabulated: about 16 MB.
const MAX_SIZE: usize = 262_144;

/// The state from which no rule can be reached.
pub(crate) const DEAD: u32 = 0;
/// The state whose edges the stream finds out itself.
pub(crate) const DYNAMIC: u32 = 1;

/// The state in which no rule can be reached, where something happens to what no query selects.
const LEFT: u32 = 2;

/// The action on what no query lists; the actions of rules have greater numbers.
pub(crate) const REST: u32 = 1;
/// The action on what would go on as it is, where detectors look through it.
pub(crate) const NET: u32 = 2;
/// The action on a name that goes on as it is, and that may say what its value is.
pub(crate) const QUIET: u32 = 3;
/// The first action of a rule.
pub(crate) const FIRST: u32 = 4;

/// Bits of [`Edge::action`]: the rest is the number of an action, 0 for none.
pub(crate) const ACTION: u32 = 0x00ff_ffff;
/// The child must be read whole before it is known what happens to it.
pub(crate) const HOLD: u32 = 1 << 31;
/// The child, if it is an array, must be read whole before it is known what happens to its elements.
pub(crate) const HOLD_ARRAY: u32 = 1 << 30;
/// The edge is not in the table: the stream finds it out.
pub(crate) const ASK: u32 = 1 << 29;
/// Something happens to the member's name: the stream finds out what.
pub(crate) const NAME: u32 = 1 << 28;
/// The name is none that a query mentions as it is: the stream looks it up without case.
pub(crate) const LOOK: u32 = 1 << 27;

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
    positions: Positions,
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
    /// Names without case, of the queries that ask for them.
    loose: Option<Box<Loose>>,
    may_drop: bool,
}

/// The deterministic automaton of a view.
#[derive(Debug)]
pub(crate) struct Automaton {
    states: Vec<State>,
    /// Sets of positions that descendants keep, by their number in [`Positions`].
    kept: Vec<Set>,
    root: Edge,
}

impl Automaton {
    /// Tabulates a program.
    pub(crate) fn new(program: &Program) -> Self {
        Builder::new(program).build().unwrap_or_else(|| {
            let root = Edge { next: DYNAMIC, action: program.root().action | ASK };
            Self { root, ..Self::asking(program) }
        })
    }

    /// The state of nodes that no position waits for.
    pub(crate) const fn left(program: &Program) -> u32 {
        if program.rest() != 0 { LEFT } else { DEAD }
    }

    /// An automaton of which every edge is found out by the stream.
    pub(crate) fn asking(program: &Program) -> Self {
        let root = Edge { next: DYNAMIC, action: ASK };
        Self { states: vec![State::dead(), State::asking(true), State::left(program)], kept: Vec::new(), root }
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

    /// The way to a member whose name no query mentions as it is, found without case.
    pub(crate) fn loose_member(&self, state: u32, name: &[u8]) -> Option<Edge> {
        let state = self.states.get(state as usize)?;
        let base = || self.states.get(state.base as usize)?.loose.as_ref();
        state.loose.as_ref().or_else(base)?.get(core::str::from_utf8(name).ok()?)
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
    pub(crate) fn set(&self, state: u32) -> Set {
        let Some(positions) = self.states.get(state as usize).map(|state| &state.positions) else { return Set::new() };
        let mut set = positions.passing.clone();
        set.extend(self.kept.get(positions.kept as usize).into_iter().flatten());
        set.sort_unstable();
        set
    }

    /// States and edges, for reports.
    pub(crate) fn size(&self) -> (usize, usize) {
        let loose = |state: &State| state.loose.as_ref().map_or(0, |loose| loose.len());
        let edges =
            |state: &State| state.names.len() + loose(state) + 1 + state.elements.as_ref().map_or(1, Elements::len);
        (self.states.len(), self.states.iter().map(edges).sum())
    }
}

impl State {
    /// A state with the same edge for every child.
    fn constant(positions: Positions, edge: Edge, may_drop: bool) -> Self {
        Self {
            positions,
            lengths: 0,
            names: Names::default(),
            base: DEAD,
            other: edge,
            every_element: Some(edge),
            elements: None,
            loose: None,
            may_drop,
        }
    }

    /// No rule can be reached, and what no query selects does not go on as it is, or not unseen.
    fn left(program: &Program) -> Self {
        let edge = Edge { next: LEFT, action: program.rest() };
        Self {
            other: Edge { next: LEFT, action: program.rest() | NAME },
            ..Self::constant(Positions::default(), edge, false)
        }
    }

    fn dead() -> Self {
        Self::constant(Positions::default(), Edge::default(), false)
    }

    fn asking(may_drop: bool) -> Self {
        Self::constant(Positions::default(), Edge { next: DYNAMIC, action: ASK }, may_drop)
    }
}

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;
