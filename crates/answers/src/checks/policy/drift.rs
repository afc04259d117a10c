//! A filter whose settings are not those of the policy: the policy was changed, and not generated again.

use meshveil_plan::Plan;
use meshveil_policy::Policy;
use meshveil_reach::Reach;
use meshveil_reach::finding::Finding;
use meshveil_reach::network::Endpoint;
use meshveil_text::codes;

use crate::cluster::protected_by;
use crate::explain::masks_alike;

pub(super) fn run(policy: &Policy, reach: &Reach<'_>, findings: &mut Vec<Finding>) {
    let plan = policy.plan();
    let differs = |workload: &usize| reach.plan_of(*workload).is_some_and(|own| !masks_alike(&own, &plan));
    let Some(workload) = protected_by(policy, reach).into_iter().find(differs) else { return };
    let title = reach.network.title(Endpoint::Workload(workload));
    let what = reach.plan_of(workload).map(|own| difference(&own, &plan)).unwrap_or_default();
    let message =
        format!("the filter of `{title}` has other settings than policy `{}`: {what} differ", policy.name.value);
    let help = "the deployed settings count: run `meshveil generate`, and apply what it writes";
    findings.push(Finding::new(&codes::bypass::OTHER_SETTINGS, policy.name.span, message).help(help));
}

/// The first part that differs.
fn difference(own: &Plan, policy: &Plan) -> &'static str {
    if own.fields != policy.fields {
        "the fields"
    } else if own.routes != policy.routes {
        "the routes"
    } else if own.trusted_hops != policy.trusted_hops {
        "the trusted hops"
    } else if own.callers != policy.callers || own.others != policy.others {
        "the callers"
    } else if own.unlisted != policy.unlisted || own.shows != policy.shows {
        "what is shown"
    } else if own.stage != policy.stage {
        "the stages"
    } else {
        "what is read, passes, or happens on errors"
    }
}
