//! A selector of an Istio object that selects no pod.

use meshveil_reach::manifest::selector::Selector;
use meshveil_text::codes;

use super::{attached, is_known};
use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;

pub const CHECK: Check = Check { code: &codes::network::ISTIO_SELECTS_NOTHING, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let sidecars = manifests.sidecars.iter().map(|one| (&one.meta, &one.selector, None));
    let others = attached(manifests).map(|(meta, attachment)| (meta, &attachment.selector, attachment.selector_span));
    for (meta, selector, span) in others.chain(sidecars) {
        // What is in the root namespace selects pods of every namespace.
        let is_root = meta.namespace == manifests.mesh.root_namespace;
        if selector.is_empty() || is_root || !is_known(manifests, &meta.namespace) {
            continue;
        }
        let selector = Selector { requirements: selector.clone(), span: span.unwrap_or(meta.span) };
        let mut own = manifests.workloads.iter().filter(|workload| workload.meta.namespace == meta.namespace);
        if !own.any(|workload| selector.matches(&workload.labels)) {
            let message = format!(
                "{} does nothing: no pod of its namespace has the labels `{}`",
                meta.title(),
                selector.describe()
            );
            let help = "compare the labels of the pod template, not of the Deployment";
            findings.push(Finding::new(CHECK.code, selector.span, message).help(help));
        }
    }
}
