//! Rules with HTTP attributes where ztunnel enforces them: it sees none.

use meshveil_text::codes;

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::security::{Action, AuthorizationRule};
use meshveil_reach::mesh::Plane;

pub const CHECK: Check = Check { code: &codes::network::HTTP_AT_ZTUNNEL, run };

/// What istiod passes on to ztunnel.
const OF_CONNECTIONS: [&str; 5] =
    ["source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port"];

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let root = &manifests.mesh.root_namespace;
    for policy in manifests.authorization_policies.iter().filter(|policy| policy.dry_run.is_none()) {
        let effect = match policy.action {
            Action::Allow => "the rule lets nobody in",
            Action::Deny => "the rule refuses nobody by it",
            Action::Audit | Action::Custom => continue,
        };
        let is_ambient = |(at, _): &(usize, _)| context.reach.enrolled(*at) == Plane::Ambient;
        let mut workloads = manifests.workloads.iter().enumerate().filter(is_ambient).filter(|(_, workload)| {
            policy.attachment.selects(&policy.meta.namespace, root, &workload.meta.namespace, &workload.labels)
        });
        let Some((_, workload)) = workloads.next() else { continue };
        if let Some(rule) = policy.rules.iter().find(|rule| is_http(rule)) {
            let (title, pods) = (policy.meta.title(), workload.title());
            let message = format!("ztunnel enforces {title} at `{pods}`, and sees no HTTP: {effect}");
            let help = "attach the policy to a waypoint's Service with `targetRefs`, or name connections only";
            findings.push(Finding::new(CHECK.code, rule.span, message).help(help));
        }
    }
}

/// Whether a rule names what only requests have.
fn is_http(rule: &AuthorizationRule) -> bool {
    rule.to.iter().any(|operation| operation.is_http())
        || rule.from.iter().any(|source| !source.request_principals.is_empty())
        || rule.when.iter().any(|condition| !OF_CONNECTIONS.contains(&condition.key.as_str()))
}
