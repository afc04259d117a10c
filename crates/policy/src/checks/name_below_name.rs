//! A path that misses the same member below a list or as a text.

use meshveil_json::{Query, query::Selector, relation};
use meshveil_plan::Unlisted;
use meshveil_text::{Finding, Span};

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    if policy.unlisted.as_ref().is_some_and(|unlisted| unlisted.value != Unlisted::Show) {
        return;
    }
    let paths: Vec<_> = policy.fields.iter().flat_map(|field| &field.paths).collect();
    let candidates: Vec<_> = paths.iter().filter_map(|path| Some((path.span, wider(&path.value)?))).collect();
    if candidates.is_empty() {
        return;
    }
    let queries: Vec<&Query> = paths.iter().map(|path| &path.value).collect();
    // What another path holds is not all that there is to find.
    let held: Vec<Span> = (paths.iter().zip(relation::holders(&queries)))
        .filter(|(_, holders)| !holders.is_empty())
        .map(|(path, _)| path.span)
        .collect();
    for (span, (holder, wider)) in candidates {
        if held.contains(&span) || queries.iter().any(|known| **known == holder || **known == wider) {
            continue;
        }
        let message = format!("nothing is found where a list stands in between, or where `{holder}` is a text");
        findings.push(
            Finding::new(&codes::NAME_BELOW_NAME, span, message)
                .help(format!("`{wider}` also finds it below a list, `{holder}` masks whatever is there")),
        );
    }
}

/// Of a path that looks for a name anywhere and then for names directly below it: the path without the last name, and the path
/// that looks for it at any depth.
fn wider(path: &Query) -> Option<(Query, Query)> {
    let is_name = |selectors: &[Selector]| matches!(selectors, [Selector::Name(_) | Selector::Loose(_)]);
    let (last, before) = path.segments.split_last()?;
    let holder = before.last()?;
    let anywhere = before.iter().any(|segment| segment.descendant);
    if last.descendant || !anywhere || !is_name(&last.selectors) || !is_name(&holder.selectors) {
        return None;
    }
    let query = |segments: Vec<_>| {
        let mut query = Query { text: String::new(), segments };
        query.text = query.to_string();
        query
    };
    let mut deeper = path.segments.clone();
    deeper.last_mut()?.descendant = true;
    Some((query(before.to_vec()), query(deeper)))
}
