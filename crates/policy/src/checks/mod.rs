//! Whether a policy means what was meant: one check per file.

mod client_names;
mod cut_off;
mod default_service_account;
mod detects;
mod errors_pass;
mod excepts;
mod few_values;
mod headers;
mod listed_twice;
mod look_ahead;
mod looks_real;
mod masking_off;
mod meeting;
mod metrics_port;
mod name_below_name;
mod never_matches;
mod never_reached;
mod never_recognised;
mod no_issuer;
mod old_version;
mod passes;
mod replicas;
mod same_path;
mod same_workload;
mod shared_identity;
mod shows_much;
mod shows_nothing;
mod stages;
mod two_callers;
mod views;
mod weaker_route;
mod writes_back;
mod writes_masked;

use meshveil_text::{Finding, Severity};

use crate::Policy;

/// Checks of one policy.
pub(crate) fn within(policy: &Policy, findings: &mut Vec<Finding>) {
    for check in [
        shared_identity::check,
        default_service_account::check,
        same_path::check,
        shows_much::check,
        masking_off::check,
        look_ahead::check,
        weaker_route::check,
        never_reached::check,
        never_matches::check,
        meeting::check,
        two_callers::check,
        few_values::check,
        looks_real::check,
        listed_twice::check,
        errors_pass::check,
        passes::check,
        headers::check,
        excepts::check,
        stages::check,
        no_issuer::check,
        writes_back::check,
        writes_masked::check,
        name_below_name::check,
        client_names::check,
        shows_nothing::check,
        detects::check,
        metrics_port::check,
        replicas::check,
    ] {
        check(policy, findings);
    }
    // Of a policy with errors callers may be missing that this one depends on.
    if findings.iter().all(|finding| finding.severity < Severity::Error) {
        never_recognised::check(policy, findings);
    }
}

pub(crate) use stages::overdue;

/// Checks over several policies.
pub(crate) fn across(policies: &[Policy], findings: &mut Vec<Finding>) {
    same_workload::check(policies, findings);
    cut_off::check(policies, findings);
    old_version::check(policies, crate::release(), findings);
}
