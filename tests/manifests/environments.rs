//! One base, two environments: nothing of one reaches the other.

use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::Form::{Clear, Denied, Unreachable};
use meshveil_reach::{Options, Reach};

use crate::kustomize::{MESHES, build, read, shop};
use crate::views::forms;

#[test]
fn staging_cannot_reach_production_nor_production_staging() {
    for (mesh, app) in MESHES {
        let overlay = |name: &str| build(&format!("{mesh}/overlays/{name}"));
        let manifests = read(&[
            ("production.yaml".to_owned(), shop(app, "shop")),
            ("staging.yaml".to_owned(), shop(app, "shop-staging")),
            ("production-mesh.yaml".to_owned(), overlay("production")),
            ("staging-mesh.yaml".to_owned(), overlay("staging")),
        ]);
        let reach = Reach::new(&manifests, &Options::default());
        let find = |namespace: &str, name: &str| reach.find(namespace, name, Some("Deployment")).unwrap();
        for (own, other) in [("shop", "shop-staging"), ("shop-staging", "shop")] {
            let customers = find(own, "customers");
            assert_eq!(forms(&reach, Endpoint::Workload(find(own, "billing")), customers), [Clear; 7], "{mesh}: {own}");
            for name in ["billing", "support", "frontend", "batch", "customers"] {
                let forms = forms(&reach, Endpoint::Workload(find(other, name)), customers);
                assert_eq!(forms, [Unreachable; 7], "{mesh}: {other}/{name} to {own}");
            }
        }
        // Not the network alone: without any NetworkPolicy the other environment has no right to ask.
        let mut open = manifests.clone();
        open.network_policies.clear();
        let reach = Reach::new(&open, &Options::default());
        let customers = find("shop", "customers");
        let billing = Endpoint::Workload(find("shop-staging", "billing"));
        assert_eq!(forms(&reach, billing, customers), [Denied; 7], "{mesh}");
    }
}
