//! Which nodes of a held value are selected, now that all of it is known.

use crate::{
    automaton::{Child, Program, Step},
    query::{Filter, OutOfSteps, test},
    tape::{Document, Kind, NodeId},
};

/// What is known about the held value itself.
#[derive(Debug)]
pub(crate) enum Start<'a> {
    /// What selects it, and what waits for its children.
    Known(Step),
    /// It is this child of a container with this set.
    Child { parent: &'a [u32], child: Child<'a> },
}

/// Actions on the nodes of a value, in the order in which a stream visits them. What is inside a node that is replaced
/// as a whole is not visited and not counted.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Number of a node and its action, ascending; the last first.
    marks: Vec<(u32, u32)>,
    visited: u32,
    first: u32,
}

impl Marks {
    /// The action on the next node; 0 for none.
    pub(crate) fn next(&mut self) -> u32 {
        let node = self.visited;
        self.visited += 1;
        self.marks.pop_if(|&mut (marked, _)| marked == node).map_or(0, |(_, action)| action)
    }

    /// The action on the value itself.
    pub(crate) const fn first(&self) -> u32 {
        self.first
    }
}

/// Marks the nodes of `value`. `inherited` is what its scalars inherit from outside; `whole` says which actions leave
/// nothing inside to visit.
///
/// # Errors
/// [`OutOfSteps`] when it takes more than `budget`.
pub(crate) fn mark(
    program: &Program,
    value: Document<'_>,
    start: Start<'_>,
    inherited: u32,
    whole: impl Fn(u32) -> bool,
    mut budget: u64,
) -> Result<Marks, OutOfSteps> {
    let holds = |filter: &Filter, node, budget: &mut u64| test(filter, value, NodeId::ROOT, node, budget);
    let root = match start {
        Start::Known(step) => step,
        Start::Child { parent, child } => {
            program.step(parent, child, |filter| holds(filter, NodeId::ROOT, &mut budget))?
        }
    };
    let first = root.action;
    let mut marks = Vec::new();
    let mut visited = 0;
    // Nodes that are still to visit, the next one last.
    let mut waiting = vec![(NodeId::ROOT, root, inherited)];
    while let Some((node, step, inherited)) = waiting.pop() {
        if step.action > 0 {
            marks.push((visited, step.action));
        }
        visited += 1;
        let action = step.action.max(inherited);
        let kind = value.kind(node);
        if whole(action) || !kind.is_container() {
            continue;
        }
        if step.set.is_empty() {
            visited += value.after(node).number() - node.number() - 1;
            continue;
        }
        let from = waiting.len();
        let len = Some(u64::from(value.child_count(node)));
        for (index, node) in (0..).zip(value.children(node)) {
            budget = budget.checked_sub(1 + step.set.len() as u64).ok_or(OutOfSteps)?;
            let key = value.key(node);
            let child = match kind {
                Kind::Object => Child::Member(key.as_ref().map(|key| key.as_bytes())),
                _ => Child::Element { index, len },
            };
            let step = program.step(&step.set, child, |filter| holds(filter, node, &mut budget))?;
            waiting.push((node, step, action));
        }
        if let Some(children) = waiting.get_mut(from..) {
            children.reverse();
        }
    }
    marks.reverse();
    Ok(Marks { marks, visited: 0, first })
}
