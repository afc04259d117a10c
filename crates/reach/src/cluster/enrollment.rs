//! Whether a workload's pods get a proxy.
//!
//! Sidecars: the decision of Istio's injection webhooks (their namespace and object selectors) followed by the injector
//! itself (host network, ignored namespaces, label before annotation). Ambient: the decision of the CNI plugin.

use std::fmt;

use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::label::{DATAPLANE_MODE, GATEWAY_NAME, INJECT, NAMESPACE_INJECTION, REVISION};
use meshveil_objects::well_known::{PROXY_CONTAINER, annotation};
use meshveil_objects::{Manifests, Namespace};
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

/// What decided about a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnrollmentReason {
    /// Its pods serve this Gateway.
    GatewayPod(String),
    /// The injector makes it a gateway.
    GatewayTemplate,
    /// The injector is asked for a sidecar.
    Injected,
    /// The template, or the running pod, holds a sidecar.
    HoldsProxy,
    /// A label asks for ambient.
    Ambient,
    /// It is a running pod without the sidecar that it would get today.
    RunsWithoutProxy,
    /// Pods on the node's network are never injected.
    NotInjectedOnHostNetwork,
    /// Pods on the node's network are not captured by ambient.
    NotCapturedOnHostNetwork,
    /// The injector leaves the namespace alone.
    IgnoredNamespace,
    /// Neither namespace nor pod asks for a sidecar or for ambient.
    NotAsked,
    /// A label of the pods keeps the mesh away.
    Label {
        /// Its key.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// A label of the namespace keeps the mesh away.
    NamespaceLabel {
        /// Its key.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// An annotation of the pods keeps the mesh away.
    Annotation {
        /// Its key.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// The injector is called, and a label or an annotation of the pods is neither `true` nor `false`: it injects, in older
    /// releases it does not.
    Unclear {
        /// Its key.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// The injector is called, and a label or an annotation of the pods keeps it from injecting.
    Refused {
        /// Its key.
        key: &'static str,
        /// Its value.
        value: String,
    },
}

impl fmt::Display for EnrollmentReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GatewayPod(gateway) => write!(f, "pod of Gateway `{gateway}`"),
            Self::GatewayTemplate => f.write_str("injected as a gateway"),
            Self::Injected => f.write_str("injected"),
            Self::HoldsProxy => write!(f, "the template already holds `{PROXY_CONTAINER}`"),
            Self::Ambient => write!(f, "`{DATAPLANE_MODE}: ambient`"),
            Self::RunsWithoutProxy => {
                write!(f, "the running pod has no `{PROXY_CONTAINER}`: it was made without injection")
            }
            Self::NotInjectedOnHostNetwork => f.write_str("pods on the node's network are never injected"),
            Self::NotCapturedOnHostNetwork => f.write_str("pods on the node's network are not captured"),
            Self::IgnoredNamespace => f.write_str("the injector ignores this namespace"),
            Self::NotAsked => f.write_str("neither namespace nor pod asks for injection"),
            Self::Label { key, value } => write!(f, "label `{key}: {value}`"),
            Self::NamespaceLabel { key, value } => write!(f, "namespace label `{key}: {value}`"),
            Self::Annotation { key, value } => write!(f, "annotation `{key}: {value}`"),
            Self::Unclear { key, value } => {
                write!(f, "`{key}: {value}` is neither `true` nor `false`: whether it injects depends on the release")
            }
            Self::Refused { key, value } => write!(f, "`{key}: {value}`"),
        }
    }
}

/// Why a workload is where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrollment {
    /// What carries its traffic.
    pub plane: Plane,
    /// What decided.
    pub reason: EnrollmentReason,
    /// The place that decided.
    pub span: Span,
    /// Whether releases of Istio differ in it: the pods may also get no proxy. What comes from them counts as from the mesh,
    /// what goes to them as past it.
    pub is_doubtful: bool,
}

impl Enrollment {
    fn new(plane: Plane, reason: EnrollmentReason, span: Option<Span>) -> Self {
        Self { plane, reason, span: span.unwrap_or(Span::NOWHERE), is_doubtful: false }
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
        let reason = EnrollmentReason::GatewayPod(gateway.to_owned());
        return Enrollment::new(Plane::Proxy, reason, Some(workload.meta.span));
    }
    let templates = workload.annotations.get(annotation::TEMPLATES);
    if templates == Some("gateway") {
        let span = workload.annotations.span(annotation::TEMPLATES);
        return Enrollment::new(Plane::Proxy, EnrollmentReason::GatewayTemplate, span);
    }
    let sidecar = sidecar(objects, workload);
    if runs_without_proxy(workload, sidecar.plane) {
        return outside(EnrollmentReason::RunsWithoutProxy, Some(workload.meta.span));
    }
    if sidecar.plane == Plane::Sidecar {
        return sidecar;
    }
    match ambient(objects, workload) {
        Some(ambient) => ambient,
        None => sidecar,
    }
}

fn outside(reason: EnrollmentReason, span: Option<Span>) -> Enrollment {
    Enrollment::new(Plane::Outside, reason, span)
}

