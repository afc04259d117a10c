//! The two states, and what belongs together in them.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_plan::Plan;
use meshveil_policy::Policy;
use meshveil_reach::{
    Reach,
    network::{Endpoint, Matrix, blocks::AddressRange},
};

use super::change::{Change, Effect, Kind};
use crate::Cluster;

/// One state.
pub(super) struct Side<'c> {
    pub(super) reach: &'c Reach<'c>,
    pub(super) matrix: Matrix,
    /// Workloads by title.
    workloads: BTreeMap<String, usize>,
    /// Policies by the titles of the workloads they protect.
    policies: BTreeMap<String, &'c Policy>,
}

/// Who may be at an end of a connection, under the name that both states share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Workload(String),
    /// A range that neither state cuts.
    Range(AddressRange),
}

impl<'c> Side<'c> {
    pub(super) fn new(cluster: &'c Cluster, reach: &'c Reach<'c>) -> Self {
        let title = |workload| reach.network.title(Endpoint::Workload(workload));
        Self {
            reach,
            matrix: Matrix::new(&reach.network),
            workloads: (0..cluster.manifests.workloads.len()).map(|at| (title(at), at)).collect(),
            policies: cluster.protected(reach).into_iter().map(|(policy, at)| (title(at), policy)).collect(),
        }
    }

    pub(super) fn workload(&self, title: &str) -> Option<usize> {
        self.workloads.get(title).copied()
    }

    /// Where a source is in this state.
    pub(super) fn endpoint(&self, who: &Who) -> Option<Endpoint> {
        match who {
            Who::Workload(title) => self.workload(title).map(Endpoint::Workload),
            Who::Range(range) => {
                let holds = |known: &AddressRange| {
                    known.family == range.family && (known.first..=known.last).contains(&range.first)
                };
                self.reach.network.ranges().iter().position(holds).map(Endpoint::Range)
            }
        }
    }

    /// What masks the fields of a workload: the settings of its filter, otherwise what its policy wants.
    pub(super) fn plan(&self, title: &str) -> Option<Plan> {
        let own = self.workload(title).and_then(|workload| self.reach.plan_of(workload));
        own.or_else(|| self.policies.get(title).map(|policy| policy.plan()))
    }

    /// The ports that its policy protects.
    pub(super) fn ports(&self, title: &str) -> Vec<u16> {
        let ports = self.policies.get(title).into_iter().flat_map(|policy| &policy.workload.ports);
        ports.map(|port| port.port.value).collect()
    }

    pub(super) fn is_protected(&self, title: &str) -> bool {
        self.policies.contains_key(title)
    }
}

/// Both states.
pub(super) struct Pairs<'c> {
    pub(super) before: &'c Side<'c>,
    pub(super) after: &'c Side<'c>,
    /// Workloads of either, by title, then address ranges.
    pub(super) everybody: Vec<Who>,
    /// Titles of the workloads that either state protects.
    pub(super) protected: Vec<String>,
}

impl<'c> Pairs<'c> {
    pub(super) fn new(before: &'c Side<'c>, after: &'c Side<'c>) -> Self {
        let titles: BTreeSet<&String> = before.workloads.keys().chain(after.workloads.keys()).collect();
        let mut everybody: Vec<Who> = titles.into_iter().cloned().map(Who::Workload).collect();
        everybody.extend(ranges(before, after).into_iter().map(Who::Range));
        let protected: BTreeSet<&String> = before.policies.keys().chain(after.policies.keys()).collect();
        Self { before, after, everybody, protected: protected.into_iter().cloned().collect() }
    }

    /// Everybody who may ask a workload: not itself, and no waypoint.
    pub(super) fn sources<'p>(&'p self, destination: &'p str) -> impl Iterator<Item = &'p Who> {
        self.everybody.iter().filter(move |who| match who {
            Who::Workload(title) => {
                let is_waypoint = |side: &Side<'_>| side.workload(title).is_some_and(|at| side.reach.is_waypoint(at));
                title != destination && !is_waypoint(self.before) && !is_waypoint(self.after)
            }
            Who::Range(_) => true,
        })
    }
}

/// The ranges of both, cut so that each lies in one range of each.
fn ranges(before: &Side<'_>, after: &Side<'_>) -> Vec<AddressRange> {
    let both = || before.reach.network.ranges().iter().chain(after.reach.network.ranges());
    let starts: BTreeSet<_> = both().map(|range| (range.family, range.first)).collect();
    let ends: BTreeSet<_> = both().map(|range| (range.family, range.last)).collect();
    let end = |start: &(_, u128)| ends.range(start..).next().map(|(_, last)| *last);
    starts
        .iter()
        .filter_map(|start| Some(AddressRange { family: start.0, first: start.1, last: end(start)? }))
        .collect()
}

/// Names for reports; neighbouring ranges are one.
pub(super) fn titles<'w>(everybody: impl IntoIterator<Item = &'w Who>) -> Vec<String> {
    let mut titles = Vec::new();
    let mut joined: Vec<AddressRange> = Vec::new();
    for who in everybody {
        match who {
            Who::Workload(title) => titles.push(title.clone()),
            Who::Range(range) => match joined.last_mut() {
                Some(last) if last.family == range.family && last.last.checked_add(1) == Some(range.first) => {
                    last.last = range.last;
                }
                _ => joined.push(*range),
            },
        }
    }
    titles.extend(joined.into_iter().map(|range| format!("{range}[External]")));
    titles
}

/// Workloads that came or went.
pub(super) fn workloads(pairs: &Pairs<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for who in &pairs.everybody {
        let Who::Workload(title) = who else { continue };
        let word = match (pairs.before.workload(title), pairs.after.workload(title)) {
            (None, Some(_)) => "new",
            (Some(_), None) => "gone",
            _ => continue,
        };
        let text = format!("workload {title} is {word}");
        changes.push(Change::new(Effect::Other, Kind::Workload, text).about(vec![title.clone()], vec![], vec![]));
    }
    changes
}
