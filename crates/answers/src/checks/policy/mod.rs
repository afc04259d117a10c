//! What a policy says beside what the manifests do: settings of the filter that are not the policy's.

mod drift;

use meshveil_policy::Policy;
use meshveil_reach::Reach;
use meshveil_reach::finding::Finding;

/// Everything that policies say and manifests do not do.
pub(super) fn run(policies: &[Policy], reach: &Reach<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in policies {
        drift::run(policy, reach, &mut findings);
    }
    findings
}
