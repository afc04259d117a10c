//! Which unknown pods get a field: kinds of pods are tried, and of those that get the same the easiest to create are kept.

use meshveil_plan::Plan;
use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::{Exposure, Form, Options, Reach};

use super::candidate::{Candidate, Home, NEW, namespace, pod};
use super::candidates::candidates;

/// Kinds of pods that are tried at most; the others are counted.
const LIMIT: usize = 50_000;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// Those that get a field, the easiest first; of those that get the same, only those that no easier one covers.
    pub found: Vec<Candidate>,
    /// How many kinds of pods were too many to try; those that need least were tried.
    pub untried: usize,
}

/// Unknown pods that get a field of the plan in some form.
#[must_use]
pub fn search(reach: &Reach<'_>, options: &Options, destination: usize, plan: &Plan) -> Search {
    let mut candidates = candidates(reach, destination, plan);
    candidates.sort_by_key(Candidate::effort);
    let untried = candidates.len().saturating_sub(LIMIT);
    candidates.truncate(LIMIT);
    // All pods live in one copy of the cluster: they do not change what the policies mean for each other.
    let mut changed = reach.manifests.clone();
    let first = changed.workloads.len();
    for (at, candidate) in candidates.iter().enumerate() {
        let name = candidate.home.name().map_or_else(|| format!("{NEW}-{at}"), str::to_owned);
        if !matches!(candidate.home, Home::Existing(_)) {
            changed.namespaces.insert(name.clone(), namespace(&name, candidate.home.labels()));
        }
        changed.workloads.push(pod(candidate, &name, at));
    }
    let reach = Reach::new(&changed, options);
    let mut found: Vec<Candidate> = Vec::new();
    for (at, mut candidate) in candidates.into_iter().enumerate() {
        candidate.exposures = reach.exposure(Endpoint::Workload(first + at), destination, plan);
        candidate.exposures.retain(|_, exposure| exposure.form >= Form::Masked);
        if !candidate.exposures.is_empty() && !found.iter().any(|easier| covers(easier, &candidate)) {
            found.push(candidate);
        }
    }
    Search { found, untried }
}

/// Whether an easier candidate gets at least the same by asking for no more.
fn covers(easier: &Candidate, other: &Candidate) -> bool {
    let same_place = match (&easier.home, &other.home) {
        (Home::New(few), Home::New(many)) => subset(few, many),
        (Home::New(labels), _) => labels.is_empty(),
        (own, other) => own == other,
    };
    let same_identity = easier.service_account.is_none() || easier.service_account == other.service_account;
    let as_much =
        |(field, exposure): (&String, &Exposure)| easier.exposures.get(field).is_some_and(|e| e.form >= exposure.form);
    same_place && same_identity && subset(&easier.labels, &other.labels) && other.exposures.iter().all(as_much)
}

fn subset(few: &[(String, String)], many: &[(String, String)]) -> bool {
    few.iter().all(|pair| many.contains(pair))
}
