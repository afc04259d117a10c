//! No single fault lets anything out, in both kinds of mesh.

use meshveil_answers::faults;
use meshveil_reach::{Options, Reach};

use crate::kustomize::{MESHES, guarded};

/// Locks that hold when another one fails, and of which two together let something out.
const LOCKS: [&[&str]; 2] = [
    &["EnvoyFilter shop/customers-guard is gone", "ValidatingAdmissionPolicy shop-customers-pods is gone"],
    &["EnvoyFilter shop/customers-guard is gone", "AuthorizationPolicy shop/customers-waypoint is dropped"],
];

#[test]
fn every_restricted_field_has_two_locks() {
    for ((mesh, app), locks) in MESHES.into_iter().zip(LOCKS) {
        let manifests = guarded(mesh, app);
        let options = Options::default();
        let reach = Reach::new(&manifests, &options);
        let customers = reach.find("shop", "customers", Some("Deployment")).unwrap();
        let plan = reach.plan_of(customers).unwrap();
        let sources: Vec<usize> = (0..manifests.workloads.len()).filter(|at| *at != customers).collect();
        let faults = faults::single(&manifests, &options.filter, customers);
        assert!(faults.len() >= 12, "{mesh}: {faults:#?}");
        let leaks = faults::leaks(&manifests, &options, customers, &plan, &sources, 1);
        assert!(leaks.is_empty(), "{mesh}: {leaks:#?}");
        // Two are enough, or nothing was tried at all.
        let leaks = faults::leaks(&manifests, &options, customers, &plan, &sources, 2);
        for lock in locks {
            let named = |fault: &faults::Fault| fault.description.contains(lock);
            assert!(leaks.iter().any(|leak| leak.faults.iter().any(named)), "{mesh}: {lock}");
        }
    }
}
