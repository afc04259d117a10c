//! Where the masking filter runs.

use std::{fmt, sync::Arc};

use meshveil_chain::{self as chain, names};
use meshveil_objects::kinds::extension::{Extension, FailStrategy, Mode, Patch, TrafficMatch};
use meshveil_objects::kinds::service::Service;
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::{WAYPOINT_CLASS, label};
use meshveil_text::Span;
use serde_json::Value;

use crate::cluster::Cluster;
use crate::mesh::authorization::Scope;
use crate::mesh::waypoint::{self, Waypoint};

/// How the masking filter is recognised among other filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterNames {
    /// Texts of which one occurs in the module's URL, its plugin name or the object's name.
    pub contains: Vec<String>,
}

impl Default for FilterNames {
    fn default() -> Self {
        Self { contains: vec!["meshveil".to_owned()] }
    }
}

impl FilterNames {
    fn fit(&self, text: &str) -> bool {
        self.contains.iter().any(|part| text.contains(part.as_str()))
    }

    /// Whether an extension is the masking filter: by name, or because its settings are a plan.
    #[must_use]
    pub fn is_ours(&self, extension: &Extension) -> bool {
        let plan = extension.config.get("version").is_some() && extension.config.get("fields").is_some();
        plan || self.fit(&extension.url) || self.fit(&extension.plugin_name) || self.fit(&extension.meta.name)
    }

    /// Whether an EnvoyFilter's patch puts the masking filter in.
    #[must_use]
    pub fn is_our_patch(&self, patch: &Patch) -> bool {
        inserts(patch) && !is_guard(patch) && !chain::is_disabled(&patch.value) && self.fit(&patch.value.to_string())
    }

    /// Whether an EnvoyFilter's patch takes the masking filter out, or the HTTP filters with it, or changes or switches off
    /// what another object put there.
    #[must_use]
    pub fn undoes_us(&self, patch: &Patch) -> bool {
        let is_http_manager = |name: &str| name == names::CONNECTION_MANAGER;
        let takes_out = matches!(patch.operation.as_str(), "REMOVE" | "REPLACE");
        let changes = takes_out || patch.operation == "MERGE";
        let undoes = match patch.apply_to.as_str() {
            "HTTP_FILTER" => changes && patch.filter.as_deref().is_none_or(|name| self.may_name_us(name)),
            "NETWORK_FILTER" => {
                let skips = patch.operation.starts_with("INSERT") && ends_the_chain(&patch.value);
                skips || takes_out && patch.filter.as_deref().is_none_or(is_http_manager)
            }
            "FILTER_CHAIN" | "LISTENER" => takes_out,
            "EXTENSION_CONFIG" => {
                changes && patch.value.get("name").and_then(Value::as_str).is_some_and(|name| self.may_name_us(name))
            }
            "HTTP_ROUTE" | "VIRTUAL_HOST" | "ROUTE_CONFIGURATION" => self.is_switched_off_in(&patch.value),
            _ => false,
        };
        undoes && matches!(patch.context.as_str(), "ANY" | "SIDECAR_INBOUND" | "WAYPOINT")
    }

    /// Whether a name in Envoy's configuration can be the masking filter's: that of its object, or what Istio makes of it.
    fn may_name_us(&self, name: &str) -> bool {
        self.fit(name) || name == names::WASM || name.contains("wasmplugin")
    }

    /// Whether settings of a route, at any depth, switch the masking filter off (`typed_per_filter_config`, `FilterConfig`).
    fn is_switched_off_in(&self, value: &Value) -> bool {
        let inside = || {
            let members = value.as_object().into_iter().flat_map(|members| members.values());
            let items = value.as_array().into_iter().flatten();
            members.chain(items).any(|inner| self.is_switched_off_in(inner))
        };
        let filters = ["typed_per_filter_config", "typedPerFilterConfig"].iter().filter_map(|key| value.get(*key));
        let mut filters = filters.filter_map(Value::as_object).flatten();
        filters.any(|(name, config)| self.may_name_us(name) && config.get("disabled") == Some(&Value::Bool(true)))
            || inside()
    }
}

