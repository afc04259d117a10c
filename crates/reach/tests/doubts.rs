//! What is not read, or not known, counts for the one who asks: the base is a cluster that is closed.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::Form::{self, Denied, Masked, Unknown, Unreachable};
use meshveil_reach::{Options, Reach};
use meshveil_text::codes::Base;

use crate::cluster::read_text;

/// The worst form of a field for a workload of another namespace, for a caller, and for addresses outside.
fn forms(more: &str) -> [Form; 3] {
    let manifests = read_text(&format!("{}---\n{more}", Base::Sidecar.text()));
    assert!(manifests.is_sound(), "{:#?}\n{more}", manifests.findings);
    let reach = Reach::new(&manifests, &Options::default());
    let destination = reach.find("shop", "customers", None).unwrap();
    let plan = reach.plan_of(destination).unwrap();
    let workload = |namespace, name| Endpoint::Workload(reach.find(namespace, name, None).unwrap());
    let outside = reach.network.range_of("203.0.113.9".parse().unwrap()).unwrap();
    [workload("staging", "batch"), workload("shop", "frontend"), outside]
        .map(|source| reach.exposure(source, destination, &plan)["notes"].form)
}

fn object(version: &str, kind: &str, metadata: &str, spec: &str) -> String {
    format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{ {metadata} }}\nspec: {spec}\n---\n")
}

const CLOSED: [Form; 3] = [Unreachable, Masked, Unreachable];
const OPEN: [Form; 3] = [Unknown; 3];
/// What only the network keeps closed is refused by the mesh.
const REFUSED: [Form; 3] = [Denied, Masked, Denied];

#[test]
fn kinds_that_are_not_read_leave_open_what_they_can_touch() {
    let own = "name: x, namespace: shop";
    let all = "{ endpointSelector: {}, ingress: [{ fromEntities: [all] }] }";
    let to = |service: &str| format!("{{ to: {{ kind: Service, name: {service} }} }}");
    for (text, expected) in [
        (object("cilium.io/v2", "CiliumNetworkPolicy", own, all), REFUSED),
        (object("cilium.io/v2", "CiliumNetworkPolicy", "name: x, namespace: elsewhere", all), CLOSED),
        (object("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "name: x", all), REFUSED),
        (object("projectcalico.org/v3", "GlobalNetworkPolicy", "name: x", "{ types: [Ingress] }"), REFUSED),
        (object("cilium.io/v2", "CiliumNode", "name: x", "{}"), CLOSED),
        (object("route.openshift.io/v1", "Route", own, &to("customers")), OPEN),
        (object("route.openshift.io/v1", "Route", own, &to("frontend")), CLOSED),
        (object("route.openshift.io/v1", "Route", "name: x, namespace: staging", &to("customers")), CLOSED),
        (
            object(
                "traefik.io/v1alpha1",
                "IngressRoute",
                "name: x, namespace: staging",
                "{ routes: [{ services: [{ name: customers, namespace: shop, port: 80 }] }] }",
            ),
            OPEN,
        ),
        (object("traefik.io/v1alpha1", "Middleware", own, "{ stripPrefix: { prefixes: [/customers] } }"), CLOSED),
        (
            object(
                "example.com/v1",
                "Tunnel",
                "name: x, namespace: staging",
                "{ url: \"http://customers.shop.svc:80\" }",
            ),
            OPEN,
        ),
        (
            object("example.com/v1", "Tunnel", "name: x, namespace: staging", "{ url: \"http://orders.shop.svc\" }"),
            CLOSED,
        ),
        (object("example.com/v1", "Widget", own, "{ size: 3 }"), OPEN),
        (object("cert-manager.io/v1", "Certificate", own, "{ secretName: customers }"), CLOSED),
        (object("monitoring.coreos.com/v1", "Prometheus", own, "{ replicas: 2 }"), CLOSED),
    ] {
        assert_eq!(forms(&text), expected, "{text}");
    }
}

#[test]
fn routes_whose_gateways_are_in_no_manifest_leave_open_where_they_lead() {
    let ingress = |service: &str, class: &str| {
        let backend = format!("{{ service: {{ name: {service}, port: {{ number: 80 }} }} }}");
        object(
            "networking.k8s.io/v1",
            "Ingress",
            "name: x, namespace: shop",
            &format!("{{ {class} defaultBackend: {backend} }}"),
        )
    };
    let route = |parent: &str, service: &str| {
        let rules = format!("rules: [{{ backendRefs: [{{ name: {service}, port: 80 }}] }}]");
        object(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            "name: x, namespace: shop",
            &format!("{{ parentRefs: [{parent}], {rules} }}"),
        )
    };
    let gateway = |class: &str| {
        let listeners = "listeners: [{ name: http, port: 80, protocol: HTTP }]";
        object(
            "gateway.networking.k8s.io/v1",
            "Gateway",
            "name: edge, namespace: staging",
            &format!("{{ gatewayClassName: {class}, {listeners} }}"),
        )
    };
    for (text, expected) in [
        (ingress("customers", "ingressClassName: nginx,"), OPEN),
        (ingress("customers", ""), OPEN),
        (ingress("frontend", ""), CLOSED),
        (route("{ name: edge, namespace: staging }", "customers"), OPEN),
        (route("{ name: edge, namespace: staging }", "frontend"), CLOSED),
        // Its listener takes routes of its own namespace only.
        (route("{ name: edge, namespace: staging }", "customers") + &gateway("other"), CLOSED),
        (route("{ kind: Service, group: \"\", name: customers }", "customers"), CLOSED),
    ] {
        assert_eq!(forms(&text), expected, "{text}");
    }
}

/// An ingress gateway as the charts of Istio make it, let in as a caller that sees nothing.
const EDGE: &str = "\
apiVersion: v1
kind: Namespace
metadata: { name: edge, labels: { istio-injection: enabled } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: edge, namespace: edge }
spec:
  selector: { matchLabels: { istio: edge } }
  template:
    metadata: { labels: { istio: edge }, annotations: { inject.istio.io/templates: gateway } }
    spec: { serviceAccountName: frontend, containers: [{ name: istio-proxy, image: auto, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: edge, namespace: shop }
spec:
  podSelector: { matchLabels: { app: customers } }
  policyTypes: [Ingress]
  ingress: [{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: edge } } }] }]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: edge, namespace: shop }
