//! `namespaceSelector` and `podSelector` as two peers: either is enough.

use super::rules;
use crate::checks::{Check, Context};
use meshveil_reach::finding::{Finding, Span};
use meshveil_reach::manifest::kinds::network_policy::Peer;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::OR_PEERS, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let files = &context.manifests().files;
    for policy in &context.manifests().network_policies {
        for (_, _, rule) in rules(policy) {
            let selecting = rule.peers.iter().enumerate().filter(|(_, peer)| matches!(peer, Peer::Pods { .. }));
            let selecting: Vec<(usize, &Peer)> = selecting.collect();
            for pair in selecting.windows(2) {
                let (namespaces, pods, second, adjacent) = match pair {
                    [
                        (before, Peer::Pods { namespaces: Some(n), pods: None, .. }),
                        (at, Peer::Pods { namespaces: None, pods: Some(p), span }),
                    ]
                    | [
                        (before, Peer::Pods { namespaces: None, pods: Some(p), .. }),
                        (at, Peer::Pods { namespaces: Some(n), pods: None, span }),
                    ] => (n, p, *span, before + 1 == *at),
                    _ => continue,
                };
                if pods.is_everything() {
                    continue; // The whole own namespace besides others: plainly meant.
                }
                let message = format!(
                    "two peers: every pod of the namespaces `{}`, and the pods `{}` of `{}`",
                    namespaces.describe(),
                    pods.describe(),
                    policy.meta.namespace
                );
                let mut finding = Finding::new(CHECK.code, second, message)
                    .help("put both selectors into one list item if both must hold");
                let before = second.start.saturating_sub(2);
                if adjacent
                    && files.text(second.file).get(before as usize..second.start as usize) == Some("- ")
                    && second.column > 2
                {
                    let dash = Span { start: before, end: second.start, column: second.column - 2, ..second };
                    finding = finding.fix(dash, "  ", "make it one peer");
                }
                findings.push(finding);
            }
        }
    }
}
