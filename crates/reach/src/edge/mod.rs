//! Envoy Gateway: by which listener of which Gateway a request gets to a Service, what the listener does with certificates of
//! clients, and whether the masking filter runs on the route.
//!
//! Facts are those of Envoy Gateway 1.9 (`internal/gatewayapi` of its sources). What is not read or not understood is a
//! [`Doubt`] of the passage.

mod attach;
mod backends;
mod clients;
mod extensions;
pub mod proxies;

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use meshveil_objects::kinds::entry::{Gateway, Listener, Route, Rule};
use meshveil_objects::kinds::envoy_gateway::Certificates;
use meshveil_text::Span;

use crate::cluster::Cluster;
use crate::mesh::filter::{FilterNames, Running};

/// One way from a listener of a Gateway to Services, by one rule of a route.
#[derive(Debug, Clone)]
pub struct Passage {
    /// Index into [`meshveil_objects::Manifests::routes`].
    pub route: usize,
    /// The Gateway: index into [`meshveil_objects::Manifests::gateways`].
    pub gateway: usize,
    /// Its proxies: index into [`meshveil_objects::Manifests::workloads`].
    pub proxies: usize,
    /// The listener.
    pub listener: String,
    /// Its place.
    pub listener_span: Span,
    /// The place of the rule.
    pub rule_span: Span,
    /// The Services it leads to, each with its port where one is written: index into [`meshveil_objects::Manifests::services`].
    pub services: Vec<(usize, Option<u16>)>,
    /// What the listener does with certificates.
    pub clients: Clients,
    /// The masking filter, or why it does not run.
    pub filter: Result<Running, Unfiltered>,
    /// Whether requests are sent on under another path.
    pub rewrites: bool,
    /// What is not known.
    pub doubt: Option<Doubt>,
}

impl Passage {
    /// Whether the masking filter runs here, or would without a policy that takes its place.
    #[must_use]
    pub fn is_meant(&self) -> bool {
        matches!(self.filter, Ok(_) | Err(Unfiltered::Replaced { .. }))
    }
}

/// What a listener does with certificates of clients, and what says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clients {
    /// What it does.
    pub certificates: Certificates,
    /// The object that says so; `None` where nothing does.
    pub object: Option<String>,
    /// The place that says so, or that of the listener.
    pub span: Span,
}

/// Why the masking filter does not run on a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfiltered {
    /// No policy attaches it.
    NotAttached(Span),
    /// A policy of a narrower target takes the place of the one that holds it.
    Replaced {
        /// The policy.
        by: String,
        /// What it attaches to: `HTTPRoute shop/customers`.
        at: String,
        /// The policy with the filter.
        instead_of: String,
        /// The place of the reference, or of the policy's name.
        span: Span,
    },
    /// The route passes bytes on: no HTTP filter sees them.
    NotHttp {
        /// The route.
        route: String,
        /// Its place.
        span: Span,
    },
}

impl Unfiltered {
    /// The place that decided.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::NotAttached(span) | Self::Replaced { span, .. } | Self::NotHttp { span, .. } => *span,
        }
    }
}

impl fmt::Display for Unfiltered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAttached(_) => f.write_str("no EnvoyExtensionPolicy attaches the masking filter"),
            Self::Replaced { by, at, instead_of, .. } => write!(f, "{by} at {at} takes the place of {instead_of}"),
            Self::NotHttp { route, .. } => write!(f, "{route} passes bytes on: no HTTP filter runs"),
        }
    }
}

/// An object that leaves open what becomes of requests on a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Kind and name of the object.
    pub object: String,
    /// What it may do.
    pub reason: Reason,
    /// Its place.
    pub span: Span,
}

