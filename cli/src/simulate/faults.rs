//! What leaks when one object fails, and how many have to.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_policy::Policy;
use meshveil_reach::{
    Options, Reach,
    fault::{self, Leak},
    network::Endpoint,
    verdict::Form,
};
use meshveil_text::Span;
use serde_json::{Value, json};

use super::table::aligned;
use crate::names::and;

/// Pairs of faults times sources that are tried at most.
const LIMIT: usize = 1_000_000;

/// What stands for the locks of a field that is clear anyway.
const CLEAR: &str = "-";

/// Every single fault that lets something out, and the number of locks of each source and field.
struct Answer {
    title: String,
    /// By fault, in the order of the texts, then by source.
    faults: BTreeMap<(Span, String), BTreeMap<usize, Vec<Leak>>>,
    /// Sources by fields: `1`, `2`, `3+`, or `-` where it is clear anyway.
    locks: Vec<(String, Vec<&'static str>)>,
}

fn answer(reach: &Reach<'_>, policy: &Policy, destination: usize) -> Answer {
    let manifests = reach.manifests;
    let options = Options::default();
    let plan = policy.plan();
    let sources: Vec<usize> =
        (0..manifests.workloads.len()).filter(|&at| at != destination && !reach.is_waypoint(at)).collect();
    let leaks = |count| fault::leaks(manifests, &options, destination, &plan, &sources, count);
    let keys = |leaks: &[Leak]| -> BTreeSet<(usize, String)> {
        leaks.iter().map(|leak| (leak.source, leak.field.clone())).collect()
    };
    let single = leaks(1);
    let one = keys(&single);
    let count = fault::single(manifests, &options.filter, destination).len();
    let pairs = count.saturating_mul(count) / 2;
    let two = (pairs.saturating_mul(sources.len()) <= LIMIT).then(|| keys(&leaks(2)));
    let mut locks = Vec::new();
    for &source in &sources {
        let exposures = reach.exposure(Endpoint::Workload(source), destination, &plan);
        let cell = |field: &meshveil_policy::Field| {
            let key = (source, field.name.value.clone());
            match &two {
                _ if exposures.get(&key.1).is_some_and(|exposure| exposure.form == Form::Clear) => CLEAR,
                _ if one.contains(&key) => "1",
                Some(two) if two.contains(&key) => "2",
                Some(_) => "3+",
                None => "2+",
            }
        };
        let title = reach.network.title(Endpoint::Workload(source));
        locks.push((title, policy.fields.iter().map(cell).collect()));
    }
    locks.sort();
    let mut faults: BTreeMap<(Span, String), BTreeMap<usize, Vec<Leak>>> = BTreeMap::new();
    for leak in single {
        for fault in &leak.faults {
            let sources = faults.entry((fault.span, fault.description.clone())).or_default();
            sources.entry(leak.source).or_default().push(leak.clone());
        }
    }
    Answer { title: reach.network.title(Endpoint::Workload(destination)), faults, locks }
}

/// Every single fault that lets a workload see more of the fields of `destination`, then the locks.
pub(super) fn text(reach: &Reach<'_>, policy: &Policy, destination: usize) -> String {
    let Answer { title, faults, locks } = answer(reach, policy, destination);
    let mut text = match faults.len() {
        0 => format!("no single fault lets a workload see more of {title}\n"),
        1 => format!("1 single fault lets a workload see more of {title}\n"),
        count => format!("{count} single faults let a workload see more of {title}\n"),
    };
    for ((span, description), sources) in faults {
        let place =
            if span.is_somewhere() { format!(" ({})", reach.manifests.files.place(span)) } else { String::new() };
        text += &format!("\n{description}{place}\n");
        let named = sources.iter().map(|(source, leaks)| (reach.network.title(Endpoint::Workload(*source)), leaks));
        // By name: the order of the files does not matter.
        for (source, leaks) in named.collect::<BTreeMap<_, _>>() {
            text += &format!("  {source}: {}\n", steps(policy, leaks));
        }
    }
    let fields = policy.fields.iter().map(|field| field.name.value.clone());
    let mut lines: Vec<Vec<String>> = vec![std::iter::once("faults it takes".to_owned()).chain(fields).collect()];
    for (source, cells) in locks {
        lines.push(std::iter::once(source).chain(cells.into_iter().map(str::to_owned)).collect());
    }
    let is_clear = |line: &Vec<String>| line.iter().skip(1).any(|cell| cell == CLEAR);
    let legend = if lines.iter().any(is_clear) { "- clear without any fault\n" } else { "" };
    format!("{text}\n{}{legend}", aligned(&lines))
}

/// `ssn and card partial -> clear, notes masked -> clear`, in the order of the policy.
fn steps(policy: &Policy, leaks: &[Leak]) -> String {
    let mut groups: Vec<((Form, Form), Vec<&str>)> = Vec::new();
    let leaks = policy.fields.iter().filter_map(|field| leaks.iter().find(|leak| leak.field == field.name.value));
    for leak in leaks {
        let step = (leak.before, leak.after);
        match groups.iter_mut().find(|(known, _)| *known == step) {
            Some((_, names)) => names.push(&leak.field),
            None => groups.push((step, vec![&leak.field])),
        }
    }
    let shown = groups.iter().map(|((before, after), names)| {
        let all = names.len() == policy.fields.len() && names.len() > 1;
        let names = if all { "every field".to_owned() } else { and(names) };
        format!("{names} {} -> {}", before.name(), after.name())
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// The same as data.
pub(super) fn document(reach: &Reach<'_>, policy: &Policy, destination: usize) -> Value {
    let Answer { title, faults, locks } = answer(reach, policy, destination);
    let leak = |leak: &Leak| {
        json!({
            "source": reach.network.title(Endpoint::Workload(leak.source)),
            "field": leak.field,
            "before": leak.before.name(),
            "after": leak.after.name(),
        })
    };
    let fault = |((span, description), sources): (&(Span, String), &BTreeMap<usize, Vec<Leak>>)| {
        json!({
            "fault": description,
            "place": span.is_somewhere().then(|| reach.manifests.files.place(*span)),
            "leaks": sources.values().flatten().map(leak).collect::<Vec<_>>(),
        })
    };
    let row = |(source, cells): &(String, Vec<&str>)| {
        let fields = policy.fields.iter().zip(cells).map(|(field, cell)| (field.name.value.clone(), json!(cell)));
        (source.clone(), Value::Object(fields.collect()))
    };
    json!({
        "policy": format!("{}/{}", policy.namespace.value, policy.name.value),
        "workload": title,
        "faults": faults.iter().map(fault).collect::<Vec<_>>(),
        "locks": locks.iter().map(row).collect::<serde_json::Map<_, _>>(),
    })
}
