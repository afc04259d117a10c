//! Which nodes of a held value are selected, now that all of it is known.

use crate::{
    automaton::{Child, Program, Set, Step},
    query::{Filter, OutOfSteps, test},
    tape::{Children, Document, Kind, NodeId},
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
    /// Number of a node, its action and that of its name, ascending; the last first.
    marks: Vec<(u32, u32, u32)>,
    visited: u32,
    first: u32,
}

impl Marks {
    /// The actions on the next node and on its name; 0 for none.
    pub(crate) fn next(&mut self) -> (u32, u32) {
        let node = self.visited;
        self.visited += 1;
        self.marks.pop_if(|&mut (marked, ..)| marked == node).map_or((0, 0), |(_, action, name)| (action, name))
    }

    /// The action on the value itself.
    pub(crate) const fn first(&self) -> u32 {
        self.first
    }
}

/// A container whose children are visited.
struct Open<'a> {
    kind: Kind,
    len: Option<u64>,
    children: core::iter::Zip<core::ops::RangeFrom<u64>, Children<'a>>,
    /// What waits for its children.
    set: Set,
    /// What its scalars inherit.
    action: u32,
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
    let mut open = Vec::new();
    let mut next = Some((NodeId::ROOT, root, inherited));
    // Only what is open is kept, not every child of it: a held value may be one array of half a million elements.
    while let Some((node, step, inherited)) = next.take() {
        if step.action > 0 || step.name > 0 {
            marks.push((visited, step.action, step.name));
        }
        visited += 1;
        let action = step.action.max(inherited);
        let kind = value.kind(node);
        if !whole(action) && kind.is_container() {
            if step.set.is_empty() && program.rest() == 0 {
                visited += value.after(node).number() - node.number() - 1;
            } else {
                let len = Some(u64::from(value.child_count(node)));
                open.push(Open { kind, len, children: (0..).zip(value.children(node)), set: step.set, action });
            }
        }
        while let Some(container) = open.last_mut() {
            let Some((index, node)) = container.children.next() else {
                open.pop();
                continue;
            };
            budget = budget.checked_sub(1 + container.set.len() as u64).ok_or(OutOfSteps)?;
            let key = value.key(node);
            let child = match container.kind {
                Kind::Object => Child::Member(key.as_ref().map(|key| key.as_bytes())),
                _ => Child::Element { index, len: container.len },
            };
            let step = program.step(&container.set, child, |filter| holds(filter, node, &mut budget))?;
            next = Some((node, step, container.action));
            break;
        }
    }
    marks.reverse();
    Ok(Marks { marks, visited: 0, first })
}
