//! Routes of methods that write, where a caller sees masks and may store them.

use meshveil_plan::{Decision, Decisions, RouteChoice, Writes};
use meshveil_text::{Finding, codes::policy as codes};

use crate::Policy;

/// Methods that replace or change what is stored.
const WRITING: [&str; 3] = ["PUT", "PATCH", "POST"];

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let decisions = Decisions::new(policy.plan());
    for (at, route) in policy.routes.iter().enumerate() {
        let Some(matches) = &route.matches else { continue };
        let Some(method) = matches.value.methods.iter().find(|method| WRITING.contains(&method.as_str())) else {
            continue;
        };
        let may_write = |caller: usize| match decisions.decide(Some(caller), RouteChoice::Listed(at)) {
            Decision::Mask(masked) => masked.writes == Writes::Pass,
            Decision::Off | Decision::Clear | Decision::Deny => false,
        };
        let callers = policy.callers.iter().enumerate().filter(|(caller, _)| may_write(*caller));
        let mut names = callers.map(|(_, caller)| caller.name.value.as_str());
        // A route that says `writes: pass` means it.
        let Some(first) = names.next().filter(|_| route.writes.is_none()) else { continue };
        let more = match names.count() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!(
            "`{first}`{more} may {method} on route `{}` and see masks, which a record that is written back stores",
            route.name.value
        );
        findings.push(
            Finding::new(&codes::WRITES_MASKED, route.name.span, message)
                .help("add `writes: refuse-masked`, or `writes: pass` where bodies never hold what was read"),
        );
    }
}
