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
    /// The group whose actions do not hold for a selected child: that of an exception at its last segment, else 0.
    pub(crate) excepts: u32,
}

impl Position {
    /// Whether more segments follow.
    pub(super) const fn goes_on(&self) -> bool {
        self.action == 0 && self.excepts == 0
    }
}

/// What selects one node: the strictest action wins of those that no exception takes out.
#[derive(Debug, Default)]
pub(super) struct Selected {
    strictest: u32,
    /// Every action, where the program has exceptions.
    actions: Set,
    excepted: Set,
}

impl Selected {
    pub(super) fn add(&mut self, position: &Position, program: &Program) {
        self.strictest = self.strictest.max(position.action);
        if program.groups.is_empty() {
            return;
        }
        if position.excepts > 0 {
            self.excepted.push(position.excepts);
        } else if position.action > 0 {
            self.actions.push(position.action);
        }
    }

    pub(super) fn action(&self, program: &Program) -> u32 {
        if self.excepted.is_empty() {
            return self.strictest;
        }
        let group = |action: u32| program.groups.get(action as usize).copied().unwrap_or_default();
        let holds = |action: &u32| !self.excepted.contains(&group(*action));
        self.actions.iter().copied().filter(holds).max().unwrap_or_default()
    }
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
    /// What selects the root.
    of_root: Selected,
    /// The group of each action, by its number; empty where there are no exceptions.
    groups: Vec<u32>,
}

impl Program {
    /// A program with exceptions: `groups` holds the group of each action, from 1 on, by its number.
    pub(crate) fn with_groups(groups: Vec<u32>) -> Self {
        Self { groups, ..Self::default() }
    }

    /// Adds a query; `action` is what happens to the nodes it selects.
    pub(crate) fn add(&mut self, segments: &[Segment], action: u32, drops: bool) {
        self.add_query(segments, action, drops, 0);
    }

    /// Adds an exception: for the nodes that the query selects, actions of the group do not hold. The query must not look
    /// ahead: what cannot be decided would select.
    pub(crate) fn except(&mut self, segments: &[Segment], group: u32) {
        self.add_query(segments, 0, false, group);
    }

    fn add_query(&mut self, segments: &[Segment], action: u32, drops: bool, excepts: u32) {
        if segments.is_empty() {
            let segment = Segment { descendant: false, selectors: Vec::new() };
            let mut of_root = core::mem::take(&mut self.of_root);
            of_root.add(&Position { segment, action, drops, excepts }, self);
            self.root.action = of_root.action(self);
            self.of_root = of_root;
            return;
        }
        self.root.set.push(self.next_position());
        for (i, segment) in segments.iter().enumerate() {
            let last = i + 1 == segments.len();
            self.positions.push(Position {
                segment: segment.clone(),
                action: if last { action } else { 0 },
                drops: last && drops,
                excepts: if last { excepts } else { 0 },
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
        let (mut step, mut of_child) = (Step::default(), Selected::default());
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
                if position.goes_on() {
                    step.set.push(p + 1);
                }
                of_child.add(position, self);
            }
        }
        step.action = of_child.action(self);
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
