//! What a change of manifests and policies means: who gains or loses what.

mod access;
mod change;
mod connections;
mod faults;
mod locks;
mod settings;
mod side;

use crate::Cluster;
pub use change::{Change, Effect, Kind};
use side::{Pairs, Side};

/// What differs between two states of a cluster.
#[derive(Debug, Clone, Default)]
pub struct Diff {
    /// The changes, the most dangerous first.
    pub changes: Vec<Change>,
    /// Workloads whose single faults are too many to compare.
    pub not_compared: Vec<String>,
}

impl Diff {
    /// Compares two states by their meaning, not by their text; connections only where they are asked for.
    #[must_use]
    pub fn find(before: &Cluster, after: &Cluster, with_connections: bool) -> Self {
        let (reach_before, reach_after) = (before.reach(), after.reach());
        let (before, after) = (Side::new(before, &reach_before), Side::new(after, &reach_after));
        let pairs = Pairs::new(&before, &after);
        let mut diff = Self { changes: side::workloads(&pairs), not_compared: Vec::new() };
        let accesses = access::all(&pairs);
        diff.changes.extend(access::changes(&accesses));
        diff.changes.extend(settings::changes(&pairs));
        diff.changes.extend(faults::changes(&pairs, &accesses, &mut diff.not_compared));
        diff.changes.extend(locks::changes(&pairs));
        if with_connections {
            diff.changes.extend(connections::changes(&pairs));
        }
        diff.changes.sort();
        diff.changes.dedup();
        diff
    }

    /// The changes with an effect.
    pub fn with(&self, effect: Effect) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.effect == effect)
    }

    /// Whether a source gains access, or fewer layers keep it from it.
    #[must_use]
    pub fn is_dangerous(&self) -> bool {
        self.changes.iter().any(|change| change.effect <= Effect::Weaker)
    }
}
