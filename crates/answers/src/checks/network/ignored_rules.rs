//! `policyTypes` without the direction that rules are written for: the rules do nothing.

use crate::checks::{Check, Context};
use meshveil_reach::finding::{Finding, Span};
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::IGNORED_RULES, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for policy in &context.manifests().network_policies {
        let directions = [
            ("egress", "Egress", policy.egress_span, policy.isolates_egress),
            ("ingress", "Ingress", policy.ingress_span, policy.isolates_ingress),
        ];
        for (key, word, written, counts) in directions {
            let Some(span) = written.filter(|_| !counts) else { continue };
            let message = format!("`{key}` is written, but `policyTypes` does not name `{word}`: it stays open");
            let mut finding = Finding::new(CHECK.code, span, message);
            finding = match policy.types_span {
                Some(types) => finding
                    .label(types, "these directions count")
                    .help(format!("add `{word}` to `policyTypes`"))
                    .fix(types, both(context.manifests().files.slice(types), types, word), "name both directions"),
                None => finding.help(
                    "without `policyTypes` an empty `egress` does not count; write `policyTypes: [Ingress, Egress]`",
                ),
            };
            findings.push(finding);
        }
    }
}

/// The list with one more word, in the style it is written in.
fn both(text: &str, span: Span, word: &str) -> String {
    if text.starts_with('[') {
        return "[Ingress, Egress]".to_owned();
    }
    format!("{text}\n{}- {word}", " ".repeat(span.column.saturating_sub(1) as usize))
}
