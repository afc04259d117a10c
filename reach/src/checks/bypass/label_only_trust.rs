//! B12: callers are known by their labels only: whoever may label a pod is a caller.

use crate::checks::{Check, Context};
use crate::finding::{Finding, Severity};
use crate::manifest::kinds::security::Action;
use crate::mesh::Plane;
use crate::mesh::authorization::{Scope, applying};
use crate::network::{Direction, Endpoint};

pub const CHECK: Check = Check { code: "MV-B12", title: "callers known by labels only", run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for (protected, workload) in context.each() {
        let plane = context.reach.enrolled(protected.workload);
        let scope = if plane == Plane::Ambient { Scope::Ztunnel(workload) } else { Scope::Sidecar(workload) };
        let policies: Vec<_> =
            applying(manifests, scope).map(|(_, p)| p).filter(|p| p.action == Action::Allow).collect();
        let names_someone = policies.iter().flat_map(|p| &p.rules).flat_map(|rule| &rule.from).any(|source| {
            !source.principals.any.is_empty()
                || !source.service_accounts.any.is_empty()
                || !source.namespaces.any.is_empty()
        });
        let blank = policies.iter().flat_map(|p| &p.rules).find(|rule| rule.from.is_empty());
        if names_someone && blank.is_none() || (!policies.is_empty() && policies.iter().all(|p| p.rules.is_empty())) {
            continue;
        }
        let network =
            context.reach.network.isolating_policies(Endpoint::Workload(protected.workload), Direction::Ingress);
        let by_label =
            network.iter().filter_map(|at| manifests.network_policies.get(*at)).find(|p| !p.ingress.is_empty());
        let message =
            format!("`{}` asks no caller for its identity: labels of pods are all that counts", workload.title());
        let span = blank.map(|rule| rule.span).or_else(|| by_label.map(|p| p.meta.span)).unwrap_or(workload.meta.span);
        let help = "add an AuthorizationPolicy `ALLOW` that names each caller's principal in every rule";
        findings.push(Finding::new(CHECK.code, Severity::Error, span, message).help(help));
    }
}
