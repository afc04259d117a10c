//! Routes that let values of a field through, and exceptions that never hold.

use meshveil_json::relation;
use meshveil_text::{Finding, codes::policy as codes};

use crate::{Policy, Route};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for route in &policy.routes {
        of_route(policy, route, findings);
    }
}

fn of_route(policy: &Policy, route: &Route, findings: &mut Vec<Finding>) {
    for (name, paths) in &route.except {
        let Some(field) = policy.fields.iter().find(|field| field.name.value == name.value) else { continue };
        for path in paths {
            let meets = field.paths.iter().any(|own| {
                let mut met = false;
                let is_whole = relation::overlaps(&[&own.value, &path.value], |_, _| met = true);
                met || !is_whole
            });
            let finding = if meets {
                let message = format!(
                    "on route `{}` values of `{}` at `{}` are not masked, for every caller: it counts as clear",
                    route.name.value, name.value, path.value
                );
                Finding::new(&codes::EXCEPTS, path.span, message)
                    .help("name exact places that hold no value, such as messages of errors")
            } else {
                let message =
                    format!("`{}` selects no value of `{}`: the exception never holds", path.value, name.value);
                Finding::new(&codes::EXCEPTS, path.span, message)
                    .label(field.name.span, "the paths of the field")
                    .help("an exception is for values that a path of the field selects itself")
            };
            findings.push(finding);
        }
    }
}
