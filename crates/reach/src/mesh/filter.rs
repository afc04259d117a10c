//! Where the masking filter runs.

use std::{fmt, sync::Arc};

use meshveil_chain::{self as chain, names};
use meshveil_objects::kinds::extension::{Extension, Mode, Patch, TrafficMatch};
use meshveil_objects::kinds::service::Service;
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::label;
use meshveil_text::Span;
use serde_json::Value;

use crate::cluster::Cluster;
use crate::mesh::authorization::Scope;
use crate::mesh::patches::{self, Way};
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
    pub(super) fn fit(&self, text: &str) -> bool {
        self.contains.iter().any(|part| text.contains(part.as_str()))
    }

    /// Whether an extension is the masking filter: by name, or because its settings are a plan.
    #[must_use]
    pub fn is_ours(&self, extension: &Extension) -> bool {
        self.is_our_module(&extension.url, &extension.plugin_name, &extension.config) || self.fit(&extension.meta.name)
    }

    /// Whether a wasm module is the masking filter: by its URL or name, or because its settings are a plan.
    #[must_use]
    pub fn is_our_module(&self, url: &str, name: &str, config: &Value) -> bool {
        let plan = config.get("version").is_some() && config.get("fields").is_some();
        plan || self.fit(url) || self.fit(name)
    }

    /// Whether an EnvoyFilter's patch puts the masking filter in.
    #[must_use]
    pub fn is_our_patch(&self, patch: &Patch) -> bool {
        inserts(patch) && !is_guard(patch) && !chain::is_disabled(&patch.value) && self.fit(&patch.value.to_string())
    }

    /// Whether an EnvoyFilter's patch looks as if it were meant to take the masking filter out, or the HTTP filters with it, or to
    /// change or switch off what another object put there; istiod may find nothing under the names that it writes.
    #[must_use]
    pub fn undoes_us(&self, patch: &Patch) -> bool {
        let is_http_manager = |name: &str| name == names::CONNECTION_MANAGER;
        let takes_out = matches!(patch.operation.as_str(), "REMOVE" | "REPLACE");
        let changes = takes_out || patch.operation == "MERGE";
        let undoes = match patch.apply_to.as_str() {
            "HTTP_FILTER" => changes && patch.filter.as_deref().is_none_or(|name| self.may_name_us(name)),
            "NETWORK_FILTER" => {
                let skips = patch.operation.starts_with("INSERT") && patches::ends_the_chain(&patch.value);
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
    pub(super) fn may_name_us(&self, name: &str) -> bool {
        self.fit(name) || name == names::WASM || name.contains("wasmplugin")
    }

    /// Whether settings of a route, at any depth, switch the masking filter off (`FilterConfig`).
    fn is_switched_off_in(&self, value: &Value) -> bool {
        let disabled = Some(&Value::Bool(true));
        patches::per_filter(value, &|name, config| self.may_name_us(name) && config.get("disabled") == disabled)
    }
}

/// Whether a patch adds an HTTP filter.
fn inserts(patch: &Patch) -> bool {
    patch.apply_to == "HTTP_FILTER"
        && matches!(patch.operation.as_str(), "INSERT_BEFORE" | "INSERT_AFTER" | "INSERT_FIRST" | "ADD")
}

/// Whether a patch adds a guard: an RBAC filter that allows only requests with the marker of the masking filter.
#[must_use]
pub fn is_guard(patch: &Patch) -> bool {
    inserts(patch) && guard_in(&patch.value).is_some()
}

/// The guard that a filter is.
pub(super) fn guard_in(filter: &Value) -> Option<chain::Guard> {
    chain::Guard::read(filter)
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

/// The guard that stands behind the filter in a proxy, for a port.
#[must_use]
pub fn guard(manifests: &Cluster, names: &FilterNames, scope: Scope<'_>, port: u16) -> Option<Guard> {
    patches::http(manifests, names, scope, &Way::to_port(manifests, scope, port)).guard
}

/// The filter at work in one proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Index into [`meshveil_objects::Manifests::extensions`], from their end on the modules of Envoy Gateway; `None` for an
    /// EnvoyFilter.
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
    /// A condition of the EnvoyFilter that would put it in does not hold, or nobody can say whether it does.
    Unfit {
        /// The object.
        object: String,
        /// The condition.
        condition: &'static str,
        /// Whether it depends on the proxy.
        is_unsure: bool,
    },
    /// The EnvoyFilter that puts it in asks for settings by a name that none gives.
    NoSettings(String),
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
            Self::Unfit { object, condition, is_unsure: false } => {
                write!(f, "{object} does not apply: `{condition}` fits no filter chain of the port")
            }
            Self::Unfit { object, condition, is_unsure: true } => {
                write!(f, "whether {object} applies depends on `{condition}` of the proxy, which is not known")
            }
            Self::NoSettings(object) => write!(f, "{object} asks for settings that no EXTENSION_CONFIG gives"),
        }
    }
}

