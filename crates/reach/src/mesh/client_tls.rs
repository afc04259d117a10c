//! How the proxy of a client connects to a Service: what DestinationRules say about TLS (`destinationRule` and
//! `SidecarScope.DestinationRule` in istiod's pilot/pkg/model, `MergeTrafficPolicy` in pilot/pkg/networking/util).

use meshveil_objects::kinds::service::Service;
use meshveil_objects::kinds::traffic::{DestinationRule, TlsMode};
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::TRUST_DOMAIN;
use meshveil_text::Span;

use crate::cluster::Cluster;

/// How a client's proxy connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientTls {
    /// As the mesh does by itself, or is told to: in mutual TLS where the other end takes it.
    Mesh,
    /// In plaintext.
    Plain,
    /// In TLS that is not the mesh's: a sidecar knows nobody by it.
    Foreign,
}

/// What a DestinationRule has a client do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// How the client connects.
    pub tls: ClientTls,
    /// The object and the place that say so, where one does.
    pub by: Option<(String, Span)>,
}

/// How a client connects to a Service's port: one setting, or all that may count where manifests do not say which does.
#[must_use]
pub fn settings(manifests: &Cluster, client: &Workload, service: &Service, port: u16) -> Vec<Setting> {
    let mesh = || Setting { tls: ClientTls::Mesh, by: None };
    let candidates = candidates(manifests, client, service);
    let mut found: Vec<Setting> = Vec::new();
    for rule in &candidates {
        found.push(rule.policy.of(port).map_or_else(mesh, |mode| setting(rule, mode)));
        for subset in rule.subsets.iter().filter(|subset| subset.is_given) {
            found.extend(subset.of(port).map(|mode| setting(rule, mode)));
        }
    }
    if found.is_empty() {
        found.push(mesh());
    }
    found.sort_by_key(|setting| setting.tls);
    found.dedup_by_key(|setting| setting.tls);
    found
}

fn setting(rule: &DestinationRule, (mode, span): &TlsMode) -> Setting {
    let tls = match mode.as_str() {
        "ISTIO_MUTUAL" => ClientTls::Mesh,
        "DISABLE" => ClientTls::Plain,
        _ => ClientTls::Foreign,
    };
    Setting { tls, by: Some((rule.meta.title(), *span)) }
}

/// The rules of which one counts for a client: those of the first of three namespaces that has any for the host.
fn candidates<'m>(manifests: &'m Cluster, client: &Workload, service: &Service) -> Vec<&'m DestinationRule> {
    let host = format!("{}.{}.svc.{TRUST_DOMAIN}", service.meta.name, service.meta.namespace);
    let (own, root) = (client.meta.namespace.as_str(), manifests.mesh.root_namespace.as_str());
    for namespace in [own, service.meta.namespace.as_str(), root] {
        let is_seen =
            |rule: &&DestinationRule| rule.meta.namespace == namespace && (namespace == own || is_exported(rule, own));
        let rules = manifests.destination_rules.iter().filter(is_seen);
        let fitting: Vec<(usize, &DestinationRule)> =
            rules.filter_map(|rule| Some((specificity(rule, &host)?, rule))).collect();
        let Some(most) = fitting.iter().map(|(specificity, _)| *specificity).max() else { continue };
        let rules = fitting.into_iter().filter(|(specificity, _)| *specificity == most).map(|(_, rule)| rule);
        let (selecting, general): (Vec<&DestinationRule>, Vec<_>) = rules.partition(|rule| rule.selector.is_some());
        let selects = |rule: &&DestinationRule| {
            let mut labels = rule.selector.iter().flatten();
            labels.all(|r| client.labels.get(&r.key).is_some_and(|value| r.values.iter().any(|wanted| wanted == value)))
        };
        let selected: Vec<&DestinationRule> = selecting.into_iter().filter(selects).collect();
        return if selected.is_empty() { general } else { selected };
    }
    Vec::new()
}

/// Whether clients of a namespace see a rule of another. One with a selector is for its own.
fn is_exported(rule: &DestinationRule, client: &str) -> bool {
    rule.selector.is_none()
        && (rule.export_to.is_empty() || rule.export_to.iter().any(|to| matches!(to.as_str(), "*") || to == client))
}

/// How closely a rule's host fits a Service: a whole name before the longest of patterns.
fn specificity(rule: &DestinationRule, host: &str) -> Option<usize> {
    let own = match rule.host.contains('.') || rule.host == "*" {
        true => rule.host.clone(),
        false => format!("{}.{}.svc.{TRUST_DOMAIN}", rule.host, rule.meta.namespace),
    };
    if own == host {
        return Some(usize::MAX);
    }
    own.strip_prefix('*').filter(|suffix| host.ends_with(suffix)).map(str::len)
}
