//! What a policy says beside what the manifests do: settings of the filter that are not the policy's, callers that are not
//! let in, accounts that nobody runs as.

mod account;
mod drift;
mod shortfall;

use meshveil_policy::Policy;
use meshveil_reach::Reach;
use meshveil_reach::finding::Finding;

pub(crate) use shortfall::is_caller;

/// Everything that policies say and manifests do not do.
pub(super) fn run(policies: &[Policy], reach: &Reach<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in policies {
        drift::run(policy, reach, &mut findings);
        let before = findings.len();
        account::run(policy, reach, &mut findings);
        // Whom no pod runs as, nobody can let in.
        if findings.len() == before {
            shortfall::run(policy, reach, &mut findings);
        }
    }
    findings
}
