//! B8: policies that are present and not enforced.

use crate::checks::{Check, Context};
use meshveil_reach::finding::{Finding, Severity};
use meshveil_reach::manifest::kinds::security::Action;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::NOT_ENFORCED, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let root = &manifests.mesh.root_namespace;
    for policy in &manifests.authorization_policies {
        let concerns = context.each().any(|(_, w)| {
            policy.attachment.selects(&policy.meta.namespace, root, &w.meta.namespace, &w.labels)
                || (!policy.attachment.targets.is_empty() && policy.meta.namespace == w.meta.namespace)
        });
        if !concerns {
            continue;
        }
        if let Some(span) = policy.dry_run {
            let message = format!("{} is a dry run: it is logged and not enforced", policy.meta.title());
            let help = "remove the annotation `istio.io/dry-run`";
            findings.push(Finding::new(CHECK.code, span, message).help(help));
        } else if policy.action == Action::Audit {
            let message = format!("{} only logs what it matches", policy.meta.title());
            let help = "use `DENY` or `ALLOW` if the rule is meant to refuse requests";
            findings.push(Finding::new(CHECK.code, policy.action_span, message).severity(Severity::Warning).help(help));
        }
    }
}