fn sidecar(objects: &Manifests, workload: &Workload) -> Enrollment {
    // Anybody may call a container `istio-proxy`; the injector, by hand or not, leaves this annotation.
    let is_injected = workload.is_running || workload.annotations.get(annotation::INJECTION_STATUS).is_some();
    if is_injected && has_proxy(workload) {
        return Enrollment::new(Plane::Sidecar, EnrollmentReason::HoldsProxy, Some(workload.span));
    }
    if let Some(span) = workload.host_network {
        return outside(EnrollmentReason::NotInjectedOnHostNetwork, Some(span));
    }
    if IGNORED.contains(&workload.meta.namespace.as_str()) {
        return outside(EnrollmentReason::IgnoredNamespace, Some(workload.meta.span));
    }
    let called = match called(objects.namespaces.get(&workload.meta.namespace), workload) {
        Ok(span) => span,
        Err(outside) => return outside,
    };
    // The webhook is called; the injector looks at the label first, then at the annotation.
    let (word, span) = match workload.labels.get(INJECT) {
        Some(word) => (Some(word), workload.labels.span(INJECT)),
        None => (workload.annotations.get(INJECT), workload.annotations.span(INJECT)),
    };
    // Only `true` and `false` are words (`injectRequired` in pkg/kube/inject/inject.go): others leave it to the namespace, whose
    // webhook was called. Older releases took more words for yes, and the rest for no.
    let was_yes = |word: &str| matches!(word.to_ascii_lowercase().as_str(), "" | "y" | "yes" | "true" | "on");
    match word {
        Some("false") => outside(EnrollmentReason::Refused { key: INJECT, value: "false".to_owned() }, span),
        Some(word) if !was_yes(word) => Enrollment {
            is_doubtful: true,
            ..Enrollment::new(Plane::Sidecar, EnrollmentReason::Unclear { key: INJECT, value: word.to_owned() }, span)
        },
        _ => Enrollment::new(Plane::Sidecar, EnrollmentReason::Injected, called),
    }
}

/// The place that has the injection webhook called for a workload's pods; otherwise, why it is not.
fn called(namespace: Option<&Namespace>, workload: &Workload) -> Result<Option<Span>, Enrollment> {
    let label = |key: &str| namespace.and_then(|n| n.labels.get(key));
    let place = |key: &str| namespace.and_then(|n| n.labels.span(key));
    if let Some(value) = label(NAMESPACE_INJECTION).filter(|value| *value != "enabled") {
        let reason = EnrollmentReason::NamespaceLabel { key: NAMESPACE_INJECTION, value: value.to_owned() };
        return Err(outside(reason, place(NAMESPACE_INJECTION)));
    }
    let own = workload.labels.get(INJECT);
    match [NAMESPACE_INJECTION, REVISION].into_iter().find(|key| label(key).is_some()) {
        Some(_) if own == Some("false") => {
            let reason = EnrollmentReason::Label { key: INJECT, value: "false".to_owned() };
            Err(outside(reason, workload.labels.span(INJECT)))
        }
        Some(key) => Ok(place(key)),
        None if workload.labels.get(REVISION).is_some() && own != Some("false") => Ok(workload.labels.span(REVISION)),
        None if own == Some("true") => Ok(workload.labels.span(INJECT)),
        None => Err(outside(EnrollmentReason::NotAsked, namespace.map(|n| n.span))),
    }
}

fn ambient(objects: &Manifests, workload: &Workload) -> Option<Enrollment> {
    let namespace = objects.namespaces.get(&workload.meta.namespace);
    let (own, own_span) = (workload.labels.get(DATAPLANE_MODE), workload.labels.span(DATAPLANE_MODE));
    let inherited = namespace.and_then(|n| n.labels.get(DATAPLANE_MODE));
    match (own, inherited) {
        (Some("ambient"), _) | (None, Some("ambient")) => {}
        (Some(value), Some("ambient")) => {
            return Some(outside(EnrollmentReason::Label { key: DATAPLANE_MODE, value: value.to_owned() }, own_span));
        }
        _ => return None,
    }
    if let Some(span) = workload.host_network {
        return Some(outside(EnrollmentReason::NotCapturedOnHostNetwork, Some(span)));
    }
    let key = annotation::AMBIENT_REDIRECTION;
    if workload.annotations.get(key) == Some("disabled") {
        return Some(outside(
            EnrollmentReason::Annotation { key, value: "disabled".to_owned() },
            workload.annotations.span(key),
        ));
    }
    let span = own_span.or_else(|| namespace.and_then(|n| n.labels.span(DATAPLANE_MODE)));
    Some(Enrollment::new(Plane::Ambient, EnrollmentReason::Ambient, span))
}

/// Whether the pod itself holds a proxy.
fn has_proxy(workload: &Workload) -> bool {
    workload.containers.iter().any(|container| container.name == PROXY_CONTAINER)
}

/// Whether a pod runs without the proxy it would get today.
pub(crate) fn runs_without_proxy(workload: &Workload, plane: Plane) -> bool {
    workload.is_running && plane == Plane::Sidecar && !has_proxy(workload)
}
