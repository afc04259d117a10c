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
    /// Labels of the clients it is for, all of its own namespace; `None` for every client.
    pub selector: Option<Vec<Requirement>>,
    /// Namespaces whose clients it is for: names, `.` for its own, `*` for all; empty for all.
    pub export_to: Vec<String>,
    /// What it says for all requests.
    pub policy: TlsPolicy,
    /// What its subsets say.
    pub subsets: Vec<TlsPolicy>,
}

/// The TLS settings of one `trafficPolicy`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsPolicy {
    /// Whether there is a `trafficPolicy` at all.
    pub is_given: bool,
    /// For ports that are not listed.
    pub mode: Option<TlsMode>,
    /// By port of the Service: what is listed stands in place of everything else.
    pub ports: Vec<(u16, Option<TlsMode>)>,
}

/// `DISABLE`, `SIMPLE`, `MUTUAL` or `ISTIO_MUTUAL`, and its place.
pub type TlsMode = (String, Span);

impl TlsPolicy {
    fn read(node: Option<&Node>) -> Self {
        let Some(policy) = node.and_then(|node| node.get("trafficPolicy")) else { return Self::default() };
        let mode = |settings: &Node| {
            let tls = settings.get("tls")?;
            // Without a word it is the first of them.
            let (word, span) = tls.get("mode").map_or((None, tls.span), |mode| (mode.text(), mode.span));
            Some((word.unwrap_or("DISABLE").to_owned(), span))
        };
        let listed = policy.get("portLevelSettings").map(Node::items).unwrap_or_default().iter();
        let ports =
            listed.filter_map(|settings| Some((port_number(settings.at(&["port", "number"]))?, mode(settings))));
        Self { is_given: true, mode: mode(policy), ports: ports.collect() }
    }

    /// What it says about a port; `None` where the mesh decides.
    #[must_use]
    pub fn of(&self, port: u16) -> Option<&TlsMode> {
        match self.ports.iter().find(|(number, _)| *number == port) {
            Some((_, mode)) => mode.as_ref(),
            None => self.mode.as_ref(),
        }
    }

    /// Every mode that it names.
    pub fn modes(&self) -> impl Iterator<Item = &TlsMode> {
        self.mode.iter().chain(self.ports.iter().filter_map(|(_, mode)| mode.as_ref()))
    }
}

impl DestinationRule {
    /// Reads a DestinationRule.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let items = |key: &str| spec.and_then(|spec| spec.get(key)).map(Node::items).unwrap_or_default().iter();
        let selector = spec.and_then(|spec| spec.get("workloadSelector"));
        Self {
            host: spec.and_then(|spec| spec.text_at("host")).unwrap_or_default().to_owned(),
            selector: selector.map(|selector| Selector::labels(selector.get("matchLabels"))),
            export_to: items("exportTo").filter_map(Node::text).map(str::to_owned).collect(),
            policy: TlsPolicy::read(spec),
            subsets: items("subsets").map(|subset| TlsPolicy::read(Some(subset))).collect(),
            meta,
        }
    }

    /// Every mode that it names, subsets included.
    pub fn modes(&self) -> impl Iterator<Item = &TlsMode> {
        self.policy.modes().chain(self.subsets.iter().flat_map(TlsPolicy::modes))
    }
}
