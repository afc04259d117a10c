//! Each workload sees what the policy says, in both kinds of mesh.

use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::Form::{self, Clear, Masked, Partial, Unreachable};
use meshveil_reach::{Options, Reach};

use crate::kustomize::{MESHES, guarded};

/// The form of each field of the policy, in its order.
pub fn forms(reach: &Reach<'_>, source: Endpoint, destination: usize) -> Vec<Form> {
    let plan = reach.plan_of(destination).unwrap();
    let exposure = reach.exposure(source, destination, &plan);
    plan.fields.iter().map(|field| exposure.get(&field.name).map_or(Unreachable, |found| found.form)).collect()
}

#[test]
fn every_caller_sees_what_the_policy_says() {
    for (mesh, app) in MESHES {
        let manifests = guarded(mesh, app);
        let reach = Reach::new(&manifests, &Options::default());
        let customers = reach.find("shop", "customers", Some("Deployment")).unwrap();
        let expected = [
            ("billing", [Clear; 7]),
            ("support", [Partial, Partial, Clear, Clear, Masked, Masked, Masked]),
            ("frontend", [Partial, Partial, Partial, Partial, Masked, Masked, Masked]),
            ("batch", [Unreachable; 7]),
        ];
        for (name, expected) in expected {
            let source = Endpoint::Workload(reach.find("shop", name, Some("Deployment")).unwrap());
            assert_eq!(forms(&reach, source, customers), expected, "{mesh}: {name}");
        }
        for range in reach.network.endpoints().filter(|endpoint| matches!(endpoint, Endpoint::Range(_))) {
            assert!(forms(&reach, range, customers).iter().all(|form| *form <= Form::Denied), "{mesh}: {range:?}");
        }
    }
}
