//! Which connections to a workload its proxy sees: all but those that the redirect leaves alone.

use meshveil_objects::kinds::extension::{Sidecar, SidecarIngress};
use meshveil_objects::kinds::port::Protocol;
use meshveil_objects::kinds::security::is_true;
use meshveil_objects::kinds::workload::Workload;
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
        /// The reason, in words.
        why: String,
        /// The place that decided.
        span: Span,
    },
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
    let bypassed =
        |why: String, span: Option<Span>| Capture::Bypassed { why, span: span.unwrap_or(workload.meta.span) };
    let annotation = |key: &str| workload.annotations.get(key);
    let span = |key: &str| workload.annotations.span(key);
    if protocol != Protocol::Tcp {
        return bypassed(format!("{} is not captured", protocol.name()), None);
    }
    if plane == Plane::Ambient {
        let key = annotation::BYPASS_INBOUND_CAPTURE;
        return match annotation(key) {
            Some(value) if is_true(value) => bypassed(format!("annotation `{key}`"), span(key)),
            _ => Capture::Captured,
        };
    }
    if plane != Plane::Sidecar {
        return Capture::Captured;
    }
    if port::NEVER_CAPTURED.contains(&port) {
        return bypassed(format!("port {port} is never captured"), None);
    }
    if annotation(annotation::INTERCEPTION_MODE) == Some("NONE") {
        return bypassed(
            "annotation `sidecar.istio.io/interceptionMode: NONE`".to_owned(),
            span(annotation::INTERCEPTION_MODE),
        );
    }
    if let Some((template, span)) = foreign_template(workload) {
        return bypassed(format!("the template `{template}` has no Envoy that serves it"), Some(span));
    }
    let of_pod = proxy_config(workload);
    let of_pod = of_pod.as_ref().and_then(|(config, span)| Some((config.text_at("interceptionMode")?, *span)));
    match of_pod {
        Some(("NONE", at)) => {
            return bypassed("`interceptionMode: NONE` in `proxy.istio.io/config`".to_owned(), Some(at));
        }
        None if manifests.mesh.uncaptured.is_some() => {
            return bypassed("`interceptionMode: NONE` in the mesh's settings".to_owned(), manifests.mesh.uncaptured);
        }
        _ => {}
    }
    let status = annotation::STATUS_PORT;
    if annotation(status).is_some_and(|own| own.trim().parse() == Ok(port)) {
        return bypassed(format!("annotation `{status}: {port}`"), span(status));
    }
    let include = annotation::INCLUDE_INBOUND_PORTS;
    if let Some(list) = annotation(include)
        && list.trim() != "*"
        && !lists(list, port)
    {
        return bypassed(format!("annotation `{include}: {list}`"), span(include));
    }
    let exclude = annotation::EXCLUDE_INBOUND_PORTS;
    if let Some(list) = annotation(exclude)
        && lists(list, port)
    {
        return bypassed(format!("annotation `{exclude}: {list}`"), span(exclude));
    }
    let interfaces = annotation::EXCLUDE_INTERFACES;
    if annotation(interfaces).is_some_and(|list| !list.trim().is_empty()) {
        return bypassed(format!("annotation `{interfaces}`"), span(interfaces));
    }
    let listener = sidecar_listener(manifests, workload, port);
    match listener {
        Some((_, listener)) if listener.uncaptured => {
            bypassed("`captureMode: NONE` in a Sidecar".to_owned(), Some(listener.span))
        }
        _ => Capture::Captured,
    }
}

fn lists(list: &str, port: u16) -> bool {
    list.split(',').any(|item| item.trim().parse() == Ok(port))
}

/// The inbound listener that a Sidecar object gives a port. A Sidecar with a selector goes before one without.
#[must_use]
pub fn sidecar_listener<'m>(
    manifests: &'m Cluster,
    workload: &Workload,
    port: u16,
) -> Option<(&'m Sidecar, &'m SidecarIngress)> {
    let sidecar = sidecar_of(manifests, workload)?;
    sidecar.ingress.iter().find(|listener| listener.port == port).map(|listener| (sidecar, listener))
}

/// The Sidecar object of a workload.
#[must_use]
pub fn sidecar_of<'m>(manifests: &'m Cluster, workload: &Workload) -> Option<&'m Sidecar> {
    let own = manifests.sidecars.iter().filter(|s| s.meta.namespace == workload.meta.namespace);
    let (with, without): (Vec<_>, Vec<_>) = own.partition(|sidecar| !sidecar.selector.is_empty());
    let selected = with.into_iter().find(|sidecar| {
        sidecar.selector.iter().all(|r| workload.labels.get(&r.key).is_some_and(|v| r.values.iter().any(|w| w == v)))
    });
    // The one of the root namespace is for namespaces that have none.
    let root = || {
        let mut all = manifests.sidecars.iter().filter(|s| s.meta.namespace == manifests.mesh.root_namespace);
        all.find(|sidecar| sidecar.selector.is_empty())
    };
    selected.or_else(|| without.into_iter().next()).or_else(root)
}
