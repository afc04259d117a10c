//! A path, or a part of one, that cannot select anything.

use meshveil_json::query::EmptyReason;
use meshveil_text::Finding;

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for path in policy.fields.iter().flat_map(|field| &field.paths) {
        for empty in path.value.empty_selectors() {
            let selector = &empty.selector;
            let (why, help) = match empty.reason {
                EmptyReason::StepOfZero => {
                    (format!("`{selector}` has a step of 0"), "leave the step out for every element")
                }
                EmptyReason::EmptyRange => (
                    format!("the range `{selector}` is empty"),
                    "a slice ends before its second number: `[0:2]` is two elements",
                ),
                EmptyReason::NoChildren => (
                    format!("`{selector}` only holds for values without members or elements"),
                    "compare a member instead: `?@.name == 'x'`",
                ),
                _ => (
                    format!("`{selector}` is never true"),
                    "a comparison of different types is false; two values of one member need `||`",
                ),
            };
            let what = if empty.whole { "this path" } else { "a part of this path" };
            let message = format!("{what} never selects anything: {why}");
            findings.push(Finding::new(&codes::NEVER_MATCHES, path.span, message).help(help));
        }
        let depth = path.value.segments.len();
        if depth > policy.limits.depth {
            let message = format!(
                "this path never selects anything: it is {depth} levels deep, `limits.depth` is {}",
                policy.limits.depth
            );
            findings.push(
                Finding::new(&codes::NEVER_MATCHES, path.span, message)
                    .help("deeper responses are refused: raise `limits.depth`"),
            );
        }
    }
}
