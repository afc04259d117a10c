//! Principals and namespaces in an AuthorizationPolicy that nobody has.

use meshveil_text::{Span, codes, nearest};

use super::{is_known, may_hold_others};
use crate::checks::{Check, Context};
use meshveil_reach::Manifests;
use meshveil_reach::finding::Finding;

pub const CHECK: Check = Check { code: &codes::network::NOBODY, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for policy in &manifests.authorization_policies {
        let title = policy.meta.title();
        let mut add = |span: Span, found: Option<(String, Option<String>)>| {
            if let Some((message, help)) = found {
                let finding = Finding::new(CHECK.code, span, format!("{title}: {message}"));
                findings.push(match help {
                    Some(help) => finding.help(help),
                    None => finding,
                });
            }
        };
        for source in policy.rules.iter().flat_map(|rule| &rule.from) {
            let span = source.span.unwrap_or(policy.meta.span);
            for name in source.principals.any.iter().chain(&source.principals.none) {
                add(span, principal(manifests, name));
            }
            for name in source.namespaces.any.iter().chain(&source.namespaces.none) {
                add(span, namespace(manifests, name));
            }
        }
        for condition in policy.rules.iter().flat_map(|rule| &rule.when) {
            for name in condition.values.any.iter().chain(&condition.values.none) {
                match condition.key.as_str() {
                    "source.principal" => add(condition.span, principal(manifests, name)),
                    "source.namespace" => add(condition.span, namespace(manifests, name)),
                    _ => {}
                }
            }
        }
    }
}

/// What is wrong with a principal, and what to do.
fn principal(manifests: &Manifests, name: &str) -> Option<(String, Option<String>)> {
    if let Some(rest) = name.strip_prefix("spiffe://") {
        let message = format!("`{name}` matches nobody: principals are compared without `spiffe://`");
        return Some((message, Some(format!("write `{rest}`"))));
    }
    let (_, rest) = name.split_once("/ns/")?;
    let (namespace, account) = rest.split_once("/sa/")?;
    let is_plain = !name.contains('*') && !account.contains('/');
    let exists = manifests.workloads.iter().any(|w| w.meta.namespace == namespace && w.service_account == account)
        || manifests.service_accounts.iter().any(|own| own.namespace == namespace && own.name == account);
    if !is_plain || exists || !is_known(manifests, namespace) {
        return None;
    }
    let own = manifests.workloads.iter().filter(|workload| workload.meta.namespace == namespace);
    let near = nearest(account, own.map(|workload| &workload.service_account));
    let help = near.map(|near| format!("did you mean `{near}`?"));
    Some((format!("`{name}` matches nobody: no pod of `{namespace}` runs as `{account}`"), help))
}

/// A namespace that is not there, where its name is near to one that is.
fn namespace(manifests: &Manifests, name: &str) -> Option<(String, Option<String>)> {
    let is_plain = !name.contains('*') && !manifests.namespaces.contains_key(name) && !may_hold_others(manifests, name);
    let near = nearest(name, manifests.namespaces.keys()).filter(|_| is_plain)?;
    Some((format!("there is no namespace `{name}`"), Some(format!("did you mean `{near}`?"))))
}
