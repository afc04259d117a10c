//! What documents are made of: the policy and the settings.

use std::collections::BTreeMap;

use meshveil_chain::{Code, Failure, Guard, Masking};
use meshveil_plan::{Delivery, Stage};
use meshveil_policy::{Inbound, Policy};
use meshveil_text::{
    block, flow,
    yaml::{Json, Map, quoted},
};

use crate::{
    Settings, Target, Version, application,
    document::{Body, Document, Kind},
};

/// A part of the policy, as comments name it. Files and lines would change with every comment in the policy, and with the
/// directory in which somebody stands.
pub(crate) fn part(path: &str) -> String {
    format!("spec.{path}")
}

/// Labels, in flow style.
pub(crate) fn labels(labels: &BTreeMap<String, String>) -> Map {
    flow!({ ..labels.iter().map(|(key, value)| (quoted(key), quoted(value))) })
}

/// What documents are made of.
#[derive(Clone, Copy)]
pub(crate) struct Source<'s> {
    pub(crate) policy: &'s Policy,
    pub(crate) settings: &'s Settings,
}

impl<'s> Source<'s> {
    /// The comments at the top of a file.
    pub(crate) fn header(&self, what: &str) -> [String; 2] {
        header(what, [self.policy])
    }

    /// An object in the policy's namespace, called after it, that a part of the policy asks for.
    pub(crate) fn document(&self, from: &str, what: &str, kind: Kind, suffix: &str, spec: Map) -> Document {
        let Policy { name, namespace, .. } = self.policy;
        let dash = if suffix.is_empty() { "" } else { "-" };
        Document {
            comment: format!("{}: {what}", part(from)),
            kind,
            name: format!("{}{dash}{suffix}", name.value),
            namespace: Some(namespace.value.clone()),
            labels: Vec::new(),
            annotations: Vec::new(),
            spec,
            body: Body::Spec,
        }
    }

    /// An object about the protected pods as such.
    pub(crate) fn about_workload(&self, what: &str, kind: Kind, suffix: &str, spec: Map) -> Document {
        self.document("workload", what, kind, suffix, spec)
    }

    /// The protected pods, as a selector of labels.
    pub(crate) fn selector(&self) -> Map {
        flow!({ matchLabels: labels(&self.policy.workload.selector.value) })
    }

    /// The protected ports.
    pub(crate) fn ports(&self) -> impl Iterator<Item = u16> {
        self.policy.workload.ports.iter().map(|port| port.port.value)
    }

