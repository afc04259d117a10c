//! Values held back until it is known what look-ahead queries (filter selectors, indices from the end) select in them.
//!
//! A held value is validated as it comes. When it is complete, [`crate::lookahead`] finds out which of its nodes are
//! selected, and a second stream reads it again with those marks in place of an automaton, so that there is one
//! way only in which values are masked.

use std::sync::Arc;

use super::{At, Fault, Skipped, Stream, emit::Emit, masker::Compiled};
use meshveil_mask::Container;

use crate::{
    ErrorCode,
    automaton::{ACTION, ASK, Automaton, Child, DEAD, DYNAMIC, Edge, HOLD, HOLD_ARRAY, NAME, Set, Step},
    lookahead::{self, Marks, Start},
    query::OutOfSteps,
    tape::Tape,
};

/// What is known about a value before it is read.
#[derive(Debug, Default)]
pub(super) enum Pending {
    /// Nothing is held.
    #[default]
    None,
    /// What selects it depends on itself: the set of its container and which child it is.
    Child { parent: Set, name: Option<Vec<u8>>, element: Option<u64> },
    /// What selects it is known, what selects inside it is not.
    Value(Step),
}

/// Where edges come from that are not in the automaton.
#[derive(Debug, Default)]
pub(super) enum Ask {
    /// All are in the automaton.
    #[default]
    Nothing,
    /// Sets of positions, one per open container from the root on; the last may belong to the value that comes next.
    Sets(Vec<Set>),
    /// Marks on the nodes of a held value, in the order in which they are visited.
    Marks(Marks),
}

impl Ask {
    pub(super) const fn is_marks(&self) -> bool {
        matches!(self, Self::Marks(_))
    }
}

/// The flag on the way to a member to whose name something happens.
const fn named(action: u32) -> u32 {
    if action == 0 { 0 } else { NAME }
}

impl Stream {
    /// The way to the root of the next document.
    pub(super) fn root_edge(&mut self) -> Edge {
        let compiled = Arc::clone(&self.compiled);
        if let Ask::Marks(marks) = &mut self.ask {
            return Edge { next: DYNAMIC, action: marks.next().0.max(self.inherited) };
        }
        let root = compiled.root;
        let step = compiled.program.root();
        if root.next == DYNAMIC {
            self.ask = Ask::Sets(vec![step.set.clone()]);
        }
        if root.action & (HOLD | HOLD_ARRAY) != 0 {
            self.pending = Pending::Value(step.clone());
        }
        Edge { next: root.next, action: root.action & !ASK }
    }

    /// Finds out an edge that the automaton does not hold.
    #[inline(never)]
    pub(super) fn ask(&mut self, compiled: &Compiled, edge: Edge, child: Child<'_>) -> Edge {
        let depth = self.frames.len();
        let state = self.frames.last().map_or(DEAD, |frame| frame.state);
        let program = &compiled.program;
        let of_state;
        let parent = match &mut self.ask {
            Ask::Marks(marks) => {
                let (action, name) = marks.next();
                self.asked_name = Some(name).filter(|&name| name != 0);
                return Edge { next: DYNAMIC, action: action | named(name) };
            }
            Ask::Sets(sets) if edge.action & ASK != 0 => {
                sets.truncate(depth);
                sets.last().map_or(&[][..], Vec::as_slice)
            }
            _ => {
                of_state = compiled.automaton.set(state);
                &of_state
            }
        };
        if program.has_filter(parent) {
            let (name, element) = match child {
                Child::Member(name) => (name.map(<[u8]>::to_vec), None),
                Child::Element { index, .. } => (None, Some(index)),
                Child::Folded(_) | Child::Ending(_) => (None, None),
            };
            // The name stands before the value that filters look at.
            let of_name =
                if name.is_some() || element.is_none() { program.step_without_filters(parent, child).name } else { 0 };
            self.pending = Pending::Child { parent: parent.to_vec(), name, element };
            self.asked_name = Some(of_name).filter(|&name| name != 0);
            return Edge { next: DEAD, action: HOLD | named(of_name) };
        }
        let step = program.step_without_filters(parent, child);
        self.asked_name = Some(step.name).filter(|&name| name != 0);
        let next = if step.set.is_empty() { Automaton::left(program) } else { DYNAMIC };
        let mut edge = Edge { next, action: step.action | named(step.name) };
        if program.needs_length(&step.set) {
            edge.action |= HOLD_ARRAY;
        }
        if let Ask::Sets(sets) = &mut self.ask {
            sets.push(step.set);
        }
        edge
    }

