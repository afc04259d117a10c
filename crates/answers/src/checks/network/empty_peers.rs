//! `from: []` allows all sources, not none.

use super::{is_empty, peers_key, rules};
use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::EMPTY_PEERS, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for policy in &context.manifests().network_policies {
        for (direction, _, rule) in rules(policy) {
            if let Some(span) = rule.peers_given.filter(|_| rule.peers.is_empty() && !is_empty(rule)) {
                let key = peers_key(direction);
                let message = format!("an empty `{key}` allows all peers");
                let help = format!("remove the rule to allow no peer, or remove `{key}` to allow all");
                findings.push(Finding::new(CHECK.code, span, message).help(help));
            }
        }
    }
}
