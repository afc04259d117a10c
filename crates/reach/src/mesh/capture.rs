//! Which connections to a workload its proxy sees: all but those that the redirect leaves alone.

use std::fmt;

use meshveil_objects::kinds::extension::Sidecar;
use meshveil_objects::kinds::port::Protocol;
use meshveil_objects::kinds::security::is_true;
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::meta::Meta;
use meshveil_objects::well_known::{INIT_CONTAINER, PROXY_CONTAINER, VALIDATION_CONTAINER, annotation, port};
use meshveil_text::{Node, Span, tree};

use crate::cluster::{Cluster, Plane};

/// Whether the mesh sees connections to a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capture {
    /// It does.
    Captured,
    /// They reach the application directly.
    Bypassed {
        /// What takes them past it.
        reason: BypassReason,
        /// The place that decided.
        span: Span,
    },
}

/// What takes connections past the proxy of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BypassReason {
    /// Only TCP is captured.
    Protocol(Protocol),
    /// The redirect leaves this port alone.
    NeverCaptured(u16),
    /// An annotation of the pods.
    Annotation {
        /// Its key.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// The injector's template of this name puts no Envoy in that serves the port.
    ForeignTemplate(String),
    /// A container of the pod takes the place of one of Istio's, or changes what it does.
    OwnContainer {
        /// Its name.
        name: String,
        /// What it changes.
        what: String,
    },
    /// A setting of the proxy replaces what runs, or takes the port.
    Setting(&'static str),
    /// `interceptionMode: NONE` in the proxy's settings.
    ProxyConfig,
    /// `interceptionMode: NONE` in the mesh's settings.
    MeshConfig,
    /// `captureMode: NONE` in a Sidecar object.
    Sidecar,
}

impl fmt::Display for BypassReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(protocol) => write!(f, "{} is not captured", protocol.name()),
            Self::NeverCaptured(port) => write!(f, "port {port} is never captured"),
            // These two say enough by being there.
            Self::Annotation {
                key: key @ (annotation::BYPASS_INBOUND_CAPTURE | annotation::EXCLUDE_INTERFACES),
                ..
            } => write!(f, "annotation `{key}`"),
            Self::Annotation { key, value } => write!(f, "annotation `{key}: {value}`"),
            Self::ForeignTemplate(name) => write!(f, "the template `{name}` has no Envoy that serves it"),
            Self::OwnContainer { name, what } => {
                write!(f, "the pod's own container `{name}` changes `{what}` of Istio's")
            }
            Self::Setting(key) => write!(f, "`{key}` in `{}`", annotation::PROXY_CONFIG),
            Self::ProxyConfig => write!(f, "`interceptionMode: NONE` in `{}`", annotation::PROXY_CONFIG),
            Self::MeshConfig => f.write_str("`interceptionMode: NONE` in the mesh's settings"),
            Self::Sidecar => f.write_str("`captureMode: NONE` in a Sidecar"),
        }
    }
}

/// What `proxy.istio.io/config` says, with the place of its text.
#[must_use]
pub fn proxy_config(workload: &Workload) -> Option<(Node, Span)> {
    let key = annotation::PROXY_CONFIG;
    let span = workload.annotations.span(key)?;
    let text = workload.annotations.get(key)?;
    tree::parse_inner(span, text, &mut Vec::new()).pop().map(|node| (node, span))
}

/// The template of the list `inject.istio.io/templates` without an Envoy that is known to serve, and its place.
#[must_use]
pub fn foreign_template(workload: &Workload) -> Option<(String, Span)> {
    let key = annotation::TEMPLATES;
    let names: Vec<&str> = workload.annotations.get(key)?.split(',').map(str::trim).collect();
    let proxyless = names.iter().find(|name| name.starts_with("grpc-"));
    let foreign = proxyless.or_else(|| names.first().filter(|_| !names.contains(&"sidecar")))?;
    Some(((*foreign).to_owned(), workload.annotations.span(key)?))
}

/// Whether the proxy beside a workload serves a port.
#[must_use]
pub fn capture(manifests: &Cluster, workload: &Workload, plane: Plane, protocol: Protocol, port: u16) -> Capture {
    let bypass = match plane {
        _ if protocol != Protocol::Tcp => Some((BypassReason::Protocol(protocol), None)),
        Plane::Ambient => annotated(workload, annotation::BYPASS_INBOUND_CAPTURE, is_true),
        Plane::Sidecar => past_sidecar(manifests, workload, port),
        Plane::Outside | Plane::Proxy => None,
    };
    match bypass {
        Some((reason, span)) => Capture::Bypassed { reason, span: span.unwrap_or(workload.meta.span) },
        None => Capture::Captured,
    }
}

/// What takes connections past the proxy, and the place that says so.
type Bypass = (BypassReason, Option<Span>);

/// An annotation whose value takes connections past the proxy.
fn annotated(workload: &Workload, key: &'static str, bypasses: impl FnOnce(&str) -> bool) -> Option<Bypass> {
    let value = workload.annotations.get(key).filter(|value| bypasses(value))?;
    Some((BypassReason::Annotation { key, value: value.to_owned() }, workload.annotations.span(key)))
}

