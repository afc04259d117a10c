//! Media types that pass unread where others are masked.

use meshveil_plan::{Decision, Decisions, RouteChoice};
use meshveil_text::{Finding, codes::policy as codes};

use crate::Policy;

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let decisions = Decisions::new(policy.plan());
    let callers = (0..policy.callers.len()).map(Some).chain([None]);
    let is_masked = |caller| matches!(decisions.decide(caller, RouteChoice::Unlisted), Decision::Mask(_));
    if !callers.into_iter().any(is_masked) {
        return;
    }
    let of_policy = policy.passes.iter().map(|range| (range, "on every route".to_owned()));
    let of_routes = policy
        .routes
        .iter()
        .flat_map(|route| route.passes.iter().map(|range| (range, format!("on route `{}`", route.name.value))));
    for (range, place) in of_policy.chain(of_routes) {
        let message = format!("bodies of `{}` pass unread {place}: every field counts as clear", range.value.0);
        findings.push(
            Finding::new(&codes::PASSES, range.span, message).help("list exact types, on the routes that need them"),
        );
    }
}
