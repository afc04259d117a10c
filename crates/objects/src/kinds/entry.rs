//! Ways into the cluster: Ingress, Gateway and the routes of Gateway API. Istio's own are in [`super::traffic`].

use meshveil_text::{Node, Span, Value};

use crate::kinds::port::port_number;
use crate::kinds::service::Service;
use crate::kinds::workload::Workload;
use crate::meta::{Labels, Meta};
use crate::selector::Selector;
use crate::well_known::{ROOT_NAMESPACE, TRUST_DOMAIN, WAYPOINT_CLASS, annotation, label};

/// A Service that an Ingress or a route leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// Namespace of the Service.
    pub namespace: String,
    /// Name of the Service.
    pub service: String,
    /// Number of its port.
    pub port: Option<u16>,
    /// Name of its port.
    pub port_name: Option<String>,
    /// The whole name of the host, where a VirtualService gives one.
    pub host: Option<String>,
    /// Its place.
    pub span: Span,
}

impl Backend {
    /// Whether this Service is meant.
    #[must_use]
    pub fn is(&self, service: &Service) -> bool {
        self.namespace == service.meta.namespace && self.service == service.meta.name
    }
}

/// A parent of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// `Gateway` or `Service`.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// An Ingress or a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its metadata.
    pub meta: Meta,
    /// The Services it leads to.
    pub backends: Vec<Backend>,
    /// What it hangs on; none for an Ingress.
    pub parents: Vec<Parent>,
    /// The class of an Ingress, where it names one.
    pub class: Option<String>,
}

impl Route {
    /// Reads an Ingress.
    #[must_use]
    pub fn ingress(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let list = |node: Option<&Node>, key: &str| {
            node.and_then(|node| node.get(key)).map(Node::items).unwrap_or_default().to_vec()
        };
        let mut backends = Vec::new();
        let mut add = |backend: Option<&Node>| {
            if let Some(service) = backend.and_then(|backend| backend.get("service"))
                && let Some(name) = service.text_at("name")
            {
                backends.push(Backend {
                    namespace: meta.namespace.clone(),
                    service: name.to_owned(),
                    port: port_number(service.at(&["port", "number"])),
                    port_name: service.at(&["port", "name"]).and_then(Node::text).map(str::to_owned),
                    host: None,
                    span: service.span,
                });
            }
        };
        add(spec.and_then(|spec| spec.get("defaultBackend")));
        for rule in list(spec, "rules") {
            for path in list(rule.get("http"), "paths") {
                add(path.get("backend"));
            }
        }
        let old = meta.annotations.get(annotation::INGRESS_CLASS);
        let class = spec.and_then(|spec| spec.text_at("ingressClassName")).or(old).map(str::to_owned);
        Self { backends, parents: Vec::new(), class, meta }
    }

    /// Reads an HTTPRoute, GRPCRoute, TLSRoute, TCPRoute or UDPRoute.
    #[must_use]
    pub fn gateway_api(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let items = |node: Option<&Node>, key: &str| {
            node.and_then(|node| node.get(key)).map(Node::items).unwrap_or_default().to_vec()
        };
        let namespace = |node: &Node| node.text_at("namespace").unwrap_or(&meta.namespace).to_owned();
        let backends = items(spec, "rules").into_iter().flat_map(|rule| items(Some(&rule), "backendRefs"));
        let backends = backends.filter(|node| node.text_at("kind").is_none_or(|kind| kind == "Service"));
        let backends: Vec<Backend> = backends
            .map(|node| Backend {
                namespace: namespace(&node),
                service: node.text_at("name").unwrap_or_default().to_owned(),
                port: port_number(node.get("port")),
                port_name: None,
                host: None,
                span: node.span,
            })
            .collect();
        let parents = items(spec, "parentRefs");
        let parents = parents.iter().map(|node| Parent {
            kind: node.text_at("kind").unwrap_or("Gateway").to_owned(),
            namespace: namespace(node),
            name: node.text_at("name").unwrap_or_default().to_owned(),
        });
        Self { backends, parents: parents.collect(), class: None, meta }
    }
}

/// A listener of a Gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Its port.
    pub port: u16,
    /// Its protocol: `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`, `HBONE`.
    pub protocol: String,
    /// Namespaces whose routes may hang on it: `Same`, `All`, `Selector`.
    pub routes_from: String,
    /// The selector behind `Selector`.
    pub routes_selector: Option<Selector>,
    /// Its place.
    pub span: Span,
}

