//! B11: a caller's ServiceAccount that other pods use, or that someone may put pods under.

use crate::checks::{Check, Context};
use meshveil_reach::finding::{Finding, Severity};
use meshveil_reach::manifest::kinds::rbac::RoleRule;
use meshveil_reach::manifest::kinds::workload::Workload;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::SHARED_ACCOUNT, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let mut callers: Vec<_> = context.protected.iter().flat_map(|p| &p.callers).collect();
    callers.sort();
    callers.dedup();
    for caller in &callers {
        let name = format!("{}/{}", caller.namespace, caller.name);
        let users: Vec<_> = manifests
            .workloads
            .iter()
            .filter(|w| w.meta.namespace == caller.namespace && w.service_account == caller.name)
            .collect();
        let message = match (caller.name.as_str(), users.as_slice()) {
            ("default", [first, ..]) => {
                Some((first, format!("the caller `{name}` is every pod that names no ServiceAccount")))
            }
            (_, [first, rest @ ..]) => {
                // Versions of one application (blue and green, canary) run under one account and carry one label at least.
                let is_other = |second: &&&Workload| !first.labels.iter().any(|(k, v)| second.labels.get(k) == Some(v));
                rest.iter().find(is_other).map(|second| {
                    (second, format!("`{}` and `{}` are both the caller `{name}`", first.title(), second.title()))
                })
            }
            _ => None,
        };
        if let Some((workload, message)) = message {
            let help = "give each caller a ServiceAccount of its own";
            findings.push(Finding::new(CHECK.code, workload.service_account_span, message).help(help));
        }
    }
    let mut namespaces: Vec<&str> = callers.iter().map(|c| c.namespace.as_str()).collect();
    namespaces.dedup();
    for namespace in namespaces {
        takeovers(context, namespace, findings);
    }
}

/// Roles that let someone start or enter pods in a namespace of callers.
fn takeovers(context: &Context<'_, '_>, namespace: &str, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for binding in &manifests.role_bindings {
        let everywhere = binding.meta.kind == "ClusterRoleBinding";
        if !everywhere && binding.meta.namespace != namespace {
            continue;
        }
        let role = manifests.roles.iter().find(|role| {
            role.meta.kind == binding.role.0
                && role.meta.name == binding.role.1
                && (role.meta.kind == "ClusterRole" || role.meta.namespace == binding.meta.namespace)
        });
        let who =
            binding.subjects.iter().map(|(kind, _, name)| format!("{kind} {name}")).collect::<Vec<_>>().join(", ");
        let message =
            format!("{who} may create pods or exec into pods in `{namespace}`, and so act as any caller there");
        let of_role = role.and_then(|role| Some((role, role.rules.iter().find(|rule| takes_over(rule))?)));
        let is_built_in =
            role.is_none() && binding.role.0 == "ClusterRole" && BUILT_IN.contains(&binding.role.1.as_str());
        let finding = match of_role {
            Some((role, rule)) => Finding::new(CHECK.code, rule.span, message)
                .severity(Severity::Warning)
                .label(binding.meta.span, format!("bound here to {}", role.meta.name)),
            None if is_built_in => Finding::new(CHECK.code, binding.meta.span, message).severity(Severity::Warning),
            None => continue,
        };
        let finding = finding
            .help("keep `create` on pods and workloads, `pods/exec`, `pods/attach`, `pods/portforward` and `serviceaccounts/token` out of the callers' namespace");
        findings.push(finding);
    }
}

/// Roles of every cluster that let their subjects start and enter pods.
const BUILT_IN: [&str; 3] = ["admin", "cluster-admin", "edit"];

fn takes_over(rule: &RoleRule) -> bool {
    const ENTER: [&str; 5] = ["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "pods/ephemeralcontainers"];
    // A token of a ServiceAccount is all that a certificate takes.
    const START: [&str; 9] = [
        "pods",
        "deployments",
        "statefulsets",
        "daemonsets",
        "replicasets",
        "replicationcontrollers",
        "jobs",
        "cronjobs",
        "serviceaccounts/token",
    ];
    let has = |list: &[String], any: &[&str]| list.iter().any(|item| item == "*" || any.contains(&item.as_str()));
    (has(&rule.resources, &ENTER) && has(&rule.verbs, &["create", "get", "patch", "update"]))
        || (has(&rule.resources, &START) && has(&rule.verbs, &["create", "patch", "update"]))
}
