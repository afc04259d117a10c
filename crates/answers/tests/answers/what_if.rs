//! What leaks when objects fail, and what unknown pods get: against clusters in which that has happened.

use crate::cluster::{merged, read_text};
use meshveil_answers::faults::{Leak, apply, leaks, single};
use meshveil_answers::unknown_pods::{Home, search};
use meshveil_plan::Plan;
use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::Form;
use meshveil_reach::{Options, Reach};
use meshveil_text::codes::Base;

const SIDECAR: &str = Base::Sidecar.text();

/// The workload that holds the data, and the plan of its filter.
fn protected(reach: &Reach<'_>) -> (usize, Plan) {
    let customers = reach.find("shop", "customers", None).unwrap();
    (customers, reach.plan_of(customers).unwrap())
}

#[test]
fn single_faults_of_the_whole_bundle_open_nothing_to_strangers() {
    let manifests = read_text(SIDECAR);
    let options = Options::default();
    let reach = Reach::new(&manifests, &options);
    let (customers, plan) = protected(&reach);
    let batch = reach.find("staging", "batch", None).unwrap();
    assert!(single(&manifests, &options.filter, customers).len() >= 12);
    assert_eq!(leaks(&manifests, &options, customers, &plan, &[batch], 1), []);
    // Two faults: no network policy is enforced, and the pods get no proxy.
    let of_ssn = |count| -> Option<Leak> {
        let leaks = leaks(&manifests, &options, customers, &plan, &[batch], count);
        leaks.into_iter().find(|leak| leak.field == "ssn")
    };
    assert_eq!(of_ssn(1), None);
    let leak = of_ssn(2).unwrap();
    let names: Vec<&str> = leak.faults.iter().map(|f| f.description.as_str()).collect();
    assert_eq!(names, ["no NetworkPolicy is enforced", "shop/customers[Deployment] gets no proxy"]);
    assert_eq!((leak.before, leak.after), (Form::Unreachable, Form::Clear));
}

#[test]
fn caller_with_a_view_sees_more_when_the_filter_is_gone() {
    let manifests = read_text(SIDECAR);
    let options = Options::default();
    let reach = Reach::new(&manifests, &options);
    let (customers, plan) = protected(&reach);
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
fn weakest_unknown_pod_needs_a_callers_labels_and_identity() {
    let manifests = read_text(SIDECAR);
    let options = Options::default();
    let reach = Reach::new(&manifests, &options);
    let (customers, plan) = protected(&reach);
    let found = search(&reach, &options, customers, &plan).found;
    assert!(!found.is_empty());
    for pod in &found {
        assert!(pod.home == Home::Existing("shop".to_owned()), "{}", pod.describe());
        let account = pod.service_account.as_deref().unwrap();
        assert!(["billing", "support", "frontend"].contains(&account), "{}", pod.describe());
        assert_eq!(pod.labels, [("app".to_owned(), "billing".to_owned())]);
    }
}

#[test]
fn open_port_lets_any_unknown_pod_in() {
    let open = "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: open, namespace: shop }\nspec: { podSelector: { matchLabels: { app: customers } }, ingress: [{ ports: [{ port: 8080 }] }] }\n";
    let manifests = read_text(&merged(SIDECAR, open));
    let options = Options::default();
    let reach = Reach::new(&manifests, &options);
    let (customers, plan) = protected(&reach);
    let found = search(&reach, &options, customers, &plan).found;
    let described: Vec<String> = found.iter().map(|n| n.describe()).collect();
    assert_eq!(described, ["any pod in any new namespace"]);
    assert_eq!(found[0].exposures["ssn"].form, Form::Clear);
}

/// Clusters to ask about: the bundles, and what undoes parts of them.
fn clusters() -> Vec<String> {
    let policy = |spec: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{ name: more, namespace: shop }}\nspec: {spec}\n"
        )
    };
    let customers = "podSelector: { matchLabels: { app: customers } }";
    let peers = [
        "namespaceSelector: { matchLabels: { env: prod } }, podSelector: { matchLabels: { tier: front } }",
        "namespaceSelector: {}, podSelector: { matchExpressions: [{ key: app, operator: Exists }, { key: tier, operator: NotIn, values: [back] }] }",
        "podSelector: { matchExpressions: [{ key: app, operator: NotIn, values: [frontend] }] }",
    ];
    let opened = peers.map(|peer| policy(&format!("{{ {customers}, ingress: [{{ from: [{{ {peer} }}] }}] }}")));
    let held =
        policy("{ podSelector: { matchExpressions: [{ key: tier, operator: DoesNotExist }] }, policyTypes: [Egress] }");
    let permissive = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: { name: default, namespace: shop }\nspec: { mtls: { mode: PERMISSIVE } }\n";
    let anyone = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: more, namespace: shop }\nspec: { action: ALLOW, rules: [{ from: [{ source: { principals: ['*/sa/ad*'] } }, { source: { serviceAccounts: [staging/batch] } }] }] }\n";
    let foreign = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: { name: foreign, namespace: staging }\nspec: { mtls: { mode: STRICT } }\n";
    let edge = [
        "apiVersion: v1\nkind: Namespace\nmetadata: { name: edge, labels: { istio-injection: enabled } }\n",
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: edge, namespace: edge }\nspec: { gatewayClassName: istio, listeners: [{ name: http, port: 80, protocol: HTTP, allowedRoutes: { namespaces: { from: All } } }] }\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: edge, namespace: edge }\nspec: { selector: { matchLabels: { gateway.networking.k8s.io/gateway-name: edge } }, template: { metadata: { labels: { gateway.networking.k8s.io/gateway-name: edge } }, spec: { serviceAccountName: edge, containers: [{ name: istio-proxy, image: auto }] } } }\n",
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: customers, namespace: shop }\nspec: { parentRefs: [{ name: edge, namespace: edge }], rules: [{ backendRefs: [{ name: customers, port: 80 }] }] }\n",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: clients, namespace: edge }\nspec: { podSelector: {}, policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { tier: front } } }] }] }\n",
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: edge, namespace: shop }\nspec: { action: ALLOW, rules: [{ from: [{ source: { principals: [cluster.local/ns/edge/sa/edge] } }] }] }\n",
    ]
    .join("---\n");
    let to_edge = policy(&format!(
        "{{ {customers}, ingress: [{{ from: [{{ namespaceSelector: {{ matchLabels: {{ kubernetes.io/metadata.name: edge }} }} }}] }}] }}"
    ));
    // A caller that comes through the gateway is an unlisted caller.
    let masking = SIDECAR.replace("others: deny", "others: masked");
    let mut all = vec![
        merged(&masking, &format!("{edge}---\n{to_edge}")),
        merged(&masking, &format!("{edge}---\n{}", opened[0])),
    ];
    for base in [SIDECAR, Base::Ambient.text()] {
        all.push(base.to_owned());
        for open in &opened {
            all.push(merged(base, open));
            all.push(merged(base, &format!("{open}---\n{held}")));
            all.push(merged(base, &format!("{open}---\n{permissive}---\n{anyone}---\n{foreign}")));
        }
    }
    all
}