spec:
  selector: { matchLabels: { app: customers } }
  rules: [{ from: [{ source: { principals: [cluster.local/ns/edge/sa/frontend] } }] }]
---
";

#[test]
fn istio_gateways_lead_in_where_virtual_services_say() {
    let gateway = |namespace: &str, labels: &str| {
        let spec = format!(
            "{{ selector: {{ {labels} }}, servers: [{{ port: {{ number: 80, name: http, protocol: HTTP }}, hosts: [\"*\"] }}] }}"
        );
        object("networking.istio.io/v1", "Gateway", &format!("name: public, namespace: {namespace}"), &spec)
    };
    let service = |namespace: &str, gateways: &str, routes: &str| {
        let spec = format!("{{ hosts: [\"*\"], {gateways} {routes} }}");
        object("networking.istio.io/v1", "VirtualService", &format!("name: v, namespace: {namespace}"), &spec)
    };
    let to = |host: &str| format!("http: [{{ route: [{{ destination: {{ host: {host} }} }}] }}]");
    let own = gateway("shop", "istio: edge");
    let public = "gateways: [public],";
    let entry = |rest: &str| {
        object(
            "networking.istio.io/v1",
            "ServiceEntry",
            "name: e, namespace: shop",
            &format!("{{ hosts: [data.example], ports: [{{ number: 80, name: http, protocol: HTTP }}], {rest} }}"),
        )
    };
    let delegate = object(
        "networking.istio.io/v1",
        "VirtualService",
        "name: d, namespace: shop",
        &format!("{{ {} }}", to("customers")),
    );
    // The filter knows no caller of the gateway's name, and others get nothing.
    let led = [Denied, Masked, Denied];
    for (what, text, expected) in [
        ("short host", own.clone() + &service("shop", public, &to("customers")), led),
        (
            "full host",
            gateway("edge", "istio: edge") + &service("edge", public, &to("customers.shop.svc.cluster.local")),
            led,
        ),
        (
            "gateway of another namespace",
            gateway("edge", "istio: edge") + &service("shop", "gateways: [edge/public],", &to("customers")),
            led,
        ),
        (
            "tcp",
            own.clone() + &service("shop", public, "tcp: [{ route: [{ destination: { host: customers } }] }]"),
            led,
        ),
        (
            "delegate",
            own.clone()
                + &delegate
                + &service("edge", "gateways: [shop/public],", "http: [{ delegate: { name: d, namespace: shop } }]"),
            led,
        ),
        ("another host", own.clone() + &service("shop", public, &to("frontend")), CLOSED),
        ("short host elsewhere", gateway("edge", "istio: edge") + &service("edge", public, &to("customers")), CLOSED),
        ("inside the mesh only", own.clone() + &service("shop", "", &to("customers")), CLOSED),
        ("mesh", own.clone() + &service("shop", "gateways: [mesh],", &to("customers")), CLOSED),
        ("no such gateway", service("shop", "gateways: [nowhere],", &to("customers")), OPEN),
        ("no such pods", gateway("shop", "istio: elsewhere") + &service("shop", public, &to("customers")), OPEN),
        (
            "entry by name",
            own.clone()
                + &entry("resolution: DNS, endpoints: [{ address: customers.shop.svc.cluster.local }]")
                + &service("shop", public, &to("data.example")),
            led,
        ),
        (
            "entry by labels",
            own.clone()
                + &entry("resolution: STATIC, workloadSelector: { labels: { app: customers } }")
                + &service("shop", public, &to("data.example")),
            led,
        ),
        (
            "entry of another",
            own.clone()
                + &entry("resolution: STATIC, workloadSelector: { labels: { app: frontend } }")
                + &service("shop", public, &to("data.example")),
            CLOSED,
        ),
    ] {
        assert_eq!(forms(&format!("{EDGE}{text}")), expected, "{what}: {text}");
    }
}