/// Whether a network filter leaves nothing to those behind it.
fn ends_the_chain(filter: &Value) -> bool {
    let text = filter.to_string();
    ["tcp_proxy", "TcpProxy", "http_connection_manager", "HttpConnectionManager", "direct_response", "redis_proxy"]
        .iter()
        .any(|name| text.contains(name))
}

/// Whether a patch adds an HTTP filter.
fn inserts(patch: &Patch) -> bool {
    patch.apply_to == "HTTP_FILTER"
        && matches!(patch.operation.as_str(), "INSERT_BEFORE" | "INSERT_AFTER" | "INSERT_FIRST" | "ADD")
}

/// Whether a patch adds a guard: an RBAC filter that allows only requests with the marker of the masking filter.
#[must_use]
pub fn is_guard(patch: &Patch) -> bool {
    inserts(patch) && chain::Guard::read(&patch.value).is_some()
}

/// The guard of a proxy: the object, the marker it requires, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The object.
    pub object: String,
    /// The name of the policy whose filter must have seen a request.
    pub mark: String,
    /// The place of the patch.
    pub span: Span,
}

/// The guard that stands behind the filter in a proxy, unless another patch takes it out.
#[must_use]
pub fn guard(manifests: &Cluster, scope: Scope<'_>) -> Option<Guard> {
    let patches = patches(manifests, scope);
    // istiod patches the listeners of waypoints as SIDECAR_INBOUND, too; `WAYPOINT` fits nothing.
    let here = |patch: &Patch| matches!(patch.context.as_str(), "SIDECAR_INBOUND" | "ANY");
    let (object, found) = patches.iter().find(|(_, patch)| here(patch) && is_guard(patch) && patch.port.is_none())?;
    let name = found.value.get("name").and_then(Value::as_str);
    let takes_out = |patch: &Patch| {
        let filter = patch.filter.as_deref();
        matches!(patch.operation.as_str(), "REMOVE" | "REPLACE")
            && match patch.apply_to.as_str() {
                "HTTP_FILTER" => filter.is_none() || filter == name,
                "NETWORK_FILTER" | "FILTER_CHAIN" | "LISTENER" => true,
                _ => false,
            }
    };
    if patches.iter().any(|(_, patch)| here(patch) && takes_out(patch)) {
        return None;
    }
    Some(Guard { object: object.clone(), mark: chain::Guard::read(&found.value)?.mark, span: found.span })
}

/// The filter at work in one proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Index into [`meshveil_objects::Manifests::extensions`], or `None` for an EnvoyFilter.
    pub extension: Option<usize>,
    /// The object.
    pub object: String,
    /// Its settings: the plan.
    pub config: Arc<Value>,
    /// Whether a failing filter lets responses pass unmasked.
    pub fails_open: bool,
    /// The place of the object's name.
    pub span: Span,
}

/// Why the filter does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What decided.
    pub reason: MissingReason,
    /// The place that decided.
    pub span: Span,
}

/// What keeps the filter from running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissingReason {
    /// No object attaches it.
    NotAttached {
        /// The waypoint, where it would run there.
        waypoint: Option<String>,
    },
    /// This object takes it out.
    TakenOut(String),
    /// This object attaches it as a network filter, which sees no HTTP.
    NetworkFilter(String),
    /// The object that attaches it matches other connections.
    OtherConnections {
        /// The object.
        object: String,
        /// The port that it does not match.
        port: u16,
    },
}

impl fmt::Display for MissingReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAttached { waypoint: None } => f.write_str("no masking filter is attached"),
            Self::NotAttached { waypoint: Some(name) } => {
                write!(f, "no masking filter is attached to waypoint `{name}`")
            }
            Self::TakenOut(object) => write!(f, "{object} takes the filter out"),
            Self::NetworkFilter(object) => write!(f, "{object} is a network filter"),
            Self::OtherConnections { object, port } => {
                write!(f, "{object} does not match incoming connections to port {port}")
            }
        }
    }
}