    /// Who may connect, with a comment that says where the policy says so.
    pub(crate) fn inbound(&self) -> Vec<(String, Inbound<'s>)> {
        let comment = |inbound: &Inbound<'_>| {
            inbound.caller.map_or_else(|| part("trustedHops"), |name| part(&format!("callers.{name}")))
        };
        self.policy.inbound().into_iter().map(|inbound| (comment(&inbound), inbound)).collect()
    }

    /// The filter's plan, with the delivery that the target can give.
    pub(crate) fn plan(&self) -> Json {
        let mut plan = self.policy.plan();
        if !self.is_strict() {
            plan.delivery = Delivery::Standard;
        }
        Json::new(&plan)
    }

    /// The filter in Envoy's own configuration.
    pub(crate) fn masking(&self, name: String, code: Code) -> Masking {
        Masking {
            name,
            plan: Some(self.plan().as_str().to_owned()),
            failure: if self.reloads() { Failure::Reload } else { Failure::Closed },
            headers_wait: self.is_strict(),
            code,
            variables: self.policy.key.iter().flat_map(|key| key.variables()).map(str::to_owned).collect(),
        }
    }

    /// What lets only requests through that this policy's filter has seen.
    pub(crate) fn guard(&self) -> Guard {
        Guard { mark: self.policy.full_name() }
    }

    /// Whether response headers can wait for the body: only a raw Envoy configuration says so.
    pub(crate) fn is_strict(&self) -> bool {
        self.policy.delivery == Delivery::Strict
            && matches!(self.settings.target, Target::IstioSidecar | Target::Envoy)
            && self.settings.proxy() >= Settings::STRICT
    }

    /// Whether a crashed module is loaded again; otherwise the proxy refuses all requests until it is started again.
    pub(crate) fn reloads(&self) -> bool {
        self.settings.proxy() >= Settings::RELOADS
    }

    /// Whether what stands around the filter enforces, too.
    pub(crate) fn enforces(&self) -> bool {
        self.policy.rolled_out() == Stage::Enforce
    }

    /// Whether something behind the filter refuses requests that it has not seen.
    pub(crate) fn has_guard(&self) -> bool {
        self.enforces() && self.can_guard()
    }

    fn can_guard(&self) -> bool {
        match self.settings.target {
            Target::IstioSidecar | Target::Envoy => true,
            Target::IstioAmbient => self.settings.istio >= Settings::WAYPOINT_FILTERS,
            Target::EnvoyGateway => false,
        }
    }

    /// Whether connections between pods of the mesh arrive in tunnels, at a port of their own.
    pub(crate) fn has_tunnels(&self) -> bool {
        match self.settings.target {
            Target::IstioAmbient => true,
            Target::IstioSidecar => self.policy.cluster.hbone,
            Target::Envoy | Target::EnvoyGateway => false,
        }
    }

    /// The Service in front of the workload, with its port.
    pub(crate) fn service(&self) -> (&'s str, u16) {
        let Policy { name, workload, .. } = self.policy;
        let first = self.ports().next().unwrap_or(80);
        match &workload.service {
            Some(service) => (&service.name.value, service.port.as_ref().map_or(first, |port| port.value)),
            None => (&name.value, first),
        }
    }

    /// The Secret that holds the key.
    pub(crate) fn key_secret(&self) -> String {
        format!("{}-key", self.policy.name.value)
    }

    /// The variable with the key, in the environment of a proxy.
    pub(crate) fn key_variable(&self) -> Option<Map> {
        let key = self.policy.key.as_ref()?;
        let reference = flow!({ secretKeyRef: { name: quoted(self.key_secret()), key: "key" } });
        Some(block!({ name: quoted(&key.env), valueFrom: reference }))
    }

    /// Name of the waypoint's Gateway, and of the ServiceAccount it runs as.
    pub(crate) fn waypoint(&self) -> String {
        format!("{}-waypoint", self.policy.name.value)
    }

    /// What the settings cannot promise.
    pub(crate) fn notes(&self) -> Vec<String> {
        let Settings { target, istio, .. } = self.settings;
        let proxy = self.settings.proxy();
        let policy = self.policy.full_name();
        let mut notes = Vec::new();
        let mut note = |text: String| notes.push(format!("{policy}: {text}"));
        if self.policy.delivery == Delivery::Strict && !self.is_strict() {
            let why = if proxy < Settings::STRICT {
                format!("Envoy {proxy} cannot let response headers wait (that takes {})", Settings::STRICT)
            } else {
                "this target cannot let response headers wait".to_owned()
            };
            note(format!("`delivery: standard`, as {why}; a broken body ends in a cut response"));
        }
        if !self.reloads() {
            note(format!("Envoy {proxy} does not load a crashed filter again: it answers 503 until the pod restarts"));
        }
        if !self.enforces() {
            let stage = self.policy.rolled_out().name();
            note(format!(
                "stage `{stage}`: nothing but the filter is enforced; network policies and guard are not written"
            ));
        }
        if !self.can_guard() {
            note("nothing refuses requests that the filter has not seen: one lock, should it be taken out".to_owned());
        }
        if matches!(target, Target::IstioSidecar | Target::IstioAmbient)
            && self.policy.cluster.registry.is_empty()
            && self.settings.address().is_none()
            && let Some(host) = self.settings.host()
        {
            note(format!(
                "no egress rule lets proxies fetch the module from the registry `{host}`: name its addresses under `cluster.registry`, unless another rule of the network does"
            ));
        }
        if *target == Target::IstioSidecar {
            note(format!(
                "the filter's metrics get labels by `sidecar.istio.io/extraStatTags: {}` on the pods: the component `application` sets it, with the key and the ServiceAccount",
                application::stat_tags()
            ));
        }
        if *istio >= Settings::TRAFFIC_EXTENSION
            && matches!(target, Target::IstioSidecar | Target::IstioAmbient)
            && !self.is_strict()
        {
            note(format!(
                "an older release of Istio makes nothing of a TrafficExtension, and the guard then refuses everything: while two revisions run, `--istio-version` is that of the older (before {})",
                Settings::TRAFFIC_EXTENSION
            ));
        }
        let known = Version::new(1, 24);
        if matches!(target, Target::IstioSidecar | Target::IstioAmbient) && *istio < known {
            note(format!("nothing was tried with Istio {istio}; the oldest release looked at is {known}"));
        }
        if self.settings.sha256.is_none() && *target != Target::Envoy {
            note("no `--sha256`: whoever can replace the image can replace the filter".to_owned());
        }
        notes
    }
}

/// The comments at the top of a file that was made from these policies.
pub(crate) fn header<'p>(what: &str, policies: impl IntoIterator<Item = &'p Policy>) -> [String; 2] {
    let names: Vec<String> = policies.into_iter().map(Policy::full_name).collect();
    let policies = if names.len() == 1 { "policy" } else { "policies" };
    [what.to_owned(), format!("Generated by `meshveil generate` from {policies} {}; do not edit.", names.join(", "))]
}
