//! Unknown pods in words, with the rules that let each of them.

use meshveil_answers::{
    unknown_pods::{UnknownPod, UnknownPods},
    words::by_form,
};

/// Every pod with what it gets; pods that differ in their labels only stand together.
pub(crate) fn text(answer: &UnknownPods) -> String {
    let title = &answer.workload;
    let mut text = match answer.pods.len() {
        0 => format!("nobody new gets anything from {title}\n"),
        _ => format!("who is new and gets something from {title}\n"),
    };
    if answer.untried > 0 {
        let untried = answer.untried;
        text += &format!("(too many kinds of pods to try: {untried} of those that need most were not)\n");
    }
    for (pod, others) in alike(&answer.pods) {
        let forms = answer.fields.iter().filter_map(|field| Some((field.as_str(), *pod.fields.get(field)?)));
        text += &format!("\n{}: {}\n", pod.description, by_form(forms));
        for other in others {
            let labels = other.labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
            text += &format!("  or with {}\n", labels.join(","));
        }
        for rule in &pod.rules {
            let place = rule.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
            text += &format!("  {:13}  {}{place}\n", rule.layer.name(), rule.text);
        }
    }
    text
}

/// The first of those that differ in their labels only, and the others.
fn alike(pods: &[UnknownPod]) -> Vec<(&UnknownPod, Vec<&UnknownPod>)> {
    let mut groups: Vec<(&UnknownPod, Vec<&UnknownPod>)> = Vec::new();
    for pod in pods {
        match groups.iter_mut().find(|(first, _)| first.differs_in_labels_only(pod)) {
            Some((_, others)) => others.push(pod),
            None => groups.push((pod, Vec::new())),
        }
    }
    groups
}
