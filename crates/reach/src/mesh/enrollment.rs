//! Whether a workload's pods get a proxy, and which of their ports it serves.
//!
//! Sidecars: the decision of Istio's injection webhooks (their namespace and object selectors) followed by the injector
//! itself (host network, ignored namespaces, label before annotation). Ambient: the decision of the CNI plugin.

use crate::finding::Span;
use crate::manifest::kinds::security::is_true;
use crate::manifest::kinds::workload::{Protocol, Workload};
use crate::manifest::{Manifests, copies};

/// What carries a workload's traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Plane {
    /// Nothing of the mesh.
    Outside,
    /// An Envoy beside the application.
    Sidecar,
    /// The node's ztunnel, with or without a waypoint.
    Ambient,
    /// The pod is itself a proxy of the mesh: a gateway or a waypoint.
    Proxy,
}

/// Why a workload is where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrollment {
    /// What carries its traffic.
    pub plane: Plane,
    /// The reason, in words.
    pub why: String,
    /// The place that decided.
    pub span: Span,
}

impl Enrollment {
    fn new(plane: Plane, why: impl Into<String>, span: Option<Span>) -> Self {
        Self { plane, why: why.into(), span: span.unwrap_or(Span::NOWHERE) }
    }

    /// Whether the pods have an identity of the mesh.
    #[must_use]
    pub fn has_identity(&self) -> bool {
        self.plane != Plane::Outside
    }
}

/// Namespaces the injector never touches.
const IGNORED: [&str; 4] = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];
const INJECT: &str = "sidecar.istio.io/inject";
const REVISION: &str = "istio.io/rev";
const NAMESPACE_INJECT: &str = "istio-injection";
const DATAPLANE: &str = "istio.io/dataplane-mode";

/// Decides for one workload.
#[must_use]
pub fn enrollment(manifests: &Manifests, workload: &Workload) -> Enrollment {
    if let Some(gateway) = workload.labels.get("gateway.networking.k8s.io/gateway-name") {
        return Enrollment::new(Plane::Proxy, format!("pod of Gateway `{gateway}`"), Some(workload.meta.span));
    }
    let templates = workload.annotations.get("inject.istio.io/templates");
    if templates == Some("gateway") {
        let span = workload.annotations.span("inject.istio.io/templates");
        return Enrollment::new(Plane::Proxy, "injected as a gateway", span);
    }
    let sidecar = sidecar(manifests, workload);
    if copies::runs_without_proxy(workload, sidecar.plane) {
        return outside(
            "the running pod has no `istio-proxy`: it was made without injection",
            Some(workload.meta.span),
        );
    }
    if sidecar.plane == Plane::Sidecar {
        return sidecar;
    }
    match ambient(manifests, workload) {
        Some(ambient) => ambient,
        None => sidecar,
    }
}

fn outside(why: impl Into<String>, span: Option<Span>) -> Enrollment {
    Enrollment::new(Plane::Outside, why, span)
}

fn sidecar(manifests: &Manifests, workload: &Workload) -> Enrollment {
    let namespace = manifests.namespaces.get(&workload.meta.namespace);
    let label = |key: &str| namespace.and_then(|n| n.labels.get(key));
    let label_span = |key: &str| namespace.and_then(|n| n.labels.span(key));
    let (pod_label, pod_label_span) = (workload.labels.get(INJECT), workload.labels.span(INJECT));
    // Anybody may call a container `istio-proxy`; the injector, by hand or not, leaves this annotation.
    let is_injected = workload.is_running || workload.annotations.get("sidecar.istio.io/status").is_some();
    if is_injected && copies::has_proxy(workload) {
        return Enrollment::new(Plane::Sidecar, "the template already holds `istio-proxy`", Some(workload.span));
    }
    if let Some(span) = workload.host_network {
        return outside("pods on the node's network are never injected", Some(span));
    }
    if IGNORED.contains(&workload.meta.namespace.as_str()) {
        return outside("the injector ignores this namespace", Some(workload.meta.span));
    }
    let called = if let Some(value) = label(NAMESPACE_INJECT) {
        match value {
            "enabled" if pod_label != Some("false") => label_span(NAMESPACE_INJECT),
            "enabled" => return outside(format!("label `{INJECT}: false`"), pod_label_span),
            _ => {
                return outside(format!("namespace label `{NAMESPACE_INJECT}: {value}`"), label_span(NAMESPACE_INJECT));
            }
        }
    } else if label(REVISION).is_some() {
        if pod_label == Some("false") {
            return outside(format!("label `{INJECT}: false`"), pod_label_span);
        }
        label_span(REVISION)
    } else if workload.labels.get(REVISION).is_some() && pod_label != Some("false") {
        workload.labels.span(REVISION)
    } else if pod_label == Some("true") {
        pod_label_span
    } else {
        return outside("neither namespace nor pod asks for injection", namespace.map(|n| n.span));
    };
    // The webhook is called; the injector looks at the label first, then at the annotation.
    let (word, span) = match pod_label {
        Some(word) => (Some(word), pod_label_span),
        None => (workload.annotations.get(INJECT), workload.annotations.span(INJECT)),
    };
    match word.map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "y" | "yes" | "true" | "on") => Enrollment::new(Plane::Sidecar, "injected", called),
        Some(_) => outside(format!("`{INJECT}: {}`", word.unwrap_or_default()), span),
    }
}

