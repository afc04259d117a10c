//! A selector that selects no pod: a policy that protects nothing, a peer that allows no source.

use std::collections::BTreeSet;

use super::rules;
use crate::checks::idle::may_hold_others;
use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::network_policy::Peer;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::MATCHES_NOTHING, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let network = &context.reach.network;
    // Policies alone say nothing about pods.
    let inhabited: BTreeSet<&str> = manifests.workloads.iter().map(|w| w.meta.namespace.as_str()).collect();
    for (at, policy) in manifests.network_policies.iter().enumerate() {
        let may_hold_others = |namespace: &str| may_hold_others(manifests, namespace);
        let has_pods = inhabited.contains(policy.meta.namespace.as_str()) && !may_hold_others(&policy.meta.namespace);
        if has_pods && network.selected(at).is_empty() && !policy.pods.is_everything() {
            let message = format!("no pod of `{}` has the labels `{}`", policy.meta.namespace, policy.pods.describe());
            let help = "the policy protects nothing; compare the labels of the pod template, not of the Deployment";
            findings.push(Finding::new(CHECK.code, policy.pods.span, message).help(help));
        }
        for (_, _, rule) in rules(policy) {
            for peer in &rule.peers {
                let Peer::Pods { pods, namespaces, span } = peer else { continue };
                let in_namespace = |name: &str| match namespaces {
                    None => name == policy.meta.namespace,
                    Some(selector) => selector.matches(manifests.namespace_labels(name)),
                };
                let fits = |w: &meshveil_reach::manifest::kinds::workload::Workload| {
                    in_namespace(&w.meta.namespace) && pods.as_ref().is_none_or(|selector| selector.matches(&w.labels))
                };
                let narrow = namespaces.as_ref().is_some_and(|n| !n.is_everything())
                    || pods.as_ref().is_some_and(|p| !p.is_everything());
                // What the manifests do not hold (system namespaces) may still exist.
                let foreign = namespaces.as_ref().and_then(|n| n.demanded("kubernetes.io/metadata.name"));
                let unknown = match namespaces {
                    None => !has_pods,
                    Some(_) => {
                        inhabited.is_empty()
                            || manifests.namespaces.keys().any(|name| in_namespace(name) && may_hold_others(name))
                            || foreign.is_some_and(|name| !manifests.namespaces.get(name).is_some_and(|n| n.given))
                    }
                };
                if narrow && !unknown && !manifests.workloads.iter().any(fits) {
                    let help = "the peer allows no pod; check labels and namespace";
                    let finding = Finding::new(CHECK.code, *span, "no pod has these labels in these namespaces");
                    findings.push(finding.help(help));
                }
            }
        }
    }
}
