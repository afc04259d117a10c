//! Single faults that are enough after the change and were not before, or the reverse.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_reach::{Options, network::Endpoint, verdict::Form};

use super::{
    access::Access,
    change::{Change, Effect, Kind, verb},
    side::{Pairs, Side, Who},
};
use crate::faults;
use crate::words::{few, quoted};

/// Faults times sources that are tried at most; beyond it the comparison takes too long.
const LIMIT: usize = 5_000_000;

/// A fault, by its description, and what it gives to whom.
type Leaks = BTreeMap<(String, String, String), (Form, String)>;

/// Enforcement layers that are weaker or stronger than before. What a source gains or loses without a fault is left
/// out.
pub(super) fn changes(pairs: &Pairs<'_>, accesses: &[Access], not_compared: &mut Vec<String>) -> Vec<Change> {
    let mut changes = Vec::new();
    for destination in &pairs.protected {
        let steady: BTreeSet<(&str, &str)> = accesses
            .iter()
            .filter(|access| access.destination == *destination && access.lasting && !access.changed())
            .filter_map(|access| match &access.source {
                Who::Workload(title) => Some((title.as_str(), access.field.as_str())),
                Who::Range(_) => None,
            })
            .collect();
        let [before, after] = [pairs.before, pairs.after].map(|side| leaks(side, destination));
        let (Ok(before), Ok(after)) = (before, after) else {
            not_compared.push(destination.clone());
            continue;
        };
        let (Some(before), Some(after)) = (before, after) else { continue };
        let renamed: BTreeMap<&str, &str> = accesses
            .iter()
            .filter(|access| access.destination == *destination)
            .map(|access| (access.field_before.as_str(), access.field.as_str()))
            .collect();
        let rename = |((fault, source, field), leak): ((String, String, String), _)| {
            let field = renamed.get(field.as_str()).map_or(field.clone(), |name| (*name).to_owned());
            ((fault, source, field), leak)
        };
        let before: Leaks = before.into_iter().map(rename).collect();
        // In the order of the policy.
        let order: Vec<&str> = accesses
            .iter()
            .filter(|access| access.destination == *destination)
            .map(|access| access.field.as_str())
            .collect();
        for (one, other, effect) in [(&after, &before, Effect::Weaker), (&before, &after, Effect::Stronger)] {
            changes.extend(only_in(one, other, &steady, &order, destination, effect));
        }
    }
    changes
}

fn only_in(
    one: &Leaks,
    other: &Leaks,
    steady: &BTreeSet<(&str, &str)>,
    order: &[&str],
    destination: &str,
    effect: Effect,
) -> Vec<Change> {
    let mut found: BTreeMap<(&str, Form, &str), BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for ((fault, source, field), (form, place)) in one {
        let key = (fault.clone(), source.clone(), field.clone());
        let known = other.get(&key).is_some_and(|(known, _)| known >= form);
        if !known && steady.contains(&(source.as_str(), field.as_str())) {
            found.entry((fault, *form, place)).or_default().entry(source).or_default().push(field.clone());
        }
    }
    let mut changes = Vec::new();
    for ((fault, form, place), sources) in found {
        let mut alike: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for (source, mut fields) in sources {
            fields.sort_by_key(|field| order.iter().position(|known| known == field));
            alike.entry(fields).or_default().push(source.to_owned());
        }
        for (fields, sources) in alike {
            let (who, what) = (few(&sources), format!("{} of {destination} {}", quoted(&fields), form.name()));
            let sees = verb(&sources, "sees", "see");
            let text = match effect {
                Effect::Weaker => format!("one fault is now enough: where {fault}, {who} {sees} {what}"),
                _ => format!("one fault is no longer enough: where {fault}, {who} no longer {sees} {what}"),
            };
            let change =
                Change::new(effect, Kind::Lock, text).because(Some(place.to_owned()).filter(|place| !place.is_empty()));
            changes.push(change.about(sources, vec![destination.to_owned()], fields));
        }
    }
    changes
}

/// The question is too large.
struct TooMany;

/// What single faults let out of a workload; `None` where it is not in this state.
fn leaks(side: &Side<'_>, title: &str) -> Result<Option<Leaks>, TooMany> {
    let (Some(destination), Some(plan)) = (side.workload(title), side.plan(title)) else { return Ok(None) };
    let manifests = side.reach.manifests;
    let options = Options::default();
    let sources = faults::sources(side.reach, destination);
    let count = faults::single(manifests, &options.filter, destination).len();
    if count.saturating_mul(sources.len()) > LIMIT {
        return Err(TooMany);
    }
    let mut found = Leaks::new();
    for leak in faults::leaks(manifests, &options, destination, &plan, &sources, 1) {
        for fault in &leak.faults {
            let source = side.reach.network.title(Endpoint::Workload(leak.source));
            let place = if fault.span.is_somewhere() { manifests.files.place(fault.span) } else { String::new() };
            found.insert((fault.description.clone(), source, leak.field.clone()), (leak.after, place));
        }
    }
    Ok(Some(found))
}
