//! All queries of a view as one non-deterministic automaton: a position is a segment of a query that waits for a child.

use super::{NET, QUIET, REST};
use crate::query::{Segment, Selector, fold, slice_selects};

/// A set of positions, sorted, without duplicates.
pub(crate) type Set = Vec<u32>;

/// One segment of one query, waiting to be matched against the children of a node.
#[derive(Debug)]
pub(crate) struct Position {
    pub(crate) segment: Segment,
    /// What happens to a selected child.
    pub(crate) target: Target,
    /// Whether the rule removes what it selects.
    pub(crate) drops: bool,
}

/// What a segment does with the children that it selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The next segment looks at their children.
    Next,
    /// They are masked, by the action of this number.
    Value(u32),
    /// Their names are masked, by the action of this number.
    Name(u32),
    /// They go on as they are where what no query lists does not, unless a rule masks them.
    Shown,
    /// Their names go on as they are there.
    Named,
    /// Actions of this group do not hold for them, and they go on as they are unless another action does.
    Except(u32),
    /// They are not looked through for what detectors find.
    Quiet,
    /// Their names are not looked through.
    QuietName,
}

/// A child of a node, as far as selectors can tell children apart.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Child<'a> {
    /// A member with this decoded name; `None` is a name that no query mentions.
    Member(Option<&'a [u8]>),
    /// A member whose name, folded, is this, and that no query mentions exactly.
    Folded(&'a str),
    /// A member whose name, folded, ends in this, and in no longer name of a query, and that no query mentions otherwise.
    Ending(&'a str),
    /// An element; the length of the array where it is known.
    Element { index: u64, len: Option<u64> },
}

/// Where a step leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// Positions that wait for the children of the child.
    pub(crate) set: Set,
    /// The strictest action that selects the child; [`REST`] where none does and it is not listed; [`NET`] where it is looked
    /// through; 0 where nothing happens.
    pub(crate) action: u32,
    /// As `action` for the name of a member.
    pub(crate) name: u32,
}

/// The positions of all queries of a view.
#[derive(Debug, Default)]
pub(crate) struct Program {
    positions: Vec<Position>,
    root: Step,
    /// What selects the root.
    of_root: Outcome,
    /// The group of each action, by its number; empty where there are no exceptions.
    groups: Vec<u32>,
    /// Whether something happens to what no query lists.
    hides_rest: bool,
    /// Whether what goes on otherwise is looked through.
    searches: bool,
    /// Whether names are masked by rules.
    has_names: bool,
    /// Whether some names are not looked through.
    has_quiet_names: bool,
}

impl Program {
    /// A program in which something happens to what no query lists, where `hides_rest`, and in which everything that would go on as
    /// it is is looked through, where `searches`. `groups` holds the group of each action, by its number, and nothing where there
    /// are no exceptions.
    pub(crate) fn new(hides_rest: bool, searches: bool, groups: Vec<u32>) -> Self {
        let mut program = Self { hides_rest, searches, groups, ..Self::default() };
        program.root.action = program.rest();
        program
    }

    /// Whether something happens to what no query lists.
    pub(crate) const fn hides_rest(&self) -> bool {
        self.hides_rest
    }

    /// The action on what no query selects.
    pub(crate) const fn rest(&self) -> u32 {
        if self.hides_rest {
            REST
        } else if self.searches {
            NET
        } else {
            0
        }
    }

    /// Whether what happens to a name that no rule masks depends on the name.
    pub(crate) const fn tells_names_apart(&self) -> bool {
        self.has_names || (self.searches && (self.hides_rest || self.has_quiet_names))
    }

    /// Whether actions of some groups do not hold somewhere.
    pub(crate) fn has_exceptions(&self) -> bool {
        !self.groups.is_empty()
    }

    /// Adds a query of a rule; `action` is what happens to the nodes it selects.
    pub(crate) fn add(&mut self, segments: &[Segment], action: u32, drops: bool) {
        self.add_target(segments, Target::Value(action), drops);
    }

    /// Adds a query. One that excepts must not look ahead: what cannot be decided would select.
    pub(crate) fn add_target(&mut self, segments: &[Segment], target: Target, drops: bool) {
        self.has_names |= matches!(target, Target::Name(_));
        self.has_quiet_names |= matches!(target, Target::QuietName);
        if segments.is_empty() {
            self.of_root.add_target(target, !self.groups.is_empty());
            self.root.action = self.of_root.action(self);
            return;
        }
        self.root.set.push(self.next_position());
        for (i, segment) in segments.iter().enumerate() {
            let last = i + 1 == segments.len();
            self.positions.push(Position {
                segment: segment.clone(),
                target: if last { target } else { Target::Next },
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
        let mut set_of_child = Set::new();
        let mut outcome = Outcome::default();
        let has_exceptions = self.has_exceptions();
        for (p, position) in self.positions(set) {
            if position.segment.descendant {
                set_of_child.push(p);
            }
            let mut selected = outcome.add(position, child, has_exceptions);
            for selector in &position.segment.selectors {
                if selected {
                    break;
                }
                if let Selector::Filter(expression) = selector {
                    selected = filter(expression)?;
                    if selected {
                        outcome.add_filtered(position, has_exceptions);
                    }
                }
            }
            if selected && position.target == Target::Next {
                set_of_child.push(p + 1);
            }
        }
        set_of_child.sort_unstable();
        set_of_child.dedup();
        let (action, name) = outcome.end(self, child);
        Ok(Step { set: set_of_child, action, name })
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

/// What the positions that select a child make of it.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    action: u32,
    name: u32,
    shown: bool,
    named: bool,
    quiet: bool,
    quiet_name: bool,
    /// Every action on the value, where there are exceptions.
    actions: Set,
    /// The groups whose actions do not hold.
    excepted: Set,
}

impl Outcome {
    /// Adds a position, and says whether it selects the child, filters aside.
    pub(super) fn add(&mut self, position: &Position, child: Child<'_>, has_exceptions: bool) -> bool {
        let is_name = |selector: &Selector| matches!(selector, Selector::Name(_) | Selector::Loose(_));
        let mut selected = false;
        for selector in &position.segment.selectors {
            if selects(selector, child) {
                selected = true;
                self.named |=
                    is_name(selector) || matches!(position.target, Target::Shown | Target::Named | Target::Except(_));
            }
        }
        match position.target {
            Target::Name(action) if selected => self.name = self.name.max(action),
            target if selected => self.add_target(target, has_exceptions),
            _ => {}
        }
        selected
    }

    /// Adds a position of which a filter selects the child. It does not list the child's name.
    fn add_filtered(&mut self, position: &Position, has_exceptions: bool) {
        self.add_target(position.target, has_exceptions);
    }

    /// Adds what happens to the value of the child.
    fn add_target(&mut self, target: Target, has_exceptions: bool) {
        match target {
            Target::Value(action) => {
                self.action = self.action.max(action);
                if has_exceptions {
                    self.actions.push(action);
                }
            }
            Target::Shown => self.shown = true,
            Target::Quiet => self.quiet = true,
            Target::QuietName => self.quiet_name = true,
            Target::Except(group) => self.excepted.push(group),
            Target::Name(_) | Target::Named | Target::Next => {}
        }
    }

    /// The strictest action on the value of those that no exception takes out.
    fn action(&self, program: &Program) -> u32 {
        let group = |action: u32| program.groups.get(action as usize).copied().unwrap_or_default();
        let holds = |action: &u32| !self.excepted.contains(&group(*action));
        let action = if self.excepted.is_empty() {
            self.action
        } else {
            self.actions.iter().copied().filter(holds).max().unwrap_or_default()
        };
        let is_listed = self.shown || !self.excepted.is_empty();
        if action != 0 {
            action
        } else if program.hides_rest && !is_listed {
            REST
        } else if program.searches && !self.quiet {
            NET
        } else {
            0
        }
    }

    /// The actions on the child and on its name.
    pub(super) fn end(&self, program: &Program, child: Child<'_>) -> (u32, u32) {
        let name = match child {
            Child::Element { .. } => 0,
            _ if self.name != 0 => self.name,
            _ if program.hides_rest && !self.named => REST,
            _ if program.searches => {
                if self.quiet_name {
                    QUIET
                } else {
                    NET
                }
            }
            _ => 0,
        };
        (self.action(program), name)
    }
}

pub(super) fn selects(selector: &Selector, child: Child<'_>) -> bool {
    match (selector, child) {
        (Selector::Wildcard, _) => true,
        (Selector::Loose(loose), Child::Folded(name)) => loose.fits_folded(name),
        (Selector::Loose(loose), Child::Ending(end)) => loose.is_ending() && loose.fits_folded(end),
        (Selector::Loose(loose), Child::Member(Some(name))) => {
            core::str::from_utf8(name).is_ok_and(|name| loose.fits_folded(&fold(name)))
        }
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
