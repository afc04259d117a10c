//! What pods that nobody knows yet would get, and what they would have to be for it.

use meshveil_policy::Policy;
use meshveil_reach::{
    Options, Reach,
    network::Endpoint,
    newcomer::{self, Home, Newcomer, Newcomers},
    verdict::Verdict,
};
use serde_json::{Value, json};

use crate::names::by_form;

fn find(reach: &Reach<'_>, policy: &Policy, destination: usize) -> Newcomers {
    newcomer::newcomers(reach, &Options::default(), destination, &policy.plan())
}

/// What it gets, in the order of the policy.
fn forms(policy: &Policy, newcomer: &Newcomer) -> String {
    let names = policy.fields.iter().map(|field| field.name.value.as_str());
    by_form(names.filter_map(|name| Some((name, newcomer.exposures.get(name)?.form))))
}

/// The path on which it gets most.
fn path(newcomer: &Newcomer) -> Option<&Verdict> {
    newcomer.exposures.values().max_by_key(|exposure| exposure.form).map(|exposure| &exposure.verdict)
}

/// The rules that let it, with their places.
fn rules(reach: &Reach<'_>, verdict: &Verdict) -> Vec<(&'static str, String, Option<String>)> {
    let steps = verdict.steps.iter().map(|step| {
        let place = step.spans.iter().find(|span| span.is_somewhere());
        (step.layer.name(), step.text.clone(), place.map(|span| reach.manifests.files.place(*span)))
    });
    // Without the place where it comes in, which is its own.
    steps.filter(|(layer, _, _)| *layer != "entry").collect()
}

pub(super) fn text(reach: &Reach<'_>, policy: &Policy, destination: usize) -> String {
    let title = reach.network.title(Endpoint::Workload(destination));
    let Newcomers { found, untried } = find(reach, policy, destination);
    let mut text = match found.len() {
        0 => format!("nobody new gets anything from {title}\n"),
        _ => format!("who is new and gets something from {title}\n"),
    };
    if untried > 0 {
        text += &format!("(too many kinds of pods to try: {untried} of those that need most were not)\n");
    }
    for (newcomer, others) in alike(found) {
        text += &format!("\n{}: {}\n", newcomer.describe(), forms(policy, &newcomer));
        for other in others {
            let labels = other.labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
            text += &format!("  or with {}\n", labels.join(","));
        }
        for (layer, step, place) in path(&newcomer).map(|verdict| rules(reach, verdict)).unwrap_or_default() {
            let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
            text += &format!("  {layer:13}  {step}{place}\n");
        }
    }
    text
}

/// Newcomers that get the same in the same place under the same identity, with other labels: the first, and the others.
fn alike(newcomers: Vec<Newcomer>) -> Vec<(Newcomer, Vec<Newcomer>)> {
    let place = |newcomer: &Newcomer| {
        let forms: Vec<_> = newcomer.exposures.iter().map(|(field, exposure)| (field.clone(), exposure.form)).collect();
        (newcomer.home.clone(), newcomer.service_account.clone(), forms)
    };
    let mut groups: Vec<(Newcomer, Vec<Newcomer>)> = Vec::new();
    for newcomer in newcomers {
        match groups.iter_mut().find(|(first, _)| place(first) == place(&newcomer)) {
            Some((_, others)) => others.push(newcomer),
            None => groups.push((newcomer, Vec::new())),
        }
    }
    groups
}

pub(super) fn document(reach: &Reach<'_>, policy: &Policy, destination: usize) -> Value {
    let pairs = |labels: &[(String, String)]| -> serde_json::Map<_, _> {
        labels.iter().map(|(key, value)| (key.clone(), json!(value))).collect()
    };
    let one = |newcomer: Newcomer| {
        let fields = newcomer.exposures.iter().map(|(field, exposure)| (field.clone(), json!(exposure.form.name())));
        let rules = path(&newcomer).map(|verdict| rules(reach, verdict)).unwrap_or_default();
        let rules = rules.iter().map(|(layer, text, place)| json!({"layer": layer, "text": text, "place": place}));
        json!({
            "description": newcomer.describe(),
            "namespace": newcomer.home.name(),
            "namespaceExists": matches!(newcomer.home, Home::Existing(_)),
            "namespaceLabels": pairs(newcomer.home.labels()),
            "labels": pairs(&newcomer.labels),
            "serviceAccount": newcomer.service_account,
            "fields": fields.collect::<serde_json::Map<_, _>>(),
            "rules": rules.collect::<Vec<_>>(),
        })
    };
    let Newcomers { found, untried } = find(reach, policy, destination);
    json!({
        "policy": format!("{}/{}", policy.namespace.value, policy.name.value),
        "workload": reach.network.title(Endpoint::Workload(destination)),
        "newcomers": found.into_iter().map(one).collect::<Vec<_>>(),
        "untried": untried,
    })
}
