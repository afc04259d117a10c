//! A route that an earlier one hides.

use meshveil_plan::RouteMatch;
use meshveil_text::Finding;

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for (at, route) in policy.routes.iter().enumerate() {
        let Some(matches) = &route.matches else { continue };
        let earlier = policy.routes.iter().take(at);
        let hides =
            |earlier: &&crate::Route| earlier.matches.as_ref().is_some_and(|m| covers(&m.value, &matches.value));
        let Some(first) = earlier.into_iter().find(hides) else { continue };
        let message =
            format!("route `{}` is never reached: `{}` matches all its requests", route.name.value, first.name.value);
        findings.push(
            Finding::new(&codes::NEVER_REACHED, matches.span, message)
                .label(first.name.span, "this one is first")
                .help("put the narrower route first"),
        );
    }
}

/// Whether every request that `narrow` matches is matched by `wide`.
fn covers(wide: &RouteMatch, narrow: &RouteMatch) -> bool {
    let same = |wide: &Option<String>, narrow: &Option<String>| wide.is_none() || wide == narrow;
    let path = match (&wide.path, &wide.prefix) {
        (Some(path), _) => narrow.path.as_ref() == Some(path),
        (None, Some(prefix)) => {
            let narrow = narrow.path.as_ref().or(narrow.prefix.as_ref());
            narrow.is_some_and(|narrow| under(narrow, prefix))
        }
        (None, None) => true,
    };
    let methods = wide.methods.is_empty()
        || (!narrow.methods.is_empty() && narrow.methods.iter().all(|method| wide.methods.contains(method)));
    path && methods && same(&wide.host, &narrow.host) && same(&wide.route_name, &narrow.route_name)
}

/// Whether a path is a prefix or lies below it, at a `/` boundary.
fn under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