/// A Gateway of Gateway API; of class `istio-waypoint` it is a waypoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// Its metadata.
    pub meta: Meta,
    /// Its class.
    pub class: String,
    /// Its listeners.
    pub listeners: Vec<Listener>,
}

impl Gateway {
    /// Reads a Gateway.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let listeners = spec.and_then(|spec| spec.get("listeners")).map(Node::items).unwrap_or_default().iter();
        Self {
            class: spec.and_then(|spec| spec.text_at("gatewayClassName")).unwrap_or_default().to_owned(),
            listeners: listeners
                .filter_map(|node| {
                    let namespaces = node.at(&["allowedRoutes", "namespaces"]);
                    Some(Listener {
                        port: port_number(node.get("port"))?,
                        protocol: node.text_at("protocol").unwrap_or_default().to_owned(),
                        routes_from: namespaces.and_then(|n| n.text_at("from")).unwrap_or("Same").to_owned(),
                        routes_selector: namespaces
                            .and_then(|n| n.get("selector"))
                            .and_then(|node| Selector::read(node, &mut Vec::new())),
                        span: node.span,
                    })
                })
                .collect(),
            meta,
        }
    }

    /// Whether what lives in a namespace with these labels may hang on one of its listeners: its own namespace's, unless
    /// `allowedRoutes` says more. For a waypoint, what hangs on it are Services and pods.
    #[must_use]
    pub fn takes_from(&self, namespace: &str, labels: &Labels) -> bool {
        let own = namespace == self.meta.namespace;
        let takes = |listener: &Listener| match listener.routes_from.as_str() {
            "All" => true,
            "Selector" => listener.routes_selector.as_ref().is_some_and(|selector| selector.matches(labels)),
            "None" => false,
            _ => own,
        };
        // Of a waypoint's listeners the one for tunnels counts.
        let mut listeners = self.listeners.iter().filter(|l| !self.is_waypoint() || l.protocol == "HBONE").peekable();
        if listeners.peek().is_none() { own } else { listeners.any(takes) }
    }

    /// Whether these pods are its own: pods carry the name of their Gateway.
    #[must_use]
    pub fn is_served_by(&self, workload: &Workload) -> bool {
        self.meta.namespace == workload.meta.namespace
            && workload.labels.get(label::GATEWAY_NAME) == Some(self.meta.name.as_str())
    }

    /// Whether it is a waypoint.
    #[must_use]
    pub fn is_waypoint(&self) -> bool {
        self.class == WAYPOINT_CLASS
    }

    /// `service`, `workload`, `all` or `none`: what a waypoint serves.
    #[must_use]
    pub fn waypoint_for(&self) -> &str {
        self.meta.labels.get(label::WAYPOINT_FOR).unwrap_or("service")
    }
}

/// Mesh-wide settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeshConfig {
    /// The namespace whose policies apply everywhere.
    pub root_namespace: String,
    /// The trust domain of identities.
    pub trust_domain: String,
    /// Other names of it.
    pub trust_domain_aliases: Vec<String>,
    /// Where `defaultConfig.interceptionMode: NONE` says that no proxy captures anything by itself.
    pub uncaptured: Option<Span>,
    /// Whether any object said so.
    pub span: Option<Span>,
}

impl Default for MeshConfig {
    fn default() -> Self {
        Self {
            root_namespace: ROOT_NAMESPACE.to_owned(),
            trust_domain: TRUST_DOMAIN.to_owned(),
            trust_domain_aliases: Vec::new(),
            uncaptured: None,
            span: None,
        }
    }
}

impl MeshConfig {
    /// Takes over what a MeshConfig document says.
    pub fn read(&mut self, node: &Node) {
        let text = |key: &str| node.text_at(key).filter(|text| !text.is_empty()).map(str::to_owned);
        if let Some(namespace) = text("rootNamespace") {
            self.root_namespace = namespace;
        }
        if let Some(domain) = text("trustDomain") {
            self.trust_domain = domain;
        }
        for alias in node.get("trustDomainAliases").map(Node::items).unwrap_or_default() {
            if let Value::Text(alias) = &alias.value {
                self.trust_domain_aliases.push(alias.clone());
            }
        }
        let interception = node.at(&["defaultConfig", "interceptionMode"]);
        if let Some(mode) = interception {
            self.uncaptured = (mode.text() == Some("NONE")).then_some(mode.span);
        }
        self.span = Some(node.span);
    }
}
