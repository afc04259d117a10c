//! Whether a policy means what was meant: one check per file.

mod default_service_account;
mod look_ahead;
mod masking_off;
mod never_reached;
mod same_path;
mod same_workload;
mod shared_identity;
mod shows_much;
mod weaker_route;

use meshveil_source::Finding;

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
    ] {
        check(policy, findings);
    }
}

/// Checks over several policies.
pub(crate) fn across(policies: &[Policy], findings: &mut Vec<Finding>) {
    same_workload::check(policies, findings);
}
