//! A policy without a namespace lands in `default`, or wherever the one who applies it happens to be.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::MISSING_NAMESPACE, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let elsewhere = manifests.workloads.iter().any(|w| w.meta.namespace_given);
    for policy in manifests.network_policies.iter().filter(|p| !p.meta.namespace_given) {
        let homeless = manifests.workloads.iter().any(|w| !w.meta.namespace_given && policy.pods.matches(&w.labels));
        if elsewhere && !homeless {
            let fits = manifests.workloads.iter().find(|w| policy.pods.matches(&w.labels) && w.meta.namespace_given);
            let message = "no namespace: the policy is created in the current namespace of the client that applies it";
            let mut finding = Finding::new(CHECK.code, policy.meta.span, message);
            finding = match fits {
                Some(workload) if !policy.pods.is_everything() => {
                    finding.help(format!("the pods it selects are in `{}`", workload.meta.namespace))
                }
                _ => finding.help("write `metadata.namespace`"),
            };
            findings.push(finding);
        }
    }
    let metas = manifests.authorization_policies.iter().map(|found| &found.meta);
    let metas = metas.chain(manifests.peer_authentications.iter().map(|found| &found.meta));
    let metas = metas.chain(manifests.request_authentications.iter().map(|found| &found.meta));
    let metas = metas.chain(manifests.extensions.iter().map(|found| &found.meta));
    let metas = metas.chain(manifests.envoy_filters.iter().map(|found| &found.meta));
    if manifests.workloads.iter().all(|workload| workload.meta.namespace_given) && elsewhere {
        for meta in metas.filter(|meta| !meta.namespace_given) {
            let message = format!(
                "no namespace: this {} is created in the current namespace of the client that applies it",
                meta.kind
            );
            findings.push(Finding::new(CHECK.code, meta.span, message).help("write `metadata.namespace`"));
        }
    }
}