/// What an object of Envoy Gateway may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Change anything in the proxies.
    Patches,
    /// Change anything in the proxies by this setting.
    Setting(&'static str),
    /// Do anything with responses, by this kind of extension.
    Extension(&'static str),
    /// Let clients have a tunnel, in which no filter sees requests.
    Tunnel,
    /// Take certificates of clients without verifying them.
    Unverified,
    /// It is named and in no manifest.
    Missing,
    /// Lead to an address of which it is not known whose it is.
    Address,
}

impl Doubt {
    /// Whether it is about all that a listener does, certificates included.
    #[must_use]
    pub fn is_general(&self) -> bool {
        match self.reason {
            Reason::Patches | Reason::Setting(_) | Reason::Unverified => true,
            Reason::Missing => self.object.starts_with("EnvoyProxy "),
            Reason::Extension(_) | Reason::Tunnel | Reason::Address => false,
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = &self.object;
        match self.reason {
            Reason::Patches => write!(f, "{object} may change anything in the proxies of the Gateway"),
            Reason::Setting(key) => write!(f, "{object} sets `{key}`, which may change anything in the proxies"),
            Reason::Extension(key) => write!(f, "{object} runs `{key}`, which may do anything with responses"),
            Reason::Tunnel => write!(f, "{object} lets clients have a tunnel, in which no filter sees requests"),
            Reason::Unverified => write!(f, "{object} takes certificates of clients that nothing verifies"),
            Reason::Missing => write!(f, "{object} is named and in no manifest"),
            Reason::Address => write!(f, "{object} leads to an address that may be a pod's"),
        }
    }
}

/// Every passage of the cluster.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edge {
    /// By Gateway, route, listener and rule.
    pub passages: Vec<Passage>,
    /// By Service.
    by_service: HashMap<usize, BTreeSet<usize>>,
    /// The settings of each module that masks, in the order in which [`Running::extension`] counts them.
    pub modules: Vec<std::sync::Arc<serde_json::Value>>,
}

impl Edge {
    pub fn new(manifests: &Cluster, names: &FilterNames) -> Self {
        let mut edge = Self::default();
        let gateways = manifests.gateways.iter().enumerate();
        for (at, gateway) in gateways.filter(|(_, gateway)| proxies::is_envoy_gateways(manifests, gateway)) {
            let Some(pods) = manifests.workloads.iter().position(|pods| gateway.is_served_by(pods)) else { continue };
            let general = proxies::doubt(manifests, gateway);
            for (number, route) in manifests.routes.iter().enumerate() {
                for listener in listeners(manifests, gateway, route) {
                    for rule in &route.rules {
                        let spot = Spot { manifests, names, gateway, listener, route, rule };
                        edge.add(&spot, (at, pods, number), general.as_ref());
                    }
                }
            }
        }
        for (at, passage) in edge.passages.iter().enumerate() {
            for (service, _) in &passage.services {
                edge.by_service.entry(*service).or_default().insert(at);
            }
        }
        edge
    }

    /// Adds the passages by one rule: one for each filter and each treatment of certificates that may be in force.
    fn add(&mut self, spot: &Spot<'_>, (gateway, proxies, route): (usize, usize, usize), general: Option<&Doubt>) {
        let (services, address) = backends::of_rule(spot);
        if services.is_empty() {
            return;
        }
        let first = spot.manifests.extensions.len();
        for attached in extensions::attached(spot) {
            let filter = attached.filter.map(|(mut running, config)| {
                let known = self.modules.iter().position(|known| std::sync::Arc::ptr_eq(known, &config));
                let known = known.unwrap_or_else(|| {
                    self.modules.push(config);
                    self.modules.len().saturating_sub(1)
                });
                running.extension = Some(first.saturating_add(known));
                running
            });
            for clients in clients::of_listener(spot) {
                let unverified = (clients.certificates == Certificates::Unverified).then(|| Doubt {
                    object: clients.object.clone().unwrap_or_default(),
                    reason: Reason::Unverified,
                    span: clients.span,
                });
                let doubt = general.cloned().or_else(|| attached.doubt.clone()).or(unverified);
                self.passages.push(Passage {
                    route,
                    gateway,
                    proxies,
                    listener: spot.listener.name.clone(),
                    listener_span: spot.listener.span,
                    rule_span: spot.rule.span,
                    services: services.clone(),
                    clients,
                    filter: filter.clone(),
                    rewrites: spot.rule.rewrites || attached.rewrites,
                    doubt: address.clone().or(doubt),
                });
            }
        }
    }

    /// The passages that lead to one of these Services.
    pub fn leading_to<'s>(&self, services: impl IntoIterator<Item = &'s usize>) -> BTreeSet<usize> {
        services.into_iter().filter_map(|service| self.by_service.get(service)).flatten().copied().collect()
    }

    /// Whether pods are proxies that run the masking filter for someone: a part of the enforcement, no caller.
    pub fn enforces(&self, workload: usize) -> bool {
        self.passages.iter().any(|passage| passage.proxies == workload && passage.filter.is_ok())
    }
}

/// A rule of a route at a listener.
#[derive(Clone, Copy)]
struct Spot<'m> {
    manifests: &'m Cluster,
    names: &'m FilterNames,
    gateway: &'m Gateway,
    listener: &'m Listener,
    route: &'m Route,
    rule: &'m Rule,
}

impl Spot<'_> {
    /// Whether HTTP filters see requests: the listener ends TLS, and the route is one of requests.
    fn is_http(&self) -> bool {
        matches!(self.route.meta.kind.as_str(), "HTTPRoute" | "GRPCRoute")
    }
}

/// The listeners of a Gateway that a route hangs on.
fn listeners<'m>(manifests: &'m Cluster, gateway: &'m Gateway, route: &'m Route) -> Vec<&'m Listener> {
    let namespace = &route.meta.namespace;
    let labels = manifests.namespace_labels(namespace);
    let is_parent = |listener: &&Listener| {
        route.parents.iter().any(|parent| {
            parent.kind == "Gateway"
                && parent.namespace == gateway.meta.namespace
                && parent.name == gateway.meta.name
                && parent.section.as_ref().is_none_or(|section| *section == listener.name)
                && parent.port.is_none_or(|port| port == listener.port)
        })
    };
    let fits = |listener: &&Listener| match route.meta.kind.as_str() {
        "HTTPRoute" | "GRPCRoute" => matches!(listener.protocol.as_str(), "HTTP" | "HTTPS"),
        "TLSRoute" => listener.protocol == "TLS",
        "TCPRoute" => matches!(listener.protocol.as_str(), "TCP" | "TLS"),
        "UDPRoute" => listener.protocol == "UDP",
        _ => true,
    };
    let takes = |listener: &&Listener| gateway.listener_takes(listener, namespace, labels);
    gateway.listeners.iter().filter(is_parent).filter(fits).filter(takes).collect()
}