/// The filter that runs in a proxy for a port, if one does.
///
/// # Errors
/// Why none runs.
pub fn running(manifests: &Cluster, names: &FilterNames, scope: Scope<'_>, port: u16) -> Result<Running, Missing> {
    let mut missing = match scope {
        Scope::Sidecar(workload) | Scope::Ztunnel(workload) => {
            Missing { reason: MissingReason::NotAttached { waypoint: None }, span: workload.meta.span }
        }
        Scope::Waypoint { gateway, .. } => {
            let waypoint = Some(gateway.to_owned());
            Missing { reason: MissingReason::NotAttached { waypoint }, span: Span::NOWHERE }
        }
    };
    if let Some((object, patch)) = undoing(manifests, names, scope) {
        return Err(Missing { reason: MissingReason::TakenOut(object), span: patch.span });
    }
    for (at, extension) in manifests.extensions.iter().enumerate() {
        if !names.is_ours(extension) || !attached(manifests, extension, scope) {
            continue;
        }
        if !extension.is_http {
            let reason = MissingReason::NetworkFilter(extension.meta.title());
            missing = Missing { reason, span: extension.meta.span };
            continue;
        }
        let listener = if matches!(scope, Scope::Waypoint { .. }) { None } else { Some(port) };
        if serves_port(extension, listener) {
            return Ok(Running {
                extension: Some(at),
                object: extension.meta.title(),
                config: Arc::clone(&extension.config),
                fails_open: extension.fail_strategy == FailStrategy::Open,
                span: extension.meta.span,
            });
        }
        let reason = MissingReason::OtherConnections { object: extension.meta.title(), port };
        missing = Missing { reason, span: extension.match_span.unwrap_or(extension.meta.span) };
    }
    for (object, patch) in patches(manifests, scope) {
        if names.is_our_patch(patch)
            && matches!(patch.context.as_str(), "ANY" | "SIDECAR_INBOUND")
            && patch.port.is_none_or(|wanted| wanted == port)
        {
            let value = announced(manifests, scope, patch);
            return Ok(Running {
                extension: None,
                object,
                config: Arc::new(plan_in(value)),
                fails_open: chain::fails_open(value),
                span: patch.span,
            });
        }
    }
    Err(missing)
}

/// Whether an extension runs for incoming connections to a port. A waypoint has one listener for all of them, `None`, which
/// no port matches (Istio, `buildWaypointHTTPFilters` in pilot/pkg/networking/core/waypoint.go asks with port 0).
#[must_use]
pub fn serves_port(extension: &Extension, port: Option<u16>) -> bool {
    let serves = |m: &TrafficMatch| {
        m.mode != Mode::Client && (m.ports.is_empty() || port.is_some_and(|port| m.ports.contains(&port)))
    };
    extension.matches.is_empty() || extension.matches.iter().any(serves)
}

/// The filter itself where a patch only says by which name the proxy asks for it.
fn announced<'m>(manifests: &'m Cluster, scope: Scope<'_>, patch: &'m Patch) -> &'m Value {
    if patch.value.get("config_discovery").is_none() {
        return &patch.value;
    }
    let name = patch.value.get("name");
    let is_it = |other: &Patch| other.apply_to == "EXTENSION_CONFIG" && other.value.get("name") == name;
    let found = patches(manifests, scope).into_iter().find(|(_, other)| is_it(other));
    found.map_or(&patch.value, |(_, other)| &other.value)
}

/// The plan in a filter's settings; null where there is none.
fn plan_in(value: &Value) -> Value {
    let plan = chain::Masking::read(value).and_then(|masking| masking.plan);
    plan.and_then(|plan| serde_json::from_str(&plan).ok()).unwrap_or_default()
}