fn ambient(manifests: &Manifests, workload: &Workload) -> Option<Enrollment> {
    let namespace = manifests.namespaces.get(&workload.meta.namespace);
    let (own, own_span) = (workload.labels.get(DATAPLANE), workload.labels.span(DATAPLANE));
    let inherited = namespace.and_then(|n| n.labels.get(DATAPLANE));
    match (own, inherited) {
        (Some("ambient"), _) | (None, Some("ambient")) => {}
        (Some(value), Some("ambient")) => {
            return Some(outside(format!("label `{DATAPLANE}: {value}`"), own_span));
        }
        _ => return None,
    }
    if let Some(span) = workload.host_network {
        return Some(outside("pods on the node's network are not captured", Some(span)));
    }
    let disabled = "ambient.istio.io/redirection";
    if workload.annotations.get(disabled) == Some("disabled") {
        return Some(outside(format!("annotation `{disabled}: disabled`"), workload.annotations.span(disabled)));
    }
    let span = own_span.or_else(|| namespace.and_then(|n| n.labels.span(DATAPLANE)));
    Some(Enrollment::new(Plane::Ambient, format!("`{DATAPLANE}: ambient`"), span))
}

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

/// The port where ztunnels and waypoints take connections in tunnels (HTTP CONNECT over mTLS).
pub const HBONE: u16 = 15008;

/// Ports of the proxy itself and of SSH, which the redirect leaves alone.
pub const NEVER_CAPTURED: [u16; 5] = [15090, 15021, 15020, HBONE, 22];

/// What `proxy.istio.io/config` says, with the place of its text.
#[must_use]
pub fn proxy_config(workload: &Workload) -> Option<(crate::manifest::tree::Node, Span)> {
    let key = "proxy.istio.io/config";
    let span = workload.annotations.span(key)?;
    let text = workload.annotations.get(key)?;
    crate::manifest::tree::parse_inner(span, text, &mut Vec::new()).pop().map(|node| (node, span))
}

/// The template of the list `inject.istio.io/templates` without an Envoy that is known to serve, and its place.
#[must_use]
pub fn foreign_template(workload: &Workload) -> Option<(String, Span)> {
    let key = "inject.istio.io/templates";
    let names: Vec<&str> = workload.annotations.get(key)?.split(',').map(str::trim).collect();
    let proxyless = names.iter().find(|name| name.starts_with("grpc-"));
    let foreign = proxyless.or_else(|| names.first().filter(|_| !names.contains(&"sidecar")))?;
    Some(((*foreign).to_owned(), workload.annotations.span(key)?))
}

/// Whether the proxy beside a workload serves a port.
#[must_use]
pub fn capture(manifests: &Manifests, workload: &Workload, plane: Plane, protocol: Protocol, port: u16) -> Capture {
    let bypassed =
        |why: String, span: Option<Span>| Capture::Bypassed { why, span: span.unwrap_or(workload.meta.span) };
    let annotation = |key: &str| workload.annotations.get(key);
    let span = |key: &str| workload.annotations.span(key);
    if protocol != Protocol::Tcp {
        return bypassed(format!("{} is not captured", protocol.name()), None);
    }
    if plane == Plane::Ambient {
        let key = "ambient.istio.io/bypass-inbound-capture";
        return match annotation(key) {
            Some(value) if is_true(value) => bypassed(format!("annotation `{key}`"), span(key)),
            _ => Capture::Captured,
        };
    }
    if plane != Plane::Sidecar {
        return Capture::Captured;
    }
    if NEVER_CAPTURED.contains(&port) {
        return bypassed(format!("port {port} is never captured"), None);
    }
    if annotation("sidecar.istio.io/interceptionMode") == Some("NONE") {
        return bypassed(
            "annotation `sidecar.istio.io/interceptionMode: NONE`".to_owned(),
            span("sidecar.istio.io/interceptionMode"),
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
    let status = "status.sidecar.istio.io/port";
    if annotation(status).is_some_and(|own| own.trim().parse() == Ok(port)) {
        return bypassed(format!("annotation `{status}: {port}`"), span(status));
    }
    let include = "traffic.sidecar.istio.io/includeInboundPorts";
    if let Some(list) = annotation(include)
        && list.trim() != "*"
        && !lists(list, port)
    {
        return bypassed(format!("annotation `{include}: {list}`"), span(include));
    }
    let exclude = "traffic.sidecar.istio.io/excludeInboundPorts";
    if let Some(list) = annotation(exclude)
        && lists(list, port)
    {
        return bypassed(format!("annotation `{exclude}: {list}`"), span(exclude));
    }
    let interfaces = "traffic.sidecar.istio.io/excludeInterfaces";
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
    manifests: &'m Manifests,
    workload: &Workload,
    port: u16,
) -> Option<(&'m crate::manifest::kinds::extension::Sidecar, &'m crate::manifest::kinds::extension::SidecarIngress)> {
    let sidecar = sidecar_of(manifests, workload)?;
    sidecar.ingress.iter().find(|listener| listener.port == port).map(|listener| (sidecar, listener))
}

/// The Sidecar object of a workload.
#[must_use]
pub fn sidecar_of<'m>(
    manifests: &'m Manifests,
    workload: &Workload,
) -> Option<&'m crate::manifest::kinds::extension::Sidecar> {
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
