//! Rules by principal where plaintext is taken: plaintext has none, so a DENY by principal is escaped.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::security::{Action, AuthorizationRule, MtlsMode};
use meshveil_reach::mesh::mtls::peer_mode;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::authorization::PRINCIPALS_WITHOUT_MTLS, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let root = &manifests.mesh.root_namespace;
    for policy in &manifests.authorization_policies {
        let escaped = |rule: &&AuthorizationRule| match policy.action {
            // Plaintext matches no `principals` of a DENY rule, and every `notPrincipals` of an ALLOW rule.
            Action::Deny => rule.from.iter().any(|s| !s.principals.any.is_empty() || !s.namespaces.any.is_empty()),
            Action::Allow => rule.from.iter().any(|s| {
                (!s.principals.none.is_empty() && s.principals.any.is_empty())
                    || (!s.namespaces.none.is_empty() && s.namespaces.any.is_empty())
            }),
            _ => false,
        };
        let Some(rule) = policy.rules.iter().find(escaped) else { continue };
        let applies = |w: &&meshveil_reach::manifest::kinds::workload::Workload| {
            policy.attachment.selects(&policy.meta.namespace, root, &w.meta.namespace, &w.labels)
        };
        let takes_plaintext = manifests.workloads.iter().enumerate().filter(|(_, w)| applies(w)).find_map(|(at, w)| {
            let port = context.reach.declared_ports(w).into_keys().next()?;
            let mode = peer_mode(manifests, w, port);
            (context.reach.enrolled(at) == meshveil_reach::mesh::Plane::Sidecar && mode.mode != MtlsMode::Strict)
                .then_some((w, mode))
        });
        if let Some((workload, mode)) = takes_plaintext {
            let message = format!(
                "this rule does not cover plaintext, and `{}` accepts it ({})",
                workload.title(),
                mode.mode.name()
            );
            let mut finding = Finding::new(CHECK.code, rule.span, message)
                .help("set PeerAuthentication to STRICT, or add a DENY rule with `notPrincipals: [\"*\"]`");
            if mode.span.is_somewhere() {
                finding = finding.label(mode.span, "this mode counts");
            }
            findings.push(finding);
        }
    }
}
