//! Elements of a state's arrays and where they lead: index ranges, each with a period for steps.

use super::Edge;
use crate::query::Selector;

/// Beyond this least common multiple of slice steps, or this many edges, a state is not tabulated.
const MAX_PERIOD: u64 = 64;
const MAX_EDGES: usize = 4_096;

/// Where elements lead, by index.
#[derive(Debug)]
pub(super) struct Elements {
    /// First index of every range but the first, ascending.
    starts: Vec<u64>,
    period: u64,
    /// One edge per range and residue.
    edges: Vec<Edge>,
}

impl Elements {
    /// Tabulates `edge` over all indices that `selectors` can tell apart; `None` where that takes too much room.
    pub(super) fn new<'a>(
        selectors: impl Iterator<Item = &'a Selector>,
        mut edge: impl FnMut(u64) -> Edge,
    ) -> Option<Self> {
        let mut starts = Vec::new();
        let mut period = 1;
        for selector in selectors {
            // Between a bound, the index after it and the next bound, only the residue matters.
            let mut bound = |index: Option<i64>| {
                if let Some(index) = index.and_then(|index| u64::try_from(index).ok()) {
                    for start in [index, index + 1] {
                        if let Err(at) = starts.binary_search(&start)
                            && start > 0
                        {
                            starts.insert(at, start);
                        }
                    }
                }
            };
            match *selector {
                Selector::Index(index) => bound(Some(index)),
                Selector::Slice { start, end, step } => {
                    bound(start);
                    bound(end);
                    period = lcm(period, step.unsigned_abs().max(1))?;
                }
                _ => {}
            }
        }
        if (starts.len() + 1).checked_mul(usize::try_from(period).ok()?)? > MAX_EDGES {
            return None;
        }
        let mut edges = Vec::new();
        for start in core::iter::once(0).chain(starts.iter().copied()) {
            // The first index of the range with each residue, in the order of the residues. One that lies beyond the range
            // stands for no element.
            edges.extend((0..period).map(|residue| edge(start + (residue + period - start % period) % period)));
        }
        Some(Self { starts, period, edges })
    }

    /// The one edge of every element, where all are alike.
    pub(super) fn uniform(&self) -> Option<Edge> {
        let first = self.edges.first()?;
        self.edges.iter().all(|edge| edge == first).then_some(*first)
    }

    /// Where the element at `index` leads.
    pub(super) fn get(&self, index: u64) -> Option<Edge> {
        let range = self.starts.partition_point(|&start| start <= index) as u64;
        let at = range * self.period + index % self.period;
        self.edges.get(usize::try_from(at).ok()?).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.edges.len()
    }
}

fn lcm(a: u64, b: u64) -> Option<u64> {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x).checked_mul(b).filter(|&lcm| lcm <= MAX_PERIOD)
}
