//! `ingress: [{}]` allows all sources; `ingress: []` allows none. The two look alike.

use super::{is_empty, rules};
use crate::checks::{Check, Context};
use meshveil_reach::finding::{Finding, Severity};
use meshveil_reach::network::Direction;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::ALLOW_ALL, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for policy in &context.manifests().network_policies {
        for (direction, _, rule) in rules(policy) {
            if !is_empty(rule) {
                continue;
            }
            let (key, what) = match direction {
                Direction::Ingress => ("ingress", "allows all sources on every port"),
                Direction::Egress => ("egress", "allows the pods to connect to any destination"),
            };
            let denies = policy.meta.name.contains("deny") || policy.meta.name.contains("isolat");
            // To leave egress open is a habit, and opens nothing to anybody else.
            let severity = match direction {
                _ if denies => Severity::Error,
                Direction::Ingress => Severity::Warning,
                Direction::Egress => Severity::Note,
            };
            let help = format!("`{key}: []` closes; `{key}: [{{}}]` opens");
            findings.push(
                Finding::new(CHECK.code, rule.span, format!("the empty rule {what}")).severity(severity).help(help),
            );
        }
    }
}
