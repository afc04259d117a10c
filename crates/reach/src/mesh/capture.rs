//! Which connections to a workload its proxy sees: all but those that the redirect leaves alone.

use std::fmt;

use meshveil_objects::kinds::extension::Sidecar;
use meshveil_objects::kinds::port::Protocol;
use meshveil_objects::kinds::security::is_true;
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::meta::Meta;
use meshveil_objects::well_known::{annotation, port};
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
        .or_else(template)
        .or_else(|| by_settings(manifests, workload))
        .or_else(|| annotated(workload, annotation::STATUS_PORT, is_own))
        .or_else(|| annotated(workload, annotation::INCLUDE_INBOUND_PORTS, leaves_out))
        .or_else(|| annotated(workload, annotation::EXCLUDE_INBOUND_PORTS, |list| lists(list, port)))
        .or_else(|| annotated(workload, annotation::EXCLUDE_INTERFACES, |list| !list.trim().is_empty()))
        .or_else(|| listener().map(|listener| (BypassReason::Sidecar, Some(listener.span))))
}

/// Settings of the pod's proxy or, where they do not say, of the mesh that capture nothing.
fn by_settings(manifests: &Cluster, workload: &Workload) -> Option<Bypass> {
    let config = proxy_config(workload);
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
