//! Istio's own ways into the cluster: Gateway, VirtualService, ServiceEntry, and the TLS settings of DestinationRule.

use meshveil_text::{Node, Span};

use crate::kinds::entry::{Backend, Parent, Route};
use crate::kinds::port::port_number;
use crate::meta::Meta;
use crate::selector::{Requirement, Selector};

/// Istio's Gateway: which proxies serve, on which ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IstioGateway {
    /// Its metadata.
    pub meta: Meta,
    /// Labels of the proxies, in any namespace.
    pub selector: Vec<Requirement>,
    /// The ports it serves.
    pub ports: Vec<u16>,
}

impl IstioGateway {
    /// Reads a Gateway of `networking.istio.io`.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let servers = spec.and_then(|spec| spec.get("servers")).map(Node::items).unwrap_or_default().iter();
        Self {
            selector: Selector::labels(spec.and_then(|spec| spec.get("selector"))),
            ports: servers.filter_map(|server| port_number(server.at(&["port", "number"]))).collect(),
            meta,
        }
    }
}

/// A VirtualService: which hosts its routes lead to. Those of `gateways` other than `mesh` lead in from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualService {
    /// As a route: its parents are the gateways it names, its backends the hosts.
    pub route: Route,
    /// VirtualServices that its routes leave the rest to: namespace and name.
    pub delegates: Vec<(String, String)>,
}

impl VirtualService {
    /// Reads a VirtualService. A copy of the traffic (`mirror`) leads nowhere: its responses are dropped.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let items = |node: Option<&Node>, key: &str| {
            node.and_then(|node| node.get(key)).map(Node::items).unwrap_or_default().to_vec()
        };
        let gateways = items(spec, "gateways");
        let parents = gateways.iter().filter_map(Node::text).filter(|name| *name != "mesh").map(|name| {
            let (namespace, name) = name.split_once('/').unwrap_or((&meta.namespace, name));
            let namespace = if namespace == "." { &meta.namespace } else { namespace };
            Parent {
                kind: "IstioGateway".to_owned(),
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                section: None,
                port: None,
            }
        });
        let rules: Vec<Node> = ["http", "tls", "tcp"].into_iter().flat_map(|key| items(spec, key)).collect();
        let routes = rules.iter().flat_map(|rule| items(Some(rule), "route"));
        let backends = routes.filter_map(|route| backend(&meta.namespace, route.get("destination")?)).collect();
        let delegates = rules.iter().filter_map(|rule| {
            let delegate = rule.get("delegate")?;
            let namespace = delegate.text_at("namespace").unwrap_or(&meta.namespace);
            Some((namespace.to_owned(), delegate.text_at("name")?.to_owned()))
        });
        Self {
            delegates: delegates.collect(),
            route: Route { backends, rules: Vec::new(), parents: parents.collect(), class: None, meta },
        }
    }
}

/// A destination as the Service of that name. A short name is in the namespace of the object that names it.
fn backend(namespace: &str, destination: &Node) -> Option<Backend> {
    let host = destination.text_at("host")?;
    let (service, namespace) = service_of(host, namespace);
    Some(Backend {
        namespace: namespace.to_owned(),
        service: service.to_owned(),
        port: port_number(destination.at(&["port", "number"])),
        port_name: None,
        host: Some(host.to_owned()),
        span: destination.span,
    })
}

/// Name and namespace of the Service behind a host: `ledger`, `ledger.pay`, `ledger.pay.svc.cluster.local`.
#[must_use]
pub fn service_of<'t>(host: &'t str, namespace: &'t str) -> (&'t str, &'t str) {
    let mut parts = host.split('.');
    let name = parts.next().unwrap_or_default();
    (name, parts.next().unwrap_or(namespace))
}

/// A ServiceEntry: hosts that stand for other addresses, or for pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEntry {
    /// Its metadata.
    pub meta: Meta,
    /// The hosts.
    pub hosts: Vec<String>,
    /// Where they lead: addresses and names.
    pub endpoints: Vec<String>,
    /// Labels of the pods they lead to.
    pub selector: Vec<Requirement>,
    /// Its place.
    pub span: Span,
}

impl ServiceEntry {
    /// Reads a ServiceEntry.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let items = |key: &str| spec.and_then(|spec| spec.get(key)).map(Node::items).unwrap_or_default().iter();
        Self {
            hosts: items("hosts").filter_map(|host| Some(host.text()?.to_owned())).collect(),
            endpoints: items("endpoints").filter_map(|e| Some(e.text_at("address")?.to_owned())).collect(),
            selector: Selector::labels(spec.and_then(|spec| spec.at(&["workloadSelector", "labels"]))),
            span: object.span,
            meta,
        }
    }
}

/// A DestinationRule: whether clients speak TLS, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationRule {
    /// Its metadata.
    pub meta: Meta,
    /// The host it is about.
    pub host: String,
    /// `DISABLE`, `SIMPLE`, `MUTUAL` or `ISTIO_MUTUAL`, each with its place: for all, for ports, for subsets.
    pub tls: Vec<(String, Span)>,
}

impl DestinationRule {
    /// Reads a DestinationRule.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let items = |node: &'_ Node, key: &str| node.get(key).map(Node::items).unwrap_or_default().to_vec();
        let subsets = spec.map(|spec| items(spec, "subsets")).unwrap_or_default();
        let policies = spec.into_iter().chain(&subsets).filter_map(|node| node.get("trafficPolicy"));
        let settings =
            policies.flat_map(|policy| std::iter::once(policy.clone()).chain(items(policy, "portLevelSettings")));
        let mode =
            |settings: Node| settings.at(&["tls", "mode"]).and_then(|mode| Some((mode.text()?.to_owned(), mode.span)));
        Self {
            host: spec.and_then(|spec| spec.text_at("host")).unwrap_or_default().to_owned(),
            tls: settings.filter_map(mode).collect(),
            meta,
        }
    }
}