#[test]
fn what_stands_before_a_gateway_closes_it() {
    let lead = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: r, namespace: shop }
spec: { parentRefs: [{ name: edge, namespace: edge }], rules: [{ backendRefs: [{ name: customers, port: 80 }] }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: let-in, namespace: shop }
spec: { podSelector: { matchLabels: { app: customers } }, ingress: [{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: edge } } }] }] }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: let-in, namespace: shop }
spec: { selector: { matchLabels: { app: customers } }, rules: [{ from: [{ source: { namespaces: [edge] } }] }] }
---
";
    let gateway = |annotations: &str| {
        object(
            "gateway.networking.k8s.io/v1",
            "Gateway",
            &format!("name: edge, namespace: edge, annotations: {{ {annotations} }}"),
            "{ gatewayClassName: istio, listeners: [{ name: http, port: 80, protocol: HTTP, allowedRoutes: { namespaces: { from: All } } }] }",
        )
    };
    let policy = |spec: &str| object("networking.k8s.io/v1", "NetworkPolicy", "name: np, namespace: edge", spec);
    let rules = |spec: &str| object("security.istio.io/v1", "AuthorizationPolicy", "name: a, namespace: edge", spec);
    let target = "targetRefs: [{ group: gateway.networking.k8s.io, kind: Gateway, name: edge }]";
    for (what, text, inside, outside) in [
        ("open", gateway(""), Denied, Denied),
        ("inside only", gateway("networking.istio.io/service-type: ClusterIP"), Denied, Unreachable),
        ("network", gateway("") + &policy("{ podSelector: {}, policyTypes: [Ingress] }"), Unreachable, Unreachable),
        (
            "network, some",
            gateway("") + &policy("{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 203.0.113.0/24 } }] }] }"),
            Unreachable,
            Denied,
        ),
        ("authorization", gateway("") + &rules(&format!("{{ {target}, rules: [] }}")), Denied, Denied),
        (
            "authorization of others",
            gateway("") + &rules("{ selector: { matchLabels: { app: x } }, rules: [] }"),
            Denied,
            Denied,
        ),
    ] {
        let [batch, _, addresses] = forms(&format!("{lead}{text}"));
        assert_eq!((batch, addresses), (inside, outside), "{what}");
    }
}

#[test]
fn a_script_beside_the_filter_may_show_anything() {
    let script = |namespace: &str, rest: &str| {
        let spec = format!("{{ {rest} lua: {{ inlineCode: \"x\" }} }}");
        object("extensions.istio.io/v1alpha1", "TrafficExtension", &format!("name: x, namespace: {namespace}"), &spec)
    };
    let seen = [Unreachable, Unknown, Unreachable];
    for (text, expected) in [
        (script("shop", ""), seen),
        (script("shop", "selector: { matchLabels: { app: customers } },"), seen),
        (script("istio-system", ""), seen),
        (script("shop", "selector: { matchLabels: { app: frontend } },"), CLOSED),
        (script("staging", ""), CLOSED),
    ] {
        assert_eq!(forms(&text), expected, "{text}");
    }
}
