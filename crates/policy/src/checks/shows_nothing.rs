//! `shows` where everything is shown.

use meshveil_plan::Unlisted;
use meshveil_text::Finding;

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let of_policy = policy.unlisted.as_ref().map(|unlisted| unlisted.value).unwrap_or_default();
    let of_routes = || policy.routes.iter().filter_map(|route| route.unlisted.as_ref());
    let anywhere = of_policy != Unlisted::Show || of_routes().any(|unlisted| unlisted.value != Unlisted::Show);
    let mut idle = Vec::new();
    if !anywhere {
        idle.extend(policy.shows.first());
    }
    for route in &policy.routes {
        if route.unlisted.as_ref().map_or(of_policy, |unlisted| unlisted.value) == Unlisted::Show {
            idle.extend(route.shows.first());
        }
    }
    for path in idle {
        let message = "everything is shown here that no field masks";
        findings.push(
            Finding::new(&codes::SHOWS_NOTHING, path.span, message)
                .help("add `unlisted: mask`, so that nothing is shown but this"),
        );
    }
}
