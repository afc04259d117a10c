//! Kinds of Envoy Gateway: what attaches filters, certificates and patches to its proxies, and how it makes them.

use std::net::IpAddr;
use std::sync::Arc;

use meshveil_text::{Node, Span};

use crate::meta::Meta;
use crate::selector::Selector;
use crate::well_known::ENVOY_GATEWAY_CONTROLLER;

/// Every object of Envoy Gateway.
#[derive(Debug, Clone, Default)]
pub struct EnvoyGateway {
    /// GatewayClasses, of whichever controller.
    pub classes: Vec<GatewayClass>,
    /// EnvoyProxies.
    pub proxies: Vec<EnvoyProxy>,
    /// EnvoyExtensionPolicies.
    pub extensions: Vec<ExtensionPolicy>,
    /// ClientTrafficPolicies.
    pub clients: Vec<ClientPolicy>,
    /// BackendTrafficPolicies.
    pub traffic: Vec<TrafficPolicy>,
    /// EnvoyPatchPolicies.
    pub patches: Vec<PatchPolicy>,
    /// Backends.
    pub backends: Vec<OwnBackend>,
    /// HTTPRouteFilters.
    pub filters: Vec<RouteFilter>,
}

impl EnvoyGateway {
    /// Takes an object in. A SecurityPolicy refuses requests and opens nothing: it is left out.
    pub(crate) fn take(&mut self, meta: Meta, object: &Node) {
        match meta.kind.as_str() {
            "GatewayClass" => self.classes.push(GatewayClass::read(meta, object)),
            "EnvoyProxy" => self.proxies.push(EnvoyProxy::read(meta, object)),
            "EnvoyExtensionPolicy" => self.extensions.push(ExtensionPolicy::read(meta, object)),
            "ClientTrafficPolicy" => self.clients.push(ClientPolicy::read(meta, object)),
            "BackendTrafficPolicy" => self.traffic.push(TrafficPolicy::read(meta, object)),
            "EnvoyPatchPolicy" => self.patches.push(PatchPolicy::read(meta, object)),
            "Backend" => self.backends.push(OwnBackend::read(meta, object)),
            "HTTPRouteFilter" => self.filters.push(RouteFilter::read(meta, object)),
            _ => {}
        }
    }
}

fn items(node: Option<&Node>, key: &str) -> Vec<Node> {
    node.and_then(|node| node.get(key)).map(Node::items).unwrap_or_default().to_vec()
}

/// A GatewayClass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayClass {
    /// Its metadata.
    pub meta: Meta,
    /// Who serves its Gateways.
    pub controller: String,
    /// The EnvoyProxy of its Gateways: namespace and name.
    pub proxy: Option<(String, String)>,
}

impl GatewayClass {
    /// Reads a GatewayClass.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let reference = object.at(&["spec", "parametersRef"]).filter(|r| r.text_at("kind") == Some("EnvoyProxy"));
        Self {
            controller: object.at(&["spec", "controllerName"]).and_then(Node::text).unwrap_or_default().to_owned(),
            proxy: reference.and_then(|r| Some((r.text_at("namespace")?.to_owned(), r.text_at("name")?.to_owned()))),
            meta,
        }
    }

    /// Whether Envoy Gateway serves it, under the usual name of its controller.
    #[must_use]
    pub fn is_envoy_gateways(&self) -> bool {
        self.controller == ENVOY_GATEWAY_CONTROLLER
    }
}

/// What a policy names by reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `Gateway`, `HTTPRoute`, ...
    pub kind: String,
    /// Its name; it is in the namespace of the policy.
    pub name: String,
    /// A listener of the Gateway, or a rule of the route.
    pub section: Option<String>,
    /// Its place.
    pub span: Span,
}

/// Namespaces that a selector of targets looks into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Namespaces {
    /// That of the policy.
    Same,
    /// Each. Another than the policy's must permit it by a ReferenceGrant.
    All,
    /// Those with labels, by the same rule.
    Selected(Option<Selector>),
}

/// What a policy names by labels. It never names a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSelector {
    /// `Gateway`, `HTTPRoute`, ...
    pub kind: String,
    /// Labels; `None` for a selector that is not understood.
    pub labels: Option<Selector>,
    /// Where.
    pub namespaces: Namespaces,
    /// Its place.
    pub span: Span,
}

/// What a policy attaches to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targets {
    /// By reference.
    pub named: Vec<Target>,
    /// By labels.
    pub selected: Vec<TargetSelector>,
}

