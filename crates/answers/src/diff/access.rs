//! Who gets which field in which form, before and after.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_plan::{Field, Plan};
use meshveil_reach::{
    network::Endpoint,
    verdict::{Exposure, Form, Path, Verdict},
};

use super::{
    change::{Change, Effect, Kind, verb},
    side::{Pairs, Side, Who, titles},
};
use crate::words::{few, quoted};

/// One source and one field of one workload.
pub(super) struct Access {
    pub(super) source: Who,
    pub(super) destination: String,
    pub(super) field: String,
    /// The name of the field before, where it was another.
    pub(super) field_before: String,
    pub(super) before: Form,
    pub(super) after: Form,
    /// Whether source and destination are in both states.
    pub(super) lasting: bool,
    because: Option<String>,
}

impl Access {
    /// Whether the source gets more or less of a response than before; to be refused later or earlier is neither.
    pub(super) fn changed(&self) -> bool {
        self.before != self.after && self.before.max(self.after) >= Form::Masked
    }
}

/// Every source with every field of every protected workload.
pub(super) fn all(pairs: &Pairs<'_>) -> Vec<Access> {
    let mut found = Vec::new();
    for destination in &pairs.protected {
        let plans = [pairs.before, pairs.after].map(|side| side.plan(destination));
        let fields = fields(&plans);
        for source in pairs.sources(destination) {
            let [mut before, mut after] =
                [pairs.before, pairs.after].map(|side| exposures(side, source, destination, &plans));
            for field in &fields {
                let (old, new) = (before.remove(&field.before), after.remove(&field.after));
                let form = |exposure: &Option<Exposure>| exposure.as_ref().map_or(Form::Unreachable, |e| e.form);
                let here = |side: &Side<'_>| side.endpoint(source).is_some() && side.workload(destination).is_some();
                found.push(Access {
                    source: source.clone(),
                    destination: destination.clone(),
                    field: field.after.clone(),
                    field_before: field.before.clone(),
                    before: form(&old),
                    after: form(&new),
                    lasting: here(pairs.before) && here(pairs.after),
                    because: because(
                        pairs.after,
                        [source, &Who::Workload(destination.clone())],
                        old.as_ref(),
                        new.as_ref(),
                    ),
                });
            }
        }
    }
    found
}

/// A field under its name in each state.
struct Named {
    before: String,
    after: String,
}

/// The fields of both plans, in their order. One that only got another name is the same field.
fn fields([before, after]: &[Option<Plan>; 2]) -> Vec<Named> {
    let of = |plan: &Option<Plan>| plan.iter().flat_map(|plan| plan.fields.clone()).collect::<Vec<_>>();
    let (before, after) = (of(before), of(after));
    let knows = |plan: &[Field], name: &str| plan.iter().any(|field| field.name == name);
    let mut found: Vec<Named> = Vec::new();
    for new in &after {
        let renamed = |old: &&Field| !knows(&after, &old.name) && old.paths.iter().all(|path| new.paths.contains(path));
        let old = before.iter().find(renamed).filter(|_| !knows(&before, &new.name)).unwrap_or(new);
        found.push(Named { before: old.name.clone(), after: new.name.clone() });
    }
    for old in &before {
        if !found.iter().any(|named| named.before == old.name) {
            found.push(Named { before: old.name.clone(), after: old.name.clone() });
        }
    }
    found
}

fn exposures(side: &Side<'_>, source: &Who, destination: &str, plans: &[Option<Plan>]) -> BTreeMap<String, Exposure> {
    let (Some(source), Some(destination)) = (side.endpoint(source), side.workload(destination)) else {
        return BTreeMap::new();
    };
    let of_plan = |plan| side.reach.exposure(source, destination, plan);
    let mut found = BTreeMap::new();
    for plan in plans.iter().flatten() {
        for (field, exposure) in of_plan(plan) {
            found.entry(field).or_insert(exposure);
        }
    }
    found
}

/// The step of the new state that decides where the old one decided otherwise, with its place.
fn because(side: &Side<'_>, ends: [&Who; 2], old: Option<&Exposure>, new: Option<&Exposure>) -> Option<String> {
    let worst = &new?.verdict;
    let stopped = old.and_then(|old| old.verdict.stopped()).map(|step| step.layer);
    // Where nothing is open any more, the way that was open says most.
    let closed = old.filter(|_| worst.stopped().is_some() && stopped.is_none());
    let same_way = closed.and_then(|old| same_way(side, ends, &old.verdict.path));
    let verdict = same_way.as_ref().unwrap_or(worst);
    let step = match (verdict.stopped(), stopped) {
        (Some(step), _) => step,
        (None, Some(layer)) => verdict.steps.iter().find(|step| step.layer == layer).or(verdict.steps.last())?,
        (None, None) => verdict.steps.last()?,
    };
    let place = step.spans.iter().find(|span| span.is_somewhere());
    let place = place.map(|span| format!(" ({})", side.reach.manifests.files.place(*span))).unwrap_or_default();
    Some(format!("{}{place}", step.reason))
}

/// What becomes of requests that take the same way as in the other state.
fn same_way(side: &Side<'_>, ends: [&Who; 2], old: &Path) -> Option<Verdict> {
    let [source, destination] = ends.map(|end| side.endpoint(end));
    let Some(Endpoint::Workload(destination)) = destination else { return None };
    let kind = |path: &Path| (path.credential, path.port, std::mem::discriminant(&path.entry));
    let path = side.reach.paths(source?, destination).into_iter().find(|path| kind(path) == kind(old))?;
    Some(side.reach.verdict(&path)).filter(|verdict| verdict.stopped().is_some())
}

/// One change for all sources and fields that fare alike.
pub(super) fn changes(accesses: &[Access]) -> Vec<Change> {
    type Case<'a> = (&'a str, Form, Form, Option<&'a str>);
    let mut cases: BTreeMap<Case<'_>, BTreeMap<&Who, Vec<&str>>> = BTreeMap::new();
    for access in accesses.iter().filter(|access| access.changed()) {
        // What is gone loses everything; that it is gone is said elsewhere.
        if !access.lasting && access.after < access.before {
            continue;
        }
        let case = (access.destination.as_str(), access.before, access.after, access.because.as_deref());
        cases.entry(case).or_default().entry(&access.source).or_default().push(&access.field);
    }
    let mut changes = Vec::new();
    for ((destination, before, after, because), sources) in cases {
        let mut alike: BTreeMap<Vec<&str>, BTreeSet<&Who>> = BTreeMap::new();
        for (source, fields) in sources {
            alike.entry(fields).or_default().insert(source);
        }
        for (fields, sources) in alike {
            let sources = titles(sources);
            let fields: Vec<String> = fields.into_iter().map(str::to_owned).collect();
            let (who, what) = (few(&sources), format!("{} of {destination}", quoted(&fields)));
            let (old, new) = (before.name(), after.name());
            let text = if before < Form::Masked {
                format!("{who} {} {new} access to {what} (before: {old})", verb(&sources, "gains", "gain"))
            } else if after < Form::Masked {
                format!("{who} {} {old} access to {what} (now: {new})", verb(&sources, "loses", "lose"))
            } else {
                format!("{who} {} {what} {new}, and no longer {old}", verb(&sources, "sees", "see"))
            };
            let effect = if after > before { Effect::Gained } else { Effect::Lost };
            let change = Change::new(effect, Kind::Access, text).because(because.map(str::to_owned));
            changes.push(change.about(sources, vec![destination.to_owned()], fields));
        }
    }
    changes
}
