//! B12: callers are known by their labels only: anyone who may label a pod can act as a caller.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::security::{Action, AuthorizationRule, Condition, Source};
use meshveil_reach::mesh::Plane;
use meshveil_reach::mesh::authorization::{Scope, applying};
use meshveil_reach::network::{Direction, Endpoint};
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::LABEL_ONLY_TRUST, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for (protected, workload) in context.each() {
        if context.reach.is_behind_edge(protected.workload) {
            continue; // Its Gateway asks for certificates; that others get past it is another finding.
        }
        let plane = context.reach.enrolled(protected.workload);
        let scope = if plane == Plane::Ambient { Scope::Ztunnel(workload) } else { Scope::Sidecar(workload) };
        let policies: Vec<_> =
            applying(manifests, scope).map(|(_, p)| p).filter(|p| p.action == Action::Allow).collect();
        let mut rules = policies.iter().flat_map(|p| &p.rules).peekable();
        let has_rules = rules.peek().is_some();
        let blank = rules.find(|rule| !names_somebody(rule));
        if (has_rules && blank.is_none()) || (!has_rules && !policies.is_empty()) {
            continue;
        }
        let network =
            context.reach.network.isolating_policies(Endpoint::Workload(protected.workload), Direction::Ingress);
        let by_label =
            network.iter().filter_map(|at| manifests.network_policies.get(*at)).find(|p| !p.ingress.is_empty());
        let message =
            format!("`{}` does not check the identity of its callers: only pod labels decide", workload.title());
        let span = blank.map(|rule| rule.span).or_else(|| by_label.map(|p| p.meta.span)).unwrap_or(workload.meta.span);
        let help = "add an AuthorizationPolicy `ALLOW` that names each caller's principal in every rule";
        findings.push(Finding::new(CHECK.code, span, message).help(help));
    }
}

/// Whether a rule fits only callers with an identity that it names, be it of a certificate or of a verified token.
fn names_somebody(rule: &AuthorizationRule) -> bool {
    const KEYS: [&str; 4] = ["source.principal", "source.namespace", "source.serviceAccount", "request.auth.principal"];
    let by_source = |source: &Source| {
        let named = [&source.principals, &source.service_accounts, &source.namespaces, &source.request_principals];
        named.iter().any(|values| !values.any.is_empty())
    };
    let by_condition = |c: &Condition| {
        (KEYS.contains(&c.key.as_str()) || c.key.starts_with("request.auth.claims[")) && !c.values.any.is_empty()
    };
    (!rule.from.is_empty() && rule.from.iter().all(by_source)) || rule.when.iter().any(by_condition)
}