impl Targets {
    /// Reads `targetRef`, `targetRefs` and `targetSelectors`. The old `targetRef` counts alone where it is written
    /// (`GetTargetRefs` in api/v1alpha1/policy_helpers.go of Envoy Gateway).
    fn read(spec: Option<&Node>) -> Self {
        let old = spec.and_then(|spec| spec.get("targetRef")).cloned();
        let references = old.map_or_else(|| items(spec, "targetRefs"), |old| vec![old]);
        let target = |node: &Node| {
            Some(Target {
                kind: node.text_at("kind")?.to_owned(),
                name: node.text_at("name")?.to_owned(),
                section: node.text_at("sectionName").map(str::to_owned),
                span: node.span,
            })
        };
        let selector = |node: &Node| {
            let namespaces = node.get("namespaces");
            Some(TargetSelector {
                kind: node.text_at("kind")?.to_owned(),
                labels: Selector::read(node, &mut Vec::new()),
                namespaces: match namespaces.and_then(|node| node.text_at("from")) {
                    None | Some("Same") => Namespaces::Same,
                    Some("All") => Namespaces::All,
                    Some(_) => Namespaces::Selected(
                        namespaces.and_then(|n| n.get("selector")).and_then(|n| Selector::read(n, &mut Vec::new())),
                    ),
                },
                span: node.span,
            })
        };
        Self {
            named: references.iter().filter_map(target).collect(),
            selected: items(spec, "targetSelectors").iter().filter_map(selector).collect(),
        }
    }
}

/// A wasm module of an EnvoyExtensionPolicy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub url: String,
    /// Its settings.
    pub config: Arc<serde_json::Value>,
    /// Whether requests pass where it cannot run.
    pub fails_open: bool,
    /// Its place.
    pub span: Span,
}

/// An EnvoyExtensionPolicy: filters in the proxies of a Gateway, or on a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionPolicy {
    /// Its metadata.
    pub meta: Meta,
    /// What it attaches to.
    pub targets: Targets,
    /// Whether a policy of a route adds to that of its Gateway, instead of taking its place.
    pub merges: bool,
    /// Its modules, in the order in which they see requests.
    pub modules: Vec<Module>,
    /// What else sees responses and may do anything with them: the key, and its place.
    pub others: Vec<(&'static str, Span)>,
}

impl ExtensionPolicy {
    /// Reads an EnvoyExtensionPolicy.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let module = |node: &Node| {
            let source = |key: &str| node.at(&["code", key, "url"]).and_then(Node::text);
            Module {
                name: node.text_at("name").unwrap_or_default().to_owned(),
                url: source("image").or_else(|| source("http")).unwrap_or_default().to_owned(),
                config: Arc::new(node.get("config").map_or(serde_json::Value::Null, Node::to_json)),
                fails_open: node.get("failOpen").and_then(Node::bool) == Some(true),
                span: node.span,
            }
        };
        let other = |key: &'static str| {
            let node = spec.and_then(|spec| spec.get(key)).filter(|node| !node.items().is_empty());
            node.map(|node| (key, node.span))
        };
        Self {
            targets: Targets::read(spec),
            merges: spec.is_some_and(|spec| spec.get("mergeType").is_some()),
            modules: items(spec, "wasm").iter().map(module).collect(),
            others: ["extProc", "lua", "dynamicModule"].into_iter().filter_map(other).collect(),
            meta,
        }
    }
}

/// What a listener does with certificates of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificates {
    /// It asks for none, or there is no TLS.
    NotAsked,
    /// It verifies one, and takes clients without.
    Optional,
    /// It takes no client without a verified one.
    Required,
    /// It takes certificates that it does not verify.
    Unverified,
}

/// A ClientTrafficPolicy: how a listener takes connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientPolicy {
    /// Its metadata.
    pub meta: Meta,
    /// What it attaches to.
    pub targets: Targets,
    /// What it does with certificates.
    pub certificates: Certificates,
    /// The place that says so, or that of the name.
    pub span: Span,
}

impl ClientPolicy {
    /// Reads a ClientTrafficPolicy (`buildListenerTLSParameters` in internal/gatewayapi/clienttrafficpolicy.go). One that needs an
    /// authority and names none has every route answer with 500.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let validation = object.at(&["spec", "tls", "clientValidation"]);
        let certificates = validation.map_or(Certificates::NotAsked, |validation| {
            let optional = validation.get("optional").and_then(Node::bool) == Some(true);
            match validation.text_at("mode") {
                None if optional => Certificates::Optional,
                None | Some("RequireAndVerify") => Certificates::Required,
                Some("VerifyIfGiven") => Certificates::Optional,
                Some(_) => Certificates::Unverified,
            }
        });
        Self { targets: Targets::read(spec), certificates, span: validation.map_or(meta.span, |node| node.span), meta }
    }
}

