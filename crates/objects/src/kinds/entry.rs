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
    /// The one listener that is meant.
    pub section: Option<String>,
    /// The port of the listeners that are meant.
    pub port: Option<u16>,
}

/// An object that a rule refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its kind.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its place.
    pub span: Span,
}

/// A rule of a route of Gateway API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: Option<String>,
    /// The Services it leads to.
    pub backends: Vec<Backend>,
    /// What it leads to that is no Service.
    pub others: Vec<Reference>,
    /// What filters do that other kinds define.
    pub extensions: Vec<Reference>,
    /// Whether it sends requests on under another path or host.
    pub rewrites: bool,
    /// Its place.
    pub span: Span,
}

/// An Ingress or a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its metadata.
    pub meta: Meta,
    /// The Services it leads to.
    pub backends: Vec<Backend>,
    /// The rules of a route of Gateway API.
    pub rules: Vec<Rule>,
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
        Self { backends, rules: Vec::new(), parents: Vec::new(), class, meta }
    }

    /// Reads an HTTPRoute, GRPCRoute, TLSRoute, TCPRoute or UDPRoute.
    #[must_use]
    pub fn gateway_api(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let items = |node: Option<&Node>, key: &str| {
            node.and_then(|node| node.get(key)).map(Node::items).unwrap_or_default().to_vec()
        };
        let namespace = |node: &Node| node.text_at("namespace").unwrap_or(&meta.namespace).to_owned();
        let is_service = |node: &&Node| node.text_at("kind").is_none_or(|kind| kind == "Service");
        let backend = |node: &Node| Backend {
            namespace: namespace(node),
            service: node.text_at("name").unwrap_or_default().to_owned(),
            port: port_number(node.get("port")),
            port_name: None,
            host: None,
            span: node.span,
        };
        let reference = |node: &Node| Reference {
            kind: node.text_at("kind").unwrap_or_default().to_owned(),
            namespace: namespace(node),
            name: node.text_at("name").unwrap_or_default().to_owned(),
            span: node.span,
        };
        let rules = items(spec, "rules").into_iter().map(|rule| {
            let references = items(Some(&rule), "backendRefs");
            // A filter of one backend counts for the rule.
            let filters = items(Some(&rule), "filters").into_iter();
            let filters = filters.chain(references.iter().flat_map(|node| items(Some(node), "filters")));
            let filters: Vec<Node> = filters.collect();
            Rule {
                name: rule.text_at("name").map(str::to_owned),
                backends: references.iter().filter(is_service).map(backend).collect(),
                others: references.iter().filter(|node| !is_service(node)).map(reference).collect(),
                extensions: filters.iter().filter_map(|node| node.get("extensionRef")).map(reference).collect(),
                rewrites: filters.iter().any(|node| node.get("urlRewrite").is_some()),
                span: rule.span,
            }
        });
        let rules: Vec<Rule> = rules.collect();
        let backends = rules.iter().flat_map(|rule| rule.backends.iter().cloned()).collect();
        let parents = items(spec, "parentRefs");
        let parents = parents.iter().map(|node| Parent {
            kind: node.text_at("kind").unwrap_or("Gateway").to_owned(),
            namespace: namespace(node),
            name: node.text_at("name").unwrap_or_default().to_owned(),
            section: node.text_at("sectionName").map(str::to_owned),
            port: port_number(node.get("port")),
        });
        Self { backends, rules, parents: parents.collect(), class: None, meta }
    }
}

/// A listener of a Gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Its name.
    pub name: String,
    /// Its port.
    pub port: u16,
    /// Its protocol: `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`, `HBONE`.
    pub protocol: String,
    /// Whether it hands TLS on without ending it.
    pub passes_through: bool,
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
    /// The name of its EnvoyProxy, in its own namespace.
    pub proxy: Option<String>,
    /// Whether objects of others may add listeners to it.
    pub takes_listeners: bool,
    /// Where it asks for certificates of clients by itself (`spec.tls.frontend`).
    pub client_validation: Option<Span>,
}

impl Gateway {
    /// Reads a Gateway.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let at = |path: &[&str]| spec.and_then(|spec| spec.at(path));
        let listeners = spec.and_then(|spec| spec.get("listeners")).map(Node::items).unwrap_or_default().iter();
        Self {
            class: spec.and_then(|spec| spec.text_at("gatewayClassName")).unwrap_or_default().to_owned(),
            proxy: at(&["infrastructure", "parametersRef"])
                .filter(|node| node.text_at("kind") == Some("EnvoyProxy"))
                .and_then(|node| Some(node.text_at("name")?.to_owned())),
            takes_listeners: at(&["allowedListeners", "namespaces", "from"]).and_then(Node::text).unwrap_or("None")
                != "None",
            client_validation: at(&["tls", "frontend"]).map(|node| node.span),
            listeners: listeners
                .filter_map(|node| {
                    let namespaces = node.at(&["allowedRoutes", "namespaces"]);
                    Some(Listener {
                        name: node.text_at("name").unwrap_or_default().to_owned(),
                        passes_through: node.at(&["tls", "mode"]).and_then(Node::text) == Some("Passthrough"),
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
        let takes = |listener: &Listener| self.listener_takes(listener, namespace, labels);
        // Of a waypoint's listeners the one for tunnels counts.
        let mut listeners = self.listeners.iter().filter(|l| !self.is_waypoint() || l.protocol == "HBONE").peekable();
        if listeners.peek().is_none() { own } else { listeners.any(takes) }
    }

    /// The same for one of its listeners.
    #[must_use]
    pub fn listener_takes(&self, listener: &Listener, namespace: &str, labels: &Labels) -> bool {
        match listener.routes_from.as_str() {
            "All" => true,
            "Selector" => listener.routes_selector.as_ref().is_some_and(|selector| selector.matches(labels)),
            "None" => false,
            _ => namespace == self.meta.namespace,
        }
    }

    /// Whether these pods are its own: pods carry the name of their Gateway, those of Envoy Gateway its namespace, too, or its class.
    #[must_use]
    pub fn is_served_by(&self, workload: &Workload) -> bool {
        let has = |key: &str, value: &str| workload.labels.get(key) == Some(value);
        let (namespace, name) = (self.meta.namespace.as_str(), self.meta.name.as_str());
        (namespace == workload.meta.namespace && has(label::GATEWAY_NAME, name))
            || (has(label::OWNING_GATEWAY_NAMESPACE, namespace) && has(label::OWNING_GATEWAY, name))
            || has(label::OWNING_CLASS, &self.class)
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
