//! Istio's annotations and labels of pods on the object that makes the pods, where they do nothing.

use meshveil_reach::manifest::well_known::{annotation, label};
use meshveil_text::codes;

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;

pub const CHECK: Check = Check { code: &codes::network::MISPLACED_ANNOTATION, run };

/// Annotations that only count on pods.
const OF_PODS: [&str; 9] = [
    annotation::TEMPLATES,
    annotation::PROXY_CONFIG,
    annotation::INTERCEPTION_MODE,
    annotation::BOOTSTRAP_OVERRIDE,
    annotation::STATUS_PORT,
    annotation::INCLUDE_INBOUND_PORTS,
    annotation::EXCLUDE_INBOUND_PORTS,
    annotation::BYPASS_INBOUND_CAPTURE,
    label::INJECT,
];

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let makers = context.manifests().workloads.iter().filter(|w| !matches!(w.meta.kind.as_str(), "Pod" | "Gateway"));
    for workload in makers {
        let annotations = OF_PODS.iter().filter_map(|key| {
            let is_idle = workload.annotations.get(key) != workload.meta.annotations.get(key);
            Some(("annotation", key, workload.meta.annotations.span(key).filter(|_| is_idle)?))
        });
        let labels = [label::INJECT, label::DATAPLANE_MODE];
        let labels = labels.iter().filter_map(|key| {
            let is_idle = workload.labels.get(key) != workload.meta.labels.get(key);
            Some(("label", key, workload.meta.labels.span(key).filter(|_| is_idle)?))
        });
        for (what, key, span) in annotations.chain(labels) {
            let message = format!("{} has the {what} `{key}`, which counts on its pods only", workload.meta.title());
            let help = "put it under `spec.template.metadata`";
            findings.push(Finding::new(CHECK.code, span, message).help(help));
        }
    }
}
