//! What `detect` costs, and where it does nothing.

use meshveil_plan::Masking;
use meshveil_text::Finding;

use crate::{Policy, codes};

/// Patterns that are not worth a word.
const FEW: usize = 4;

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let of_routes = policy.routes.iter().filter_map(|route| Some((route.detect.as_ref()?, route.masking.value)));
    if let Some(detect) = policy.detect.as_ref().filter(|detect| detect.value.is_empty()) {
        let message = "nothing is looked for here";
        findings.push(
            Finding::new(&codes::DETECTS_NOTHING, detect.span, message).help("add `find: [strong]`, or leave it out"),
        );
    }
    for (detect, masking) in of_routes.clone() {
        if masking == Masking::Off {
            let message = "masking is off on this route, so that nothing is looked through";
            findings.push(Finding::new(&codes::DETECTS_NOTHING, detect.span, message).help("leave it out"));
        }
    }
    let on_routes = of_routes.filter(|(_, masking)| *masking == Masking::On).map(|(detect, _)| detect);
    for detect in policy.detect.iter().chain(on_routes) {
        let count = detect.value.patterns.len();
        if count > FEW {
            let message = format!("{count} patterns: every text is looked through {count} times");
            findings.push(
                Finding::new(&codes::MANY_PATTERNS, detect.span, message)
                    .help("join some with `|`: `(T|ORD)-[0-9]{6}`"),
            );
        }
    }
}
