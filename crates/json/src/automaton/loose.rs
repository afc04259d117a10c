//! Names of a state without case, and where they lead.
//!
//! A name that no query mentions as it is leads where its folded form does; where no query means that either, where the
//! longest ending leads that it has. What a shorter ending selects, the edge of the longer one holds, too.

use std::collections::BTreeMap;

use super::Edge;
use crate::query::fold;

/// Folded names and endings of a state.
#[derive(Debug)]
pub(super) struct Loose {
    names: BTreeMap<Box<str>, Edge>,
    /// The longest first.
    endings: Vec<(Box<str>, Edge)>,
}

impl Loose {
    pub(super) fn new(names: BTreeMap<Box<str>, Edge>, mut endings: Vec<(Box<str>, Edge)>) -> Self {
        endings.sort_by_key(|(end, _)| std::cmp::Reverse(end.len()));
        Self { names, endings }
    }

    /// Where a name leads; `None` for one that no query means.
    pub(super) fn get(&self, name: &str) -> Option<Edge> {
        let name = fold(name);
        let ending = || self.endings.iter().find(|(end, _)| name.ends_with(&**end)).map(|(_, edge)| *edge);
        self.names.get(&*name).copied().or_else(ending)
    }

    pub(super) fn len(&self) -> usize {
        self.names.len() + self.endings.len()
    }
}
