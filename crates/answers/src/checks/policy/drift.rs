//! A filter whose settings are not those of the policy: the policy was changed, and not generated again.

use meshveil_policy::Policy;
use meshveil_reach::Reach;
use meshveil_reach::finding::Finding;
use meshveil_reach::network::Endpoint;
use meshveil_text::codes;

use crate::cluster::protected_by;

pub(super) fn run(policy: &Policy, reach: &Reach<'_>, findings: &mut Vec<Finding>) {
    let plan = policy.plan();
    let differs = |workload: &usize| reach.plan_of(*workload).is_some_and(|own| !own.masks_like(&plan));
    let Some(workload) = protected_by(policy, reach).into_iter().find(differs) else { return };
    let title = reach.network.title(Endpoint::Workload(workload));
    let what = reach.plan_of(workload).map(|own| own.difference(&plan)).unwrap_or_default();
    let message =
        format!("the filter of `{title}` has other settings than policy `{}`: {what} differ", policy.name.value);
    let help = "the deployed settings count: run `meshveil generate`, and apply what it writes";
    findings.push(Finding::new(&codes::bypass::OTHER_SETTINGS, policy.name.span, message).help(help));
}