/// A BackendTrafficPolicy: how requests are sent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficPolicy {
    /// Its metadata.
    pub meta: Meta,
    /// What it attaches to.
    pub targets: Targets,
    /// Where it lets clients have a tunnel, in which no filter sees requests.
    pub tunnels: Option<Span>,
}

impl TrafficPolicy {
    /// Reads a BackendTrafficPolicy. Of upgrades only that to a WebSocket is known to be seen by filters.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let is_tunnel = |node: &&Node| !node.text_at("type").is_some_and(|kind| kind.eq_ignore_ascii_case("websocket"));
        let tunnels = items(spec, "httpUpgrade").iter().find(is_tunnel).map(|node| node.span);
        Self { targets: Targets::read(spec), tunnels, meta }
    }
}

/// An EnvoyPatchPolicy: it may change anything in the proxies of a Gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchPolicy {
    /// Its metadata.
    pub meta: Meta,
    /// `Gateway`, or `GatewayClass` where Gateways share their proxies.
    pub kind: String,
    /// Its name; a Gateway is in the namespace of the policy.
    pub name: String,
}

impl PatchPolicy {
    /// Reads an EnvoyPatchPolicy.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let target = |key: &str| object.at(&["spec", "targetRef", key]).and_then(Node::text).unwrap_or_default();
        Self { kind: target("kind").to_owned(), name: target("name").to_owned(), meta }
    }
}

/// An EnvoyProxy: how the proxies of Gateways are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvoyProxy {
    /// Its metadata.
    pub meta: Meta,
    /// Whether all Gateways of a class share their proxies.
    pub shared: bool,
    /// Whether the Service of the proxies is open inside the cluster only.
    pub inside: bool,
    /// What may change anything in the proxies: the key, and its place.
    pub opaque: Option<(&'static str, Span)>,
}

impl EnvoyProxy {
    /// Reads an EnvoyProxy.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        const OPAQUE: [(&str, &[&str]); 8] = [
            ("bootstrap", &["bootstrap"]),
            ("extraArgs", &["extraArgs"]),
            ("patch", &["provider", "kubernetes", "envoyDeployment", "patch"]),
            ("patch", &["provider", "kubernetes", "envoyDaemonSet", "patch"]),
            ("patch", &["provider", "kubernetes", "envoyService", "patch"]),
            ("initContainers", &["provider", "kubernetes", "envoyDeployment", "initContainers"]),
            ("volumes", &["provider", "kubernetes", "envoyDeployment", "pod", "volumes"]),
            ("volumes", &["provider", "kubernetes", "envoyDaemonSet", "pod", "volumes"]),
        ];
        let spec = object.get("spec");
        let at = |path: &[&str]| spec.and_then(|spec| spec.at(path));
        let kind = at(&["provider", "kubernetes", "envoyService", "type"]).and_then(Node::text);
        Self {
            shared: at(&["mergeGateways"]).and_then(Node::bool) == Some(true),
            inside: kind == Some("ClusterIP"),
            opaque: OPAQUE.into_iter().find_map(|(key, path)| Some((key, at(path)?.span))),
            meta,
        }
    }
}

/// Where an endpoint of a Backend is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At the address of this host.
    Host(String),
    /// At this address.
    Address(IpAddr),
    /// Where the request says, or at a socket of the proxy's own.
    Anywhere,
}

/// A Backend of Envoy Gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnBackend {
    /// Its metadata.
    pub meta: Meta,
    /// Its endpoints, each with its port.
    pub endpoints: Vec<(Place, Option<u16>)>,
}

impl OwnBackend {
    /// Reads a Backend.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let endpoint = |node: &Node| {
            let port = |key: &str| crate::kinds::port::port_number(node.at(&[key, "port"]));
            let text = |path: [&str; 2]| node.at(&path).and_then(Node::text);
            let address = text(["ip", "address"]).and_then(|text| text.parse().ok());
            match (text(["fqdn", "hostname"]), address) {
                (Some(host), _) => (Place::Host(host.to_owned()), port("fqdn")),
                (None, Some(address)) => (Place::Address(address), port("ip")),
                (None, None) => (Place::Anywhere, None),
            }
        };
        let mut endpoints: Vec<_> = items(spec, "endpoints").iter().map(endpoint).collect();
        if spec.and_then(|spec| spec.text_at("type")) == Some("DynamicResolver") {
            endpoints.push((Place::Anywhere, None));
        }
        Self { meta, endpoints }
    }
}

/// An HTTPRouteFilter: what a rule of a route does by reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteFilter {
    /// Its metadata.
    pub meta: Meta,
    /// Whether it sends requests on under another path or host.
    pub rewrites: bool,
}

impl RouteFilter {
    /// Reads an HTTPRouteFilter.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        Self { rewrites: object.at(&["spec", "urlRewrite"]).is_some(), meta }
    }
}
