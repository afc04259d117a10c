//! Callers that see codes of values, and that nothing keeps from writing.

use std::collections::BTreeSet;

use meshveil_mask::Reveals;
use meshveil_plan::{Decision, Decisions, RouteChoice};
use meshveil_text::{Finding, codes::policy as codes};

use crate::Policy;

/// Callers named in one finding.
const NAMED: usize = 3;

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let decisions = Decisions::new(policy.plan());
    let mut codes_of: BTreeSet<&str> = BTreeSet::new();
    let mut sees_codes = |caller: usize| {
        let Decision::Mask(masked) = decisions.decide(Some(caller), RouteChoice::Unlisted) else { return false };
        let equal = decisions.rules(masked.view).filter(|(.., mask)| mask.reveals() == Reveals::Equality);
        let seen: Vec<&str> =
            equal.filter_map(|(at, ..)| policy.fields.get(at)).map(|field| field.name.value.as_str()).collect();
        codes_of.extend(&seen);
        !seen.is_empty()
    };
    let callers: Vec<_> =
        policy.callers.iter().enumerate().filter(|(at, _)| sees_codes(*at)).map(|(_, caller)| caller).collect();
    let Some(first) = callers.first() else { return };
    let mut who: Vec<String> = callers.iter().take(NAMED).map(|caller| format!("`{}`", caller.name.value)).collect();
    if callers.len() > NAMED {
        who.push(format!("{} more", callers.len() - NAMED));
    }
    let fields: Vec<String> = codes_of.iter().take(NAMED).map(|field| format!("`{field}`")).collect();
    let verb = if callers.len() == 1 { "sees" } else { "see" };
    let message = format!(
        "{} {verb} the pseudonym of {} and may write: it confirms a guess that is stored, and a record that is read and \
         written back stores it in place of the value",
        who.join(", "),
        fields.join(", ")
    );
    findings.push(
        Finding::new(&codes::WRITES_BACK, first.name.span, message)
            .help("let them only read, or have the service change single fields"),
    );
}