/// Whether an extension attaches to a proxy.
#[must_use]
pub fn attached(manifests: &Cluster, extension: &Extension, scope: Scope<'_>) -> bool {
    let root = manifests.mesh.root_namespace.as_str();
    let own = extension.meta.namespace.as_str();
    match scope {
        Scope::Sidecar(workload) => {
            let gateway = workload.labels.get(label::GATEWAY_NAME);
            let targeted = own == workload.meta.namespace
                && extension.attachment.targets.iter().any(|t| t.kind == "Gateway" && Some(t.name.as_str()) == gateway);
            targeted || extension.attachment.selects(own, root, &workload.meta.namespace, &workload.labels)
        }
        Scope::Ztunnel(_) => false,
        Scope::Waypoint { namespace, gateway, service } => {
            extension.attachment.targets.iter().any(|target| match target.kind.as_str() {
                "Gateway" => own == namespace && target.name == gateway,
                "GatewayClass" => own == root && target.name == WAYPOINT_CLASS,
                "Service" => service == Some((own, target.name.as_str())),
                _ => false,
            })
        }
    }
}

/// Whether the filter is meant for requests to a Service, at its waypoint; whether it has one is another question.
#[must_use]
pub fn serves(manifests: &Cluster, names: &FilterNames, service: &Service) -> bool {
    let gateway = match waypoint::of_service(manifests, service) {
        Waypoint::Found(gateway) => gateway.meta.name.as_str(),
        _ => "",
    };
    let scope = Scope::Waypoint {
        namespace: &service.meta.namespace,
        gateway,
        service: Some((&service.meta.namespace, &service.meta.name)),
    };
    manifests.extensions.iter().any(|extension| names.is_ours(extension) && attached(manifests, extension, scope))
}

/// Patches of EnvoyFilters that reach a proxy.
fn patches<'m>(manifests: &'m Cluster, scope: Scope<'_>) -> Vec<(String, &'m Patch)> {
    let root = manifests.mesh.root_namespace.as_str();
    let reaches = |filter: &meshveil_objects::kinds::extension::EnvoyFilter| match scope {
        Scope::Sidecar(workload) => {
            filter.attachment.selects(&filter.meta.namespace, root, &workload.meta.namespace, &workload.labels)
        }
        Scope::Waypoint { namespace, gateway, .. } => {
            filter.meta.namespace == namespace && filter.attachment.targets.iter().any(|t| t.name == gateway)
        }
        Scope::Ztunnel(_) => false,
    };
    let filters = manifests.envoy_filters.iter().filter(|filter| reaches(filter));
    filters.flat_map(|filter| filter.patches.iter().map(|patch| (filter.meta.title(), patch))).collect()
}

/// The first EnvoyFilter that takes the filter out of a proxy.
#[must_use]
pub fn undoing<'m>(manifests: &'m Cluster, names: &FilterNames, scope: Scope<'_>) -> Option<(String, &'m Patch)> {
    patches(manifests, scope).into_iter().find(|(_, patch)| names.undoes_us(patch))
}

/// Each EnvoyFilter that puts the masking filter into a proxy: the object, the patch, and the filter's whole settings.
#[must_use]
pub fn inserted<'m>(
    manifests: &'m Cluster,
    names: &FilterNames,
    scope: Scope<'_>,
) -> Vec<(String, &'m Patch, &'m Value)> {
    let ours = patches(manifests, scope).into_iter().filter(|(_, patch)| names.is_our_patch(patch));
    ours.map(|(object, patch)| (object, patch, announced(manifests, scope, patch))).collect()
}

/// Whether a workload is behind the masking filter somewhere: the default notion of a protected workload.
#[must_use]
pub fn protects(manifests: &Cluster, names: &FilterNames, workload: &Workload) -> bool {
    manifests.extensions.iter().any(|e| names.is_ours(e) && attached(manifests, e, Scope::Sidecar(workload)))
        || patches(manifests, Scope::Sidecar(workload)).iter().any(|(_, patch)| names.is_our_patch(patch))
}
