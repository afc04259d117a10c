//! `- from:` and `- ports:` as two list items: two rules, either of which is enough.

use super::peers_key;
use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::network_policy::{Ports, Rule};
use meshveil_reach::network::Direction;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::OR_RULES, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for policy in &manifests.network_policies {
        let lists = [
            (Direction::Ingress, &policy.ingress, policy.isolates_ingress),
            (Direction::Egress, &policy.egress, policy.isolates_egress),
        ];
        for (direction, rules, counts) in lists {
            let halves = rules.iter().enumerate().filter(|(_, rule)| counts && (peers_only(rule) || ports_only(rule)));
            let halves: Vec<(usize, &Rule)> = halves.collect();
            for pair in halves.windows(2) {
                let [(before, first), (at, second)] = *pair else { continue };
                let (named, open) = match (peers_only(first), peers_only(second)) {
                    (true, false) => (first, second),
                    (false, true) => (second, first),
                    _ => continue,
                };
                let key = peers_key(direction);
                let everyone = if direction == Direction::Ingress {
                    "all sources are allowed"
                } else {
                    "all destinations are allowed"
                };
                let message = format!(
                    "`{key}` and `ports` are two rules: {everyone} on {}, and the named peers on every port",
                    describe(open)
                );
                let mut finding = Finding::new(CHECK.code, open.span, message)
                    .label(named.span, "this rule names peers, but no port")
                    .help(format!("put `{key}` and `ports` into one list item"));
                // `- ports:` becomes `  ports:` and thereby a key of the item before.
                let dash = second.span.start.saturating_sub(2);
                let text = manifests.files.text(second.span.file);
                let is_dash = text.get(dash as usize..second.span.start as usize) == Some("- ");
                if before + 1 == at && is_dash && second.span.column > 2 {
                    let dash = meshveil_reach::finding::Span {
                        start: dash,
                        end: second.span.start,
                        column: second.span.column - 2,
                        ..second.span
                    };
                    finding = finding.fix(dash, "  ", "make it one rule");
                }
                findings.push(finding);
            }
        }
    }
}

fn peers_only(rule: &Rule) -> bool {
    !rule.peers.is_empty() && rule.ports_given.is_none()
}

fn ports_only(rule: &Rule) -> bool {
    rule.peers_given.is_none() && !rule.ports.is_empty()
}

fn describe(rule: &Rule) -> String {
    let each = rule.ports.iter().map(|port| match &port.ports {
        Ports::All => format!("all of {}", port.protocol.name()),
        Ports::Range(first, last) if first == last => format!("{} {first}", port.protocol.name()),
        Ports::Range(first, last) => format!("{} {first}-{last}", port.protocol.name()),
        Ports::Named(name) => format!("`{name}`"),
    });
    each.collect::<Vec<_>>().join(", ")
}