    /// Holds the value at `pos`.
    pub(super) fn hold(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        pos: usize,
        emit: &mut Emit<'_>,
    ) -> Result<(), Fault> {
        if self.edge.action & HOLD == 0 {
            // An array whose length matters: what selects it is known.
            let set = match &self.ask {
                Ask::Sets(sets) => sets.last().cloned().unwrap_or_default(),
                _ => compiled.automaton.set(self.edge.next),
            };
            self.pending = Pending::Value(Step { set, action: self.edge.action & ACTION, name: 0 });
        }
        if self.separator.is_open() {
            self.check_separator(compiled, pos)?;
            self.separator.keep_back(chunk, pos, emit);
        } else {
            emit.copy_to(chunk, pos);
        }
        self.held.clear();
        self.held_from = self.offset + pos as u64;
        self.skip_value(Skipped::Held);
        Ok(())
    }

    /// The held value ended before `end`: masks what is selected in it.
    pub(super) fn release(
        &mut self,
        compiled: &Compiled,
        chunk: &[u8],
        end: usize,
        emit: &mut Emit<'_>,
    ) -> Result<(), Fault> {
        let mut held = core::mem::take(&mut self.held);
        let rest = emit.rest(chunk, end);
        let value = if held.is_empty() {
            rest
        } else {
            held.extend_from_slice(rest);
            &held
        };
        let pending = core::mem::take(&mut self.pending);
        let inherited = self.frames.last().map_or(self.inherited, |frame| frame.action) & ACTION;
        let start = match &pending {
            Pending::None => Start::Known(Step::default()),
            Pending::Value(step) => Start::Known(step.clone()),
            Pending::Child { parent, name, element } => Start::Child {
                parent,
                child: element.map_or(Child::Member(name.as_deref()), |index| Child::Element { index, len: None }),
            },
        };
        let whole = |action: u32| compiled.action(action).is_some_and(|action| action.container != Container::Leaves);
        let mut tape = Tape::new();
        tape.read(value).map_err(|_| Fault(ErrorCode::TooManySteps, end))?;
        let document = tape.over(value);
        let marks = lookahead::mark(&compiled.program, document, start, inherited, whole, compiled.limits.steps)
            .map_err(|OutOfSteps| Fault(ErrorCode::TooManySteps, end))?;
        drop(tape);
        let action = marks.first().max(inherited);
        if compiled.action(action).is_some_and(|action| action.container == Container::Drop) {
            self.drop_held_separator();
            self.replace_whole(compiled, action, emit);
        } else {
            self.release_kept(chunk, (value, end), marks, inherited, emit)?;
        }
        held.clear();
        self.held = held;
        Ok(())
    }

    /// Reads a held value again, with marks in place of an automaton.
    fn release_kept(
        &mut self,
        chunk: &[u8],
        (value, end): (&[u8], usize),
        marks: Marks,
        inherited: u32,
        emit: &mut Emit<'_>,
    ) -> Result<(), Fault> {
        self.keep_held_child(chunk, emit);
        let mut again = Self::new(Arc::clone(&self.compiled));
        again.ask = Ask::Marks(marks);
        again.inherited = inherited;
        again.nested = self.nested;
        again.hint = self.here();
        again.at = At::Value;
        again.edge = again.root_edge();
        // It has been validated, and what is held in a document is within its depth.
        let read = again.push(value, emit.out()).and_then(|()| again.finish(emit.out()));
        read.map_err(|error| Fault(error.code, end))?;
        self.add(&again.report);
        Ok(())
    }
}