/// What takes connections to a port past the sidecar.
fn past_sidecar(manifests: &Cluster, workload: &Workload, port: u16) -> Option<Bypass> {
    if port::NEVER_CAPTURED.contains(&port) {
        return Some((BypassReason::NeverCaptured(port), None));
    }
    let is_own = |own: &str| own.trim().parse() == Ok(port);
    let leaves_out = |list: &str| list.trim() != "*" && !lists(list, port);
    let template = || foreign_template(workload).map(|(name, span)| (BypassReason::ForeignTemplate(name), Some(span)));
    let listener = || {
        let sidecars = sidecars_of(manifests, workload);
        let mut listeners = sidecars.into_iter().flat_map(|sidecar| &sidecar.ingress);
        listeners.find(|listener| listener.port == port && listener.uncaptured)
    };
    annotated(workload, annotation::INTERCEPTION_MODE, |mode| mode == "NONE")
        .or_else(|| own_container(workload))
        .or_else(template)
        .or_else(|| annotated(workload, annotation::BOOTSTRAP_OVERRIDE, |_| true))
        .or_else(|| annotated(workload, annotation::PROXY_IMAGE, |image| !is_istios(image)))
        .or_else(|| by_settings(manifests, workload, port))
        .or_else(|| annotated(workload, annotation::STATUS_PORT, is_own))
        .or_else(|| annotated(workload, annotation::INCLUDE_INBOUND_PORTS, leaves_out))
        .or_else(|| annotated(workload, annotation::EXCLUDE_INBOUND_PORTS, |list| lists(list, port)))
        .or_else(|| annotated(workload, annotation::EXCLUDE_INTERFACES, |list| !list.trim().is_empty()))
        .or_else(|| listener().map(|listener| (BypassReason::Sidecar, Some(listener.span))))
}

/// Whether an image is Istio's proxy by its name, whatever the registry.
fn is_istios(image: &str) -> bool {
    image.rsplit('/').next().is_some_and(|name| name.contains("proxyv2"))
}

/// A container that takes the place of one of Istio's. Before injection, the injector merges it over its own, and Istio's CNI
/// plugin leaves pods with an `istio-init` of their own alone; after it, what is there is what runs.
fn own_container(workload: &Workload) -> Option<Bypass> {
    let is_injected = workload.is_running || workload.annotations.get(annotation::INJECTION_STATUS).is_some();
    let istios = |name: &str| matches!(name, INIT_CONTAINER | VALIDATION_CONTAINER | PROXY_CONTAINER);
    let found = workload.containers.iter().filter(|container| istios(&container.name)).find_map(|container| {
        let redirects = container.name == INIT_CONTAINER;
        let argument = container.first_argument.as_deref();
        let what = match is_injected {
            false => container.changes.clone(),
            true if container.has_command => Some("command".to_owned()),
            true => (redirects && argument.is_some_and(|first| first != "istio-iptables")).then(|| "args".to_owned()),
        };
        Some((BypassReason::OwnContainer { name: container.name.clone(), what: what? }, Some(container.span)))
    });
    found.or_else(|| annotated(workload, annotation::OVERRIDES, |_| !is_injected))
}

/// Settings of the pod's proxy or, where they do not say, of the mesh that capture nothing.
fn by_settings(manifests: &Cluster, workload: &Workload, port: u16) -> Option<Bypass> {
    const REPLACING: [&str; 3] = ["binaryPath", "customConfigFile", "proxyBootstrapTemplatePath"];
    let config = proxy_config(workload);
    if let Some((settings, span)) = &config {
        let takes_port = settings.get("statusPort").and_then(Node::int) == Some(i64::from(port));
        let key = REPLACING.into_iter().find(|key| settings.get(key).is_some());
        if let Some(key) = key.or(takes_port.then_some("statusPort")) {
            return Some((BypassReason::Setting(key), Some(*span)));
        }
    }
    match config.as_ref().and_then(|(config, span)| Some((config.text_at("interceptionMode")?, *span))) {
        Some((mode, span)) => (mode == "NONE").then_some((BypassReason::ProxyConfig, Some(span))),
        None => manifests.mesh.uncaptured.map(|span| (BypassReason::MeshConfig, Some(span))),
    }
}

fn lists(list: &str, port: u16) -> bool {
    list.split(',').any(|item| item.trim().parse() == Ok(port))
}

/// The Sidecar objects of which one counts for a workload: the oldest that selects it, else the oldest of its namespace, else
/// the oldest of the root namespace, the last two without a selector (`initSidecarScopes` in istiod's
/// pilot/pkg/model/push_context.go). Where manifests do not say which is the oldest, all that may be.
#[must_use]
pub fn sidecars_of<'m>(manifests: &'m Cluster, workload: &Workload) -> Vec<&'m Sidecar> {
    let root = manifests.mesh.root_namespace.as_str();
    let of = |namespace: &str, has_selector: bool| -> Vec<&'m Sidecar> {
        let fits = |sidecar: &&Sidecar| {
            let mut labels = sidecar.selector.iter();
            sidecar.meta.namespace == namespace
                && sidecar.has_selector == has_selector
                && labels.all(|r| workload.labels.get(&r.key).is_some_and(|v| r.values.iter().any(|w| w == v)))
        };
        oldest(manifests.sidecars.iter().filter(fits).collect(), |sidecar| &sidecar.meta)
    };
    let own = &workload.meta.namespace;
    let tries = [(own.as_str(), true), (own.as_str(), false), (root, false)];
    let found = tries.into_iter().map(|(namespace, has_selector)| of(namespace, has_selector));
    found.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}

/// The objects that may be the oldest: those whose age is not known, and the oldest of the others, by name where equal.
fn oldest<T: Copy>(mut objects: Vec<T>, meta: impl for<'t> Fn(&'t T) -> &'t Meta) -> Vec<T> {
    objects.sort_by_cached_key(|object| {
        let meta = meta(object);
        (meta.created.clone(), meta.name.clone(), meta.namespace.clone())
    });
    let undated = objects.iter().take_while(|object| meta(object).created.is_none()).count();
    objects.truncate(undated + 1);
    objects
}
