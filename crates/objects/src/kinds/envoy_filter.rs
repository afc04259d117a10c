//! EnvoyFilter: patches to what istiod sends a proxy, each with the conditions under which it applies.

use meshveil_text::{Node, Span};

use crate::kinds::port::port_number;
use crate::kinds::security::Attachment;
use crate::meta::Meta;
use crate::selector::{Requirement, Selector};

/// The conditions of a patch besides its context; all that are there must hold. An empty text is none, as in protobuf.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// `proxy.proxyVersion`: a regular expression over the proxy's release.
    pub proxy_version: Option<String>,
    /// Whether `proxy.metadata` asks for anything.
    pub asks_for_metadata: bool,
    /// `listener.name`.
    pub listener: Option<String>,
    /// `listener.portNumber`.
    pub port: Option<u16>,
    /// `listener.filterChain.name`.
    pub chain: Option<String>,
    /// `listener.filterChain.sni`.
    pub sni: Option<String>,
    /// `listener.filterChain.transportProtocol`.
    pub transport: Option<String>,
    /// `listener.filterChain.applicationProtocols`, with commas.
    pub protocols: Option<String>,
    /// `listener.filterChain.destinationPort`.
    pub destination_port: Option<u16>,
    /// The name in `listener.filterChain.filter`, which may be empty where one is there.
    pub network_filter: Option<String>,
    /// The name in `listener.filterChain.filter.subFilter`, which may be empty where one is there.
    pub http_filter: Option<String>,
    /// `routeConfiguration.name`.
    pub route_configuration: Option<String>,
    /// `routeConfiguration.portNumber`.
    pub route_port: Option<u16>,
    /// `routeConfiguration.vhost.domainName`.
    pub domain: Option<String>,
    /// `routeConfiguration.vhost.name`.
    pub virtual_host: Option<String>,
    /// `routeConfiguration.vhost.route.name`.
    pub route: Option<String>,
    /// `routeConfiguration.vhost.route.action`, where it is `REDIRECT` or `DIRECT_RESPONSE`.
    pub redirects: bool,
}

impl Conditions {
    fn read(node: Option<&Node>) -> Self {
        let at = |path: &[&str]| node.and_then(|node| node.at(path));
        let text = |path: &[&str]| at(path).and_then(Node::text).filter(|text| !text.is_empty()).map(str::to_owned);
        // A filter that is there without a name is compared with no name.
        let name = |path: &[&str]| at(path).map(|node| node.text_at("name").unwrap_or_default().to_owned());
        Self {
            proxy_version: text(&["proxy", "proxyVersion"]),
            asks_for_metadata: at(&["proxy", "metadata"]).is_some_and(|node| !node.entries().is_empty()),
            listener: text(&["listener", "name"]),
            port: port_number(at(&["listener", "portNumber"])),
            chain: text(&["listener", "filterChain", "name"]),
            sni: text(&["listener", "filterChain", "sni"]),
            transport: text(&["listener", "filterChain", "transportProtocol"]),
            protocols: text(&["listener", "filterChain", "applicationProtocols"]),
            destination_port: port_number(at(&["listener", "filterChain", "destinationPort"])),
            network_filter: name(&["listener", "filterChain", "filter"]),
            http_filter: name(&["listener", "filterChain", "filter", "subFilter"]),
            route_configuration: text(&["routeConfiguration", "name"]),
            route_port: port_number(at(&["routeConfiguration", "portNumber"])),
            domain: text(&["routeConfiguration", "vhost", "domainName"]),
            virtual_host: text(&["routeConfiguration", "vhost", "name"]),
            route: text(&["routeConfiguration", "vhost", "route", "name"]),
            redirects: text(&["routeConfiguration", "vhost", "route", "action"])
                .is_some_and(|action| matches!(action.as_str(), "REDIRECT" | "DIRECT_RESPONSE")),
        }
    }
}

/// One patch of an EnvoyFilter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// `HTTP_FILTER`, `NETWORK_FILTER`, `LISTENER`, ...
    pub apply_to: String,
    /// `SIDECAR_INBOUND`, `GATEWAY`, `ANY`, ...
    pub context: String,
    /// The filter it looks for (`match.listener.filterChain.filter[.subFilter].name`).
    pub filter: Option<String>,
    /// When it applies.
    pub conditions: Conditions,
    /// `MERGE`, `INSERT_BEFORE`, `REPLACE`, `REMOVE`, ...
    pub operation: String,
    /// The value.
    pub value: serde_json::Value,
    /// Its place.
    pub span: Span,
}

/// An EnvoyFilter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvoyFilter {
    /// Its metadata.
    pub meta: Meta,
    /// Labels that must match.
    pub selector: Vec<Requirement>,
    /// Its patches.
    pub patches: Vec<Patch>,
    /// What it attaches to.
    pub attachment: Attachment,
    /// Those with a lower one are applied first.
    pub priority: i64,
}

impl EnvoyFilter {
    /// Reads an EnvoyFilter.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let patches = spec.and_then(|spec| spec.get("configPatches")).map(Node::items).unwrap_or_default().iter();
        let selector = Selector::labels(spec.and_then(|spec| spec.at(&["workloadSelector", "labels"])));
        let mut attachment = Attachment::read(spec);
        attachment.selector.clone_from(&selector);
        Self {
            selector,
            attachment,
            priority: spec.and_then(|spec| spec.get("priority")).and_then(Node::int).unwrap_or_default(),
            patches: patches.map(patch).collect(),
            meta,
        }
    }
}

fn patch(patch: &Node) -> Patch {
    let text = |path: &[&str]| patch.at(path).and_then(Node::text);
    let conditions = Conditions::read(patch.get("match"));
    let filter = conditions.http_filter.clone().filter(|name| !name.is_empty());
    Patch {
        apply_to: text(&["applyTo"]).unwrap_or_default().to_owned(),
        context: text(&["match", "context"]).unwrap_or("ANY").to_owned(),
        filter: filter.or_else(|| conditions.network_filter.clone().filter(|name| !name.is_empty())),
        conditions,
        operation: text(&["patch", "operation"]).unwrap_or_default().to_owned(),
        value: patch.at(&["patch", "value"]).map_or(serde_json::Value::Null, Node::to_json),
        span: patch.span,
    }
}
