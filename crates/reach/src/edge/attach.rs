//! Which of several policies of one kind attaches to a target: the oldest, and of two of one age the first by name
//! (`resolvePolicyTargets` in internal/gatewayapi/helpers.go, `Sort` in internal/gatewayapi/resource/resource.go).

use meshveil_objects::kinds::envoy_gateway::{Namespaces, Targets};
use meshveil_objects::meta::Meta;
use meshveil_text::Span;

use crate::cluster::Cluster;

/// Where a policy may attach.
#[derive(Clone, Copy)]
pub(super) struct Target<'m> {
    /// The Gateway or route.
    pub object: &'m Meta,
    /// The listener or rule.
    pub section: Option<&'m str>,
}

/// A policy that may attach to a target.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'m, P> {
    /// The policy.
    pub policy: &'m P,
    /// The place of the reference.
    pub span: Span,
    /// Whether it attaches, or only may.
    is_certain: bool,
}

/// The policies of which each may be the one that attaches, and whether it may be that none does.
pub(super) struct Attached<'m, P> {
    pub policies: Vec<Candidate<'m, P>>,
    pub maybe_none: bool,
}

/// What attaches to a target.
pub(super) fn to<'m, P>(
    manifests: &Cluster,
    policies: &'m [P],
    of: impl Fn(&P) -> (&Meta, &Targets),
    target: Target<'_>,
) -> Attached<'m, P> {
    let candidate = |policy: &'m P| {
        let (meta, targets) = of(policy);
        let (span, is_certain) = attaches(manifests, meta, targets, target)?;
        Some(Candidate { policy, span, is_certain })
    };
    let mut found: Vec<Candidate<'m, P>> = policies.iter().filter_map(candidate).collect();
    found.sort_by_key(|candidate| {
        let meta = of(candidate.policy).0;
        (meta.created.clone(), meta.namespace.clone(), meta.name.clone())
    });
    let maybe_none = found.iter().all(|candidate| !candidate.is_certain);
    // Without ages any of them may be the oldest.
    let has_ages = found.iter().all(|candidate| of(candidate.policy).0.created.is_some());
    if has_ages && let Some(oldest) = found.iter().position(|candidate| candidate.is_certain) {
        found.truncate(oldest.saturating_add(1));
    }
    Attached { policies: found, maybe_none }
}

/// Whether a policy attaches to a target: the place that says so, and whether it is certain.
fn attaches(manifests: &Cluster, meta: &Meta, targets: &Targets, target: Target<'_>) -> Option<(Span, bool)> {
    let Target { object, section } = target;
    let is_named = |named: &&meshveil_objects::kinds::envoy_gateway::Target| {
        meta.namespace == object.namespace
            && named.kind == object.kind
            && named.name == object.name
            && named.section.as_deref() == section
    };
    if let Some(named) = targets.named.iter().find(is_named) {
        return Some((named.span, true));
    }
    if section.is_some() {
        return None; // A selector names no section.
    }
    targets.selected.iter().find_map(|selected| {
        let is_own = meta.namespace == object.namespace;
        let is_near = match &selected.namespaces {
            Namespaces::Same => is_own,
            Namespaces::All => true,
            Namespaces::Selected(Some(selector)) => selector.matches(manifests.namespace_labels(&object.namespace)),
            Namespaces::Selected(None) => true,
        };
        let fits = selected.labels.as_ref().is_none_or(|labels| labels.matches(&object.labels));
        // In another namespace a ReferenceGrant must permit it.
        let is_certain = is_own && selected.labels.is_some();
        (selected.kind == object.kind && is_near && fits).then_some((selected.span, is_certain))
    })
}
