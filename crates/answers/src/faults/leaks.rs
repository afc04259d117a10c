//! What leaks after faults: every combination is tried, on the sources for which it may change something.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_plan::Plan;
use meshveil_reach::manifest::Manifests;
use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::{Form, Options, Reach};

use super::fault::{Change, Fault, apply, single};
use crate::concern::Concern;

/// What a source gets of a field after some faults, where that is more than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// The faults.
    pub faults: Vec<Fault>,
    /// Index of the source.
    pub source: usize,
    /// The field.
    pub field: String,
    /// What the source gets without a fault.
    pub before: Form,
    /// What it gets after the faults.
    pub after: Form,
}

/// The forms of every field for every source.
type Forms = BTreeMap<(usize, String), Form>;

fn forms(reach: &Reach<'_>, destination: usize, plan: &Plan, sources: impl Iterator<Item = usize>) -> Forms {
    let mut forms = Forms::new();
    for source in sources {
        for (field, exposure) in reach.exposure(Endpoint::Workload(source), destination, plan) {
            forms.insert((source, field), exposure.form);
        }
    }
    forms
}

/// Forms after faults.
struct Trial<'a> {
    manifests: &'a Manifests,
    options: &'a Options,
    destination: usize,
    plan: &'a Plan,
    sources: &'a [usize],
    /// Without a fault, but for policies that are left out for a moment.
    reach: Reach<'a>,
    /// The pods on the way, whose policies concern every source.
    gates: Vec<usize>,
}

impl Trial<'_> {
    /// The forms after some faults, for the sources for which they may have changed.
    fn after(&mut self, faults: &[&Fault]) -> Forms {
        let dropped = |fault: &&Fault| match fault.change {
            Change::NetworkPolicy(at) => Some(at),
            _ => None,
        };
        let Some(dropped) = faults.iter().map(dropped).collect::<Option<Vec<usize>>>() else {
            let changed = apply(self.manifests, faults);
            let reach = Reach::new(&changed, self.options);
            return forms(&reach, self.destination, self.plan, self.sources.iter().copied());
        };
        let network = &self.reach.network;
        let selected: BTreeSet<usize> = dropped.iter().flat_map(|at| network.selected(*at)).collect();
        let concerns_all = self.gates.iter().any(|gate| selected.contains(gate));
        let concerned = self.sources.iter().copied().filter(|source| concerns_all || selected.contains(source));
        let concerned: Vec<usize> = concerned.collect();
        let (destination, plan) = (self.destination, self.plan);
        self.reach.without_policies(&dropped, |reach| forms(reach, destination, plan, concerned.into_iter()))
    }
}

/// What leaks to the sources after every combination of exactly `count` faults. One to three are practical: the number of
/// combinations grows with that power.
#[must_use]
pub fn leaks(
    manifests: &Manifests,
    options: &Options,
    destination: usize,
    plan: &Plan,
    sources: &[usize],
    count: usize,
) -> Vec<Leak> {
    let faults = single(manifests, &options.filter, destination);
    let reach = Reach::new(manifests, options);
    let before = forms(&reach, destination, plan, sources.iter().copied());
    let gates = Concern::new(manifests, destination).gates;
    let mut trial = Trial { manifests, options, destination, plan, sources, reach, gates };
    let mut leaks = Vec::new();
    for chosen in combinations(faults.len(), count) {
        let chosen: Vec<&Fault> = chosen.iter().filter_map(|at| faults.get(*at)).collect();
        // Dropping one policy besides all of them is not a second fault.
        let every = chosen.iter().any(|fault| fault.change == Change::EveryNetworkPolicy);
        if every && chosen.iter().any(|fault| matches!(fault.change, Change::NetworkPolicy(_))) {
            continue;
        }
        for ((source, field), after) in trial.after(&chosen) {
            let before = before.get(&(source, field.clone())).copied().unwrap_or(Form::Unreachable);
            if after > before && after >= Form::Masked {
                let faults = chosen.iter().map(|fault| (*fault).clone()).collect();
                leaks.push(Leak { faults, source, field, before, after });
            }
        }
    }
    leaks
}

/// Every way to choose `count` of `size` numbers, rising.
fn combinations(size: usize, count: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..count {
        all = all
            .into_iter()
            .flat_map(|chosen| {
                let from = chosen.last().map_or(0, |last| last + 1);
                (from..size).map(move |next| chosen.iter().copied().chain([next]).collect())
            })
            .collect();
    }
    all
}
