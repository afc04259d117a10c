//! Whether a workload's pods get a proxy.
//!
//! Sidecars: the decision of Istio's injection webhooks (their namespace and object selectors) followed by the injector
//! itself (host network, ignored namespaces, label before annotation). Ambient: the decision of the CNI plugin.

use meshveil_objects::Manifests;
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::label::{DATAPLANE_MODE, GATEWAY_NAME, INJECT, NAMESPACE_INJECTION, REVISION};
use meshveil_objects::well_known::{PROXY_CONTAINER, annotation};
use meshveil_text::Span;

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

/// Decides for one workload.
#[must_use]
pub fn enrollment(objects: &Manifests, workload: &Workload) -> Enrollment {
    if let Some(gateway) = workload.labels.get(GATEWAY_NAME) {
        return Enrollment::new(Plane::Proxy, format!("pod of Gateway `{gateway}`"), Some(workload.meta.span));
    }
    let templates = workload.annotations.get(annotation::TEMPLATES);
    if templates == Some("gateway") {
        let span = workload.annotations.span(annotation::TEMPLATES);
        return Enrollment::new(Plane::Proxy, "injected as a gateway", span);
    }
    let sidecar = sidecar(objects, workload);
    if runs_without_proxy(workload, sidecar.plane) {
        return outside(
            "the running pod has no `istio-proxy`: it was made without injection",
            Some(workload.meta.span),
        );
    }
    if sidecar.plane == Plane::Sidecar {
        return sidecar;
    }
    match ambient(objects, workload) {
        Some(ambient) => ambient,
        None => sidecar,
    }
}

fn outside(why: impl Into<String>, span: Option<Span>) -> Enrollment {
    Enrollment::new(Plane::Outside, why, span)
}

fn sidecar(objects: &Manifests, workload: &Workload) -> Enrollment {
    let namespace = objects.namespaces.get(&workload.meta.namespace);
    let label = |key: &str| namespace.and_then(|n| n.labels.get(key));
    let label_span = |key: &str| namespace.and_then(|n| n.labels.span(key));
    let (pod_label, pod_label_span) = (workload.labels.get(INJECT), workload.labels.span(INJECT));
    // Anybody may call a container `istio-proxy`; the injector, by hand or not, leaves this annotation.
    let is_injected = workload.is_running || workload.annotations.get(annotation::INJECTION_STATUS).is_some();
    if is_injected && has_proxy(workload) {
        return Enrollment::new(Plane::Sidecar, "the template already holds `istio-proxy`", Some(workload.span));
    }
    if let Some(span) = workload.host_network {
        return outside("pods on the node's network are never injected", Some(span));
    }
    if IGNORED.contains(&workload.meta.namespace.as_str()) {
        return outside("the injector ignores this namespace", Some(workload.meta.span));
    }
    let called = if let Some(value) = label(NAMESPACE_INJECTION) {
        match value {
            "enabled" if pod_label != Some("false") => label_span(NAMESPACE_INJECTION),
            "enabled" => return outside(format!("label `{INJECT}: false`"), pod_label_span),
            _ => {
                return outside(
                    format!("namespace label `{NAMESPACE_INJECTION}: {value}`"),
                    label_span(NAMESPACE_INJECTION),
                );
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

fn ambient(objects: &Manifests, workload: &Workload) -> Option<Enrollment> {
    let namespace = objects.namespaces.get(&workload.meta.namespace);
    let (own, own_span) = (workload.labels.get(DATAPLANE_MODE), workload.labels.span(DATAPLANE_MODE));
    let inherited = namespace.and_then(|n| n.labels.get(DATAPLANE_MODE));
    match (own, inherited) {
        (Some("ambient"), _) | (None, Some("ambient")) => {}
        (Some(value), Some("ambient")) => {
            return Some(outside(format!("label `{DATAPLANE_MODE}: {value}`"), own_span));
        }
        _ => return None,
    }
    if let Some(span) = workload.host_network {
        return Some(outside("pods on the node's network are not captured", Some(span)));
    }
    let key = annotation::AMBIENT_REDIRECTION;
    if workload.annotations.get(key) == Some("disabled") {
        return Some(outside(format!("annotation `{key}: disabled`"), workload.annotations.span(key)));
    }
    let span = own_span.or_else(|| namespace.and_then(|n| n.labels.span(DATAPLANE_MODE)));
    Some(Enrollment::new(Plane::Ambient, format!("`{DATAPLANE_MODE}: ambient`"), span))
}

/// Whether the pod itself holds a proxy.
fn has_proxy(workload: &Workload) -> bool {
    workload.containers.iter().any(|container| container.name == PROXY_CONTAINER)
}

/// Whether a pod runs without the proxy it would get today.
pub(crate) fn runs_without_proxy(workload: &Workload, plane: Plane) -> bool {
    workload.is_running && plane == Plane::Sidecar && !has_proxy(workload)
}
