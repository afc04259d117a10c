//! A wildcard in the principals of an ALLOW rule: more than the named callers come in.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::security::Action;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::authorization::WILDCARD_PRINCIPAL, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for policy in context.manifests().authorization_policies.iter().filter(|p| p.action == Action::Allow) {
        let sources = policy.rules.iter().flat_map(|rule| &rule.from);
        let sources = sources.flat_map(|source| {
            let span = source.span.unwrap_or(policy.meta.span);
            let names = source.principals.any.iter().map(move |name| (name, span, who(name)));
            names.chain(source.namespaces.any.iter().map(move |name| (name, span, whose(name))))
        });
        let conditions = policy.rules.iter().flat_map(|rule| &rule.when).flat_map(|condition| {
            let of = |name| match condition.key.as_str() {
                "source.principal" => who(name),
                "source.namespace" => whose(name),
                _ => None,
            };
            condition.values.any.iter().map(move |name| (name, condition.span, of(name)))
        });
        let mut last = None;
        for (name, span, who) in sources.chain(conditions) {
            // One finding per source.
            let Some(who) = who.filter(|_| last != Some(span)) else { continue };
            last = Some(span);
            let message = format!("`{name}` allows {who}");
            let help = "name each principal: `cluster.local/ns/NAMESPACE/sa/ACCOUNT`";
            findings.push(Finding::new(CHECK.code, span, message).help(help));
        }
    }
}

/// Whom a principal with a star lets in.
fn who(pattern: &str) -> Option<String> {
    pattern.contains('*').then(|| match pattern {
        "*" => "every workload of the mesh, of every trusted mesh".to_owned(),
        pattern if pattern.ends_with('*') => {
            format!("every identity that starts with `{}`", pattern.trim_end_matches('*'))
        }
        pattern if pattern.starts_with('*') => {
            format!("every identity that ends with `{}`, of any trust domain", pattern.trim_start_matches('*'))
        }
        pattern => format!("no identity: the star inside `{pattern}` is literal"),
    })
}

/// Whom a namespace with a star lets in.
fn whose(pattern: &str) -> Option<String> {
    pattern.contains('*').then(|| match pattern {
        "*" => "every workload of every namespace".to_owned(),
        pattern => format!("the workloads of every namespace that `{pattern}` stands for"),
    })
}