#[test]
fn faults_are_as_bad_as_in_a_cluster_where_they_have_happened() {
    for text in clusters() {
        let manifests = read_text(&text);
        let options = Options::default();
        let reach = Reach::new(&manifests, &options);
        let (customers, plan) = protected(&reach);
        let sources: Vec<usize> = (0..manifests.workloads.len()).filter(|at| *at != customers).collect();
        let faults = single(&manifests, &options.filter, customers);
        let mut expected = Vec::new();
        for fault in &faults {
            let changed = apply(&manifests, &[fault]);
            let broken = Reach::new(&changed, &options);
            for source in &sources {
                let before = reach.exposure(Endpoint::Workload(*source), customers, &plan);
                for (field, after) in broken.exposure(Endpoint::Workload(*source), customers, &plan) {
                    if after.form > before[&field].form && after.form >= Form::Masked {
                        expected.push((fault.description.clone(), *source, field, after.form));
                    }
                }
            }
        }
        let found = leaks(&manifests, &options, customers, &plan, &sources, 1);
        let mut found: Vec<_> =
            found.into_iter().map(|l| (l.faults[0].description.clone(), l.source, l.field, l.after)).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn no_pod_gets_more_than_the_unknown_pods_that_are_found() {
    let mut served = 0;
    for text in clusters() {
        let manifests = read_text(&text);
        let options = Options::default();
        let reach = Reach::new(&manifests, &options);
        let (customers, plan) = protected(&reach);
        let found = search(&reach, &options, customers, &plan);
        assert_eq!(found.untried, 0);
        // Every pod of a grid of places, labels and identities.
        let mut pods = String::new();
        let apps = ["", "app: billing", "app: frontend", "app: customers", "app: other"];
        let tiers = ["", "tier: front", "tier: back"];
        let joins = ["", "sidecar.istio.io/inject: 'true'"];
        let accounts = ["nobody", "billing", "frontend", "customers", "waypoint", "batch", "admin"];
        let mut count = 0;
        for namespace in ["shop", "staging", "fresh", "prod"] {
            for (app, tier) in apps.iter().flat_map(|app| tiers.iter().map(move |tier| (app, tier))) {
                for (join, account) in joins.iter().flat_map(|join| accounts.iter().map(move |account| (join, account)))
                {
                    let labels =
                        [*app, *tier, *join].into_iter().filter(|l| !l.is_empty()).collect::<Vec<_>>().join(", ");
                    // A new namespace has no accounts of others.
                    if namespace == "shop" || namespace == "staging" || *account == "nobody" {
                        pods += &format!(
                            "---\napiVersion: v1\nkind: Pod\nmetadata: {{ name: p{count}, namespace: {namespace}, labels: {{ {labels} }} }}\nspec: {{ serviceAccountName: {account}, containers: [{{ name: c, image: i }}] }}\n"
                        );
                        count += 1;
                    }
                }
            }
        }
        let namespaces = "---\napiVersion: v1\nkind: Namespace\nmetadata: { name: fresh, labels: { istio-injection: enabled } }\n---\napiVersion: v1\nkind: Namespace\nmetadata: { name: prod, labels: { env: prod } }\n";
        let grid = read_text(&format!("{text}\n{namespaces}{pods}"));
        let reach = Reach::new(&grid, &options);
        let customers = reach.find("shop", "customers", Some("Deployment")).unwrap();
        for at in 0..count {
            let pod = (0..grid.workloads.len()).find(|w| grid.workloads[*w].meta.name == format!("p{at}")).unwrap();
            for (field, exposure) in reach.exposure(Endpoint::Workload(pod), customers, &plan) {
                if exposure.form < Form::Masked {
                    continue;
                }
                served += 1;
                let meta = &grid.workloads[pod].meta;
                let as_much = found.found.iter().any(|pod| {
                    let here = pod.home.name().is_none_or(|name| name == meta.namespace);
                    here && pod.exposures.get(&field).is_some_and(|found| found.form >= exposure.form)
                });
                assert!(as_much, "{meta:?} {:?}\n{text}", grid.workloads[pod].labels);
            }
        }
    }
    assert!(served > 500, "{served}");
}
