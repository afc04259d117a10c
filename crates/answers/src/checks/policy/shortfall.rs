//! A caller that the policy grants something, and that the manifests do not let in.

use meshveil_plan::Decisions;
use meshveil_policy::{Caller, Policy};
use meshveil_reach::Reach;
use meshveil_reach::finding::Finding;
use meshveil_reach::mesh::Plane;
use meshveil_reach::mesh::waypoint::{self, Waypoint};
use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::Form;
use meshveil_reach::verdict::form::worst;
use meshveil_text::codes;

use crate::cluster::protected_by;

pub(super) fn run(policy: &Policy, reach: &Reach<'_>, findings: &mut Vec<Finding>) {
    let plan = policy.plan();
    let decisions = Decisions::new(plan.clone());
    for workload in protected_by(policy, reach) {
        for caller in &policy.callers {
            let Some(account) = &caller.service_account else { continue };
            let principal = account.value.spiffe_id(&policy.trust_domain);
            let granted = worst(&decisions, principal.strip_prefix("spiffe://"));
            if granted.values().all(|(form, _)| *form < Form::Masked) {
                continue;
            }
            let sources = (0..reach.manifests.workloads.len()).filter(|at| *at != workload);
            for source in sources.filter(|source| is_caller(caller, reach, *source)) {
                let exposures = reach.exposure(Endpoint::Workload(source), workload, &plan);
                if exposures.is_empty() || exposures.values().any(|exposure| exposure.form >= Form::Masked) {
                    continue;
                }
                let Some(exposure) = exposures.values().next() else { continue };
                let title = |at| reach.network.title(Endpoint::Workload(at));
                let (name, who, whom) = (&caller.name.value, title(source), title(workload));
                let form = exposure.form.name();
                let message = format!("caller `{name}` gets nothing: `{whom}` is {form} for `{who}`");
                let mut finding = Finding::new(&codes::bypass::LESS_THAN_GRANTED, caller.name.span, message);
                let mut help = Vec::new();
                if let Some(step) = exposure.verdict.stopped() {
                    help.push(format!("{}: {}", step.layer.name(), step.reason));
                    if let Some(span) = step.spans.iter().find(|span| span.is_somewhere()) {
                        finding = finding.label(*span, "decided here");
                    }
                }
                if is_unbound(reach, workload) {
                    help.push("none of its Services is bound to a waypoint (label `istio.io/use-waypoint`)".to_owned());
                }
                findings.push(finding.help(help.join("; ")));
            }
        }
    }
}

/// Whether a workload is ambient, there are waypoints, and none is before its Services.
fn is_unbound(reach: &Reach<'_>, workload: usize) -> bool {
    let manifests = reach.manifests;
    let Some(pods) = manifests.workloads.get(workload) else { return false };
    let mut services = manifests.services.iter().filter(|service| service.leads_to(pods));
    reach.enrolled(workload) == Plane::Ambient
        && manifests.gateways.iter().any(|gateway| gateway.is_waypoint())
        && !services.any(|service| matches!(waypoint::of_service(manifests, service), Waypoint::Found(_)))
}

/// Whether a workload is a caller: it runs as its account, and has its labels.
pub(crate) fn is_caller(caller: &Caller, reach: &Reach<'_>, source: usize) -> bool {
    let Some(workload) = reach.manifests.workloads.get(source) else { return false };
    let Some(account) = &caller.service_account else { return false };
    let has = |(key, value): (&String, &String)| workload.labels.get(key) == Some(value);
    workload.meta.namespace == account.value.namespace
        && workload.service_account == account.value.name
        && caller.pods.as_ref().is_none_or(|pods| pods.value.iter().all(has))
}
