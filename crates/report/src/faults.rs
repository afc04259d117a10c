//! Single points of failure, and pods that somebody could create.

use maud::{Markup, html};
use meshveil_answers::{faults::SingleFaults, unknown_pods::UnknownPods, words::by_form};
use meshveil_policy::Policy;
use meshveil_reach::Reach;

use crate::words::{count, name};

/// Workloads times protected workloads for which faults are tried; beyond it a page takes too long.
const LIMIT: usize = 5_000;

pub(crate) fn section(reach: &Reach<'_>, protected: &[(&Policy, usize)]) -> Markup {
    let size = reach.manifests.workloads.len().saturating_mul(protected.len());
    if size > LIMIT {
        return html! {
            section #faults {
                h2 { "Single points of failure" }
                p.note { "Not tried: the cluster is large. " code { "meshveil simulate --single-fault" } " and " code { "--exposure" } " try it." }
            }
        };
    }
    html! {
        section #faults {
            h2 { "Single points of failure" }
            @for (at, (policy, workload)) in protected.iter().enumerate() { (faults(at, &SingleFaults::find(reach, policy, *workload))) }
            h2 #unknown-pods { "Pods that somebody could create" }
            @for (policy, workload) in protected { (pods(&UnknownPods::find(reach, policy, *workload))) }
        }
    }
}

fn faults(number: usize, answer: &SingleFaults) -> Markup {
    html! {
        h3 { "of " (name(&answer.workload)) }
        @if answer.faults.is_empty() { p { "No single fault lets a workload see more." } }
        ul.faults {
            @for (at, fault) in answer.faults.iter().enumerate() {
                li id=(format!("fault-{}-{}", number + 1, at + 1)) tabindex="-1" {
                    (name(&fault.fault)) @if let Some(place) = &fault.place { " " span.place { (name(&place.to_string())) } }
                    @let sources = gains(fault);
                    details {
                        summary { (count(sources.len(), "source")) " would see more" }
                        ul { @for (source, gains) in sources { li { (name(source)) ": " (name(&gains)) } } }
                    }
                }
            }
        }
    }
}

/// What each source would get, in words.
fn gains(fault: &meshveil_answers::faults::SingleFault) -> Vec<(&str, String)> {
    let mut sources: Vec<(&str, Vec<(&str, _)>)> = Vec::new();
    for leak in &fault.leaks {
        match sources.iter_mut().find(|(source, _)| *source == leak.source) {
            Some((_, fields)) => fields.push((leak.field.as_str(), leak.after)),
            None => sources.push((&leak.source, vec![(leak.field.as_str(), leak.after)])),
        }
    }
    sources.into_iter().map(|(source, fields)| (source, by_form(fields))).collect()
}

fn pods(answer: &UnknownPods) -> Markup {
    html! {
        h3 { "to " (name(&answer.workload)) }
        @if answer.pods.is_empty() { p { "No new pod gets anything." } }
        @if answer.untried > 0 { p.note { (answer.untried) " kinds of pods were too many to try." } }
        ul {
            @for pod in &answer.pods {
                li {
                    (name(&pod.description)) ": "
                    (name(&by_form(answer.fields.iter().filter_map(|field| Some((field.as_str(), *pod.fields.get(field)?))))))
                    @for rule in &pod.rules { p { span.layer { (rule.layer.name()) } " " (name(&rule.text)) @if let Some(place) = &rule.place { " " span.place { (name(&place.to_string())) } } } }
                }
            }
        }
    }
}
