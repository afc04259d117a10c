//! Policies and routes that are not rolled out whole: what that means, and whether it has an end.

use meshveil_plan::Stage;
use meshveil_text::{Finding, Severity, codes::policy as codes};

use crate::{Date, Policy, Spanned};

type Rollout<'p> = (&'p Spanned<Stage>, Option<&'p Spanned<Date>>, String);

fn rollouts(policy: &Policy) -> impl Iterator<Item = Rollout<'_>> {
    let own = policy.stage.iter().map(|stage| (stage, policy.until.as_ref(), "every route".to_owned()));
    let of_routes = policy.routes.iter().filter_map(|route| {
        Some((route.stage.as_ref()?, route.until.as_ref(), format!("route `{}`", route.name.value)))
    });
    own.chain(of_routes).filter(|(stage, ..)| stage.value < Stage::Enforce)
}

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for (stage, until, place) in rollouts(policy) {
        if stage.value == Stage::Observe {
            let message =
                format!("{place} is only observed: nothing is masked or denied, and every field counts as clear");
            findings.push(Finding::new(&codes::OBSERVES, stage.span, message).help("go on with `stage: mask`"));
        }
        if until.is_none() {
            let message = format!("stage `{}` of {place} has no end", stage.value.name());
            findings.push(
                Finding::new(&codes::STAGE_ENDS, stage.span, message)
                    .help("add `until:` with the day by which it is over"),
            );
        }
    }
}

/// Stages that should be over on this day.
pub(crate) fn overdue(policy: &Policy, today: Date) -> impl Iterator<Item = Finding> {
    rollouts(policy).filter_map(move |(stage, until, place)| {
        let until = until.filter(|until| until.value < today)?;
        let message = format!("stage `{}` of {place} should be over since {}", stage.value.name(), until.value);
        let finding = Finding::new(&codes::STAGE_ENDS, until.span, message).severity(Severity::Error);
        Some(finding.help("go on to the next stage, or say until when this one stays"))
    })
}
