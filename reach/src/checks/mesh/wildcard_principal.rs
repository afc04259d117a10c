//! A wildcard in the principals of an ALLOW rule: more than the named callers come in.

use crate::checks::{Check, Context};
use crate::finding::{Finding, Severity};
use crate::manifest::kinds::security::Action;

pub const CHECK: Check = Check { code: "MV-A02", title: "a wildcard principal in an ALLOW rule", run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for policy in context.manifests().authorization_policies.iter().filter(|p| p.action == Action::Allow) {
        for source in policy.rules.iter().flat_map(|rule| &rule.from) {
            let Some(pattern) = source.principals.any.iter().find(|pattern| pattern.contains('*')) else { continue };
            let who = match pattern.as_str() {
                "*" => "every workload of the mesh, of every trusted mesh".to_owned(),
                pattern if pattern.ends_with('*') => {
                    format!("every identity that starts with `{}`", pattern.trim_end_matches('*'))
                }
                pattern if pattern.starts_with('*') => {
                    format!("every identity that ends with `{}`, of any trust domain", pattern.trim_start_matches('*'))
                }
                pattern => format!("nobody: the star inside `{pattern}` is taken literally"),
            };
            let message = format!("`{pattern}` lets in {who}");
            let help = "name each principal: `cluster.local/ns/NAMESPACE/sa/ACCOUNT`";
            let span = source.span.unwrap_or(policy.meta.span);
            findings.push(Finding::new(CHECK.code, Severity::Warning, span, message).help(help));
        }
    }
}
