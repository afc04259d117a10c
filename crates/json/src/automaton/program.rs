//! All queries of a view as one non-deterministic automaton: a position is a segment of a query that waits for a child.

use crate::query::{Segment, Selector, slice_selects};

/// A set of positions, sorted, without duplicates.
pub(crate) type Set = Vec<u32>;

/// One segment of one query, waiting to be matched against the children of a node.
#[derive(Debug)]
pub(crate) struct Position {
    pub(crate) segment: Segment,
    /// What happens to a selected child: the rule's action at the last segment, 0 before.
    pub(crate) action: u32,
    /// Whether the rule removes what it selects.
    pub(crate) drops: bool,
}

/// A child of a node, as far as selectors can tell children apart.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Child<'a> {
    /// A member with this decoded name; `None` is a name that no query mentions.
    Member(Option<&'a [u8]>),
    /// An element; the length of the array where it is known.
    Element { index: u64, len: Option<u64> },
}

/// Where a step leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// Positions that wait for the children of the child.
    pub(crate) set: Set,
    /// The strictest action that selects the child; 0 where none does.
    pub(crate) action: u32,
}

/// The positions of all queries of a view.
#[derive(Debug, Default)]
pub(crate) struct Program {
    positions: Vec<Position>,
    root: Step,
}

impl Program {
    /// Adds a query; `action` is what happens to the nodes it selects.
    pub(crate) fn add(&mut self, segments: &[Segment], action: u32, drops: bool) {
        if segments.is_empty() {
            self.root.action = self.root.action.max(action);
            return;
        }
        self.root.set.push(self.next_position());
        for (i, segment) in segments.iter().enumerate() {
            let last = i + 1 == segments.len();
            self.positions.push(Position {
                segment: segment.clone(),
                action: if last { action } else { 0 },
                drops: last && drops,
            });
        }
    }

    fn next_position(&self) -> u32 {
        u32::try_from(self.positions.len()).unwrap_or(u32::MAX)
    }

    /// What holds at the root of a document.
    pub(crate) const fn root(&self) -> &Step {
        &self.root
    }

    /// The positions of a set.
    pub(crate) fn positions<'a>(&'a self, set: &'a [u32]) -> impl Iterator<Item = (u32, &'a Position)> {
        set.iter().filter_map(|&p| Some((p, self.positions.get(p as usize)?)))
    }

    /// One position.
    pub(crate) fn position(&self, p: u32) -> Option<&Position> {
        self.positions.get(p as usize)
    }

    /// One step down to `child`; `filter` decides filter selectors.
    pub(crate) fn step<E>(
        &self,
        set: &[u32],
        child: Child<'_>,
        mut filter: impl FnMut(&crate::query::Filter) -> Result<bool, E>,
    ) -> Result<Step, E> {
        let mut step = Step::default();
        for (p, position) in self.positions(set) {
            if position.segment.descendant {
                step.set.push(p);
            }
            let mut selected = false;
            for selector in &position.segment.selectors {
                selected = match selector {
                    Selector::Filter(expression) => filter(expression)?,
                    _ => selects(selector, child),
                };
                if selected {
                    break;
                }
            }
            if selected {
                if position.action == 0 {
                    step.set.push(p + 1);
                }
                step.action = step.action.max(position.action);
            }
        }
        step.set.sort_unstable();
        step.set.dedup();
        Ok(step)
    }

    /// One step in which no filter selects.
    pub(crate) fn step_without_filters(&self, set: &[u32], child: Child<'_>) -> Step {
        self.step::<core::convert::Infallible>(set, child, |_| Ok(false)).unwrap_or_else(|never| match never {})
    }

    /// Whether children of a node with this set can be told apart only by looking into them.
    pub(crate) fn has_filter(&self, set: &[u32]) -> bool {
        self.selectors(set).any(|selector| matches!(selector, Selector::Filter(_)))
    }

    /// Whether the elements of an array with this set can be told apart only when its length is known.
    pub(crate) fn needs_length(&self, set: &[u32]) -> bool {
        self.selectors(set).any(|selector| match *selector {
            Selector::Index(index) => index < 0,
            Selector::Slice { start, end, step } => crate::query::needs_length(start, end, step),
            _ => false,
        })
    }

    /// Whether a child of a node with this set may have to disappear.
    #[cfg(test)]
    pub(crate) fn may_drop(&self, set: &[u32]) -> bool {
        self.positions(set).any(|(_, position)| position.drops)
    }

    /// The selectors of all positions of a set.
    pub(crate) fn selectors<'a>(&'a self, set: &'a [u32]) -> impl Iterator<Item = &'a Selector> {
        self.positions(set).flat_map(|(_, position)| &position.segment.selectors)
    }
}

pub(super) fn selects(selector: &Selector, child: Child<'_>) -> bool {
    match (selector, child) {
        (Selector::Wildcard, _) => true,
        (Selector::Name(name), Child::Member(Some(member))) => name.as_bytes() == member,
        (&Selector::Index(wanted), Child::Element { index, len }) => match u64::try_from(wanted) {
            Ok(wanted) => wanted == index,
            Err(_) => len.is_some_and(|len| index.checked_add(wanted.unsigned_abs()) == Some(len)),
        },
        (&Selector::Slice { start, end, step }, Child::Element { index, len }) => {
            // `None` needs the length: such an array is held and comes back with it.
            slice_selects(start, end, step, len, index).unwrap_or(false)
        }
        _ => false,
    }
}
