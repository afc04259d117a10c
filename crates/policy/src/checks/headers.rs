//! Response headers that are listed, and tell more than one may think.

use meshveil_plan::{Arrival, describes_body};
use meshveil_text::{Finding, codes::policy as codes};

use crate::Policy;

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let of_policy = policy.headers.iter().map(|listed| (listed, "on every route".to_owned()));
    let of_routes = policy
        .routes
        .iter()
        .flat_map(|route| route.headers.iter().map(|listed| (listed, format!("on route `{}`", route.name.value))));
    for ((name, arrival), place) in of_policy.chain(of_routes) {
        let header = &name.value;
        if describes_body(header) {
            let message = format!("`{header}` describes the clear body, by which guesses of a value can be tested");
            findings.push(
                Finding::new(&codes::HEADER_OF_BODY, name.span, message)
                    .help("leave it out; entity tags of masked views need no listing, only a `key`"),
            );
        } else if *arrival == Arrival::Pass {
            let message = format!("response header `{header}` arrives unread {place}: every field counts as clear");
            findings.push(
                Finding::new(&codes::HEADER_PASSES, name.span, message)
                    .help("write `screen`, or make it a field: `{ name: ..., headers: [...], mask: ... }`"),
            );
        }
    }
}
