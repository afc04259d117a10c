//! An ALLOW rule that a mistyped key has emptied: it matches everything.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::security::Action;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::authorization::RULE_MATCHES_ALL, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for policy in context.manifests().authorization_policies.iter().filter(|p| p.action == Action::Allow) {
        for rule in &policy.rules {
            for (key, span) in &rule.unread {
                let what = if rule.is_everything() { "matches every request" } else { "restricts less than it says" };
                let message = format!("the API server drops `{key}`, and the rule {what}");
                findings.push(Finding::new(CHECK.code, *span, message).help("correct the key"));
            }
        }
    }
}
