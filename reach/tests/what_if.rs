//! Faults and newcomers.

mod cluster;

use cluster::{merged, read_text};
use meshveil_reach::fault::{leaks, locks, single};
use meshveil_reach::newcomer::newcomers;
use meshveil_reach::verdict::Form;
use meshveil_reach::{Options, Reach};

const SIDECAR: &str = include_str!("fixtures/sidecar.yaml");

#[test]
fn single_faults_of_the_whole_bundle_open_nothing_to_strangers() {
    let manifests = read_text(SIDECAR);
    let options = Options::default();
    let reach = Reach::new(&manifests, &options);
    let customers = reach.find("shop", "customers", None).unwrap();
    let plan = reach.plan_of(customers).unwrap();
    let batch = reach.find("staging", "batch", None).unwrap();
    assert!(single(&manifests, &options.filter, customers).len() >= 12);
    assert_eq!(leaks(&manifests, &options, customers, &plan, &[batch], 1), []);
    // Two faults: no network policy is enforced, and the pods get no proxy.
    let leak = locks(&manifests, &options, customers, &plan, batch, "ssn", 2).unwrap();
    let names: Vec<&str> = leak.faults.iter().map(|f| f.description.as_str()).collect();
    assert_eq!(names, ["no NetworkPolicy is enforced", "shop/customers[Deployment] gets no proxy"]);
    assert_eq!((leak.before, leak.after), (Form::Unreachable, Form::Clear));
}

#[test]
fn caller_with_a_view_sees_more_when_the_filter_is_gone() {
    let manifests = read_text(SIDECAR);
    let options = Options::default();
    let reach = Reach::new(&manifests, &options);
    let customers = reach.find("shop", "customers", None).unwrap();
    let plan = reach.plan_of(customers).unwrap();
    let frontend = reach.find("shop", "frontend", None).unwrap();
    let found = leaks(&manifests, &options, customers, &plan, &[frontend], 1);
    let mut names: Vec<&str> = found.iter().flat_map(|leak| &leak.faults).map(|f| f.description.as_str()).collect();
    names.dedup();
    assert_eq!(
        names,
        ["WasmPlugin shop/meshveil-customers is gone, or fails open", "shop/customers[Deployment] gets no proxy"]
    );
}

#[test]
fn weakest_newcomer_needs_a_callers_labels_and_identity() {
    let manifests = read_text(SIDECAR);
    let options = Options::default();
    let reach = Reach::new(&manifests, &options);
    let customers = reach.find("shop", "customers", None).unwrap();
    let plan = reach.plan_of(customers).unwrap();
    let found = newcomers(&manifests, &options, customers, &plan);
    assert!(!found.is_empty());
    for newcomer in &found {
        assert!(newcomer.namespace_exists && newcomer.namespace == "shop", "{}", newcomer.describe());
        let account = newcomer.service_account.as_deref().unwrap();
        assert!(["billing", "support", "frontend"].contains(&account), "{}", newcomer.describe());
        assert_eq!(newcomer.labels, [("app".to_owned(), "billing".to_owned())]);
    }
}

#[test]
fn open_port_lets_any_newcomer_in() {
    let open = "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: open, namespace: shop }\nspec: { podSelector: { matchLabels: { app: customers } }, ingress: [{ ports: [{ port: 8080 }] }] }\n";
    let manifests = read_text(&merged(SIDECAR, open));
    let options = Options::default();
    let reach = Reach::new(&manifests, &options);
    let customers = reach.find("shop", "customers", None).unwrap();
    let plan = reach.plan_of(customers).unwrap();
    let found = newcomers(&manifests, &options, customers, &plan);
    let described: Vec<String> = found.iter().map(|n| n.describe()).collect();
    assert_eq!(described, ["any pod in any new namespace"]);
    assert_eq!(found[0].exposures["ssn"].form, Form::Clear);
}