/// The filter that runs in a proxy for a port, if one does.
///
/// # Errors
/// Why none runs.
pub fn running(manifests: &Cluster, names: &FilterNames, scope: Scope<'_>, port: u16) -> Result<Running, Missing> {
    let passage = patches::http(manifests, names, scope, &Way::to_port(manifests, scope, port));
    passage.running.map_err(|missing| missing.at(scope))
}

impl Missing {
    /// With the place where nothing is attached.
    pub(crate) fn at(self, scope: Scope<'_>) -> Self {
        match (self.reason, scope) {
            (MissingReason::NotAttached { .. }, Scope::Waypoint { gateway, .. }) => {
                Self { reason: MissingReason::NotAttached { waypoint: Some(gateway.to_owned()) }, span: Span::NOWHERE }
            }
            (reason @ MissingReason::NotAttached { .. }, Scope::Sidecar(workload) | Scope::Ztunnel(workload)) => {
                Self { reason, span: workload.meta.span }
            }
            (reason, _) => Self { reason, span: self.span },
        }
    }
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
    let found = patches::reaching(manifests, scope).into_iter().find(|(_, other)| is_it(other));
    found.map_or(&patch.value, |(_, other)| &other.value)
}

/// The plan in a filter's settings; null where there is none.
pub(super) fn plan_in(value: &Value) -> Value {
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
                && gateway.is_some_and(|name| extension.attachment.targets.iter().any(|t| t.is_gateway(name)));
            targeted || extension.attachment.selects(own, root, &workload.meta.namespace, &workload.labels)
        }
        Scope::Ztunnel(_) => false,
        Scope::Waypoint { namespace, gateway, service } => {
            extension.attachment.targets_waypoint(own, root, (namespace, gateway), service)
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

/// The EnvoyFilter that takes the filter out of a proxy for a port, or is meant to.
#[must_use]
pub fn undoing<'m>(
    manifests: &'m Cluster,
    names: &FilterNames,
    scope: Scope<'_>,
    port: u16,
) -> Option<(String, &'m Patch)> {
    if let Err(Missing { reason: MissingReason::TakenOut(object), span }) = running(manifests, names, scope, port) {
        let mut patches = manifests.envoy_filters.iter().flat_map(|filter| &filter.patches);
        return patches.find(|patch| patch.span == span).map(|patch| (object, patch));
    }
    patches::reaching(manifests, scope).into_iter().find(|(_, patch)| names.undoes_us(patch))
}

/// Each EnvoyFilter that sets the route metadata of the masking filter for incoming requests: the object, the patch, and the route
/// of the policy.
#[must_use]
pub fn routes_set<'m>(manifests: &'m Cluster, scope: Scope<'_>) -> Vec<(String, &'m Patch, String)> {
    let of_routes = |patch: &Patch| {
        matches!(patch.apply_to.as_str(), "HTTP_ROUTE" | "VIRTUAL_HOST" | "ROUTE_CONFIGURATION")
            && matches!(patch.context.as_str(), "ANY" | "SIDECAR_INBOUND")
    };
    let patches = patches::reaching(manifests, scope).into_iter().filter(|(_, patch)| of_routes(patch));
    patches.filter_map(|(object, patch)| Some((object, patch, route_in(&patch.value)?))).collect()
}

/// The route of the policy that route metadata names, at any depth.
fn route_in(value: &Value) -> Option<String> {
    let metadata = chain::member(value, "filter_metadata").and_then(|metadata| metadata.get(names::MASKING));
    if let Some(route) = metadata.and_then(|metadata| metadata.get("route")).and_then(Value::as_str) {
        return Some(route.to_owned());
    }
    let members = value.as_object().into_iter().flat_map(|members| members.values());
    members.chain(value.as_array().into_iter().flatten()).find_map(route_in)
}

/// Each EnvoyFilter that puts the masking filter into a proxy: the object, the patch, and the filter's whole settings.
#[must_use]
pub fn inserted<'m>(
    manifests: &'m Cluster,
    names: &FilterNames,
    scope: Scope<'_>,
) -> Vec<(String, &'m Patch, &'m Value)> {
    let ours = patches::reaching(manifests, scope).into_iter().filter(|(_, patch)| names.is_our_patch(patch));
    ours.map(|(object, patch)| (object, patch, announced(manifests, scope, patch))).collect()
}

/// Whether a workload is behind the masking filter somewhere: the default notion of a protected workload.
#[must_use]
pub fn protects(manifests: &Cluster, names: &FilterNames, workload: &Workload) -> bool {
    manifests.extensions.iter().any(|e| names.is_ours(e) && attached(manifests, e, Scope::Sidecar(workload)))
        || patches::reaching(manifests, Scope::Sidecar(workload)).iter().any(|(_, patch)| names.is_our_patch(patch))
}
