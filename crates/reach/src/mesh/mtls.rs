//! PeerAuthentication merged as Istio does: workload before namespace before mesh, the oldest of each, `UNSET` inherits.

use meshveil_objects::kinds::security::{MtlsMode, PeerAuthentication};
use meshveil_objects::kinds::workload::Workload;
use meshveil_text::Span;

use crate::cluster::Cluster;

/// The mode of one port, and what decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerMode {
    /// `Permissive` where nothing says otherwise; never `Unset`.
    pub mode: MtlsMode,
    /// The object that decided.
    pub object: Option<String>,
    /// The place that decided.
    pub span: Span,
}

/// Policies that compete at one level, the one that counts first.
#[derive(Debug, Clone, Default)]
pub struct Levels<'m> {
    /// In the root namespace, without a selector.
    pub mesh: Vec<&'m PeerAuthentication>,
    /// In the workload's namespace, without a selector.
    pub namespace: Vec<&'m PeerAuthentication>,
    /// In the workload's namespace, with a selector that matches.
    pub workload: Vec<&'m PeerAuthentication>,
}

/// The policies that concern a workload, by level. A selector in the root namespace reaches no other namespace, and not
/// even workloads of the root namespace itself.
#[must_use]
pub fn levels<'m>(manifests: &'m Cluster, workload: &Workload) -> Levels<'m> {
    let root = &manifests.mesh.root_namespace;
    let mut levels = Levels::default();
    let mut all: Vec<&PeerAuthentication> = manifests.peer_authentications.iter().collect();
    all.sort_by_key(|policy| age(policy));
    for policy in all {
        let (namespace, selector) = (&policy.meta.namespace, policy.attachment.has_selector());
        if !selector && namespace == root {
            levels.mesh.push(policy);
        } else if !selector && *namespace == workload.meta.namespace {
            levels.namespace.push(policy);
        } else if selector
            && namespace != root
            && policy.attachment.selects(namespace, "", &workload.meta.namespace, &workload.labels)
        {
            levels.workload.push(policy);
        }
    }
    levels
}

/// Oldest first; objects without a time stand by name, as Istio sorts them.
fn age(policy: &PeerAuthentication) -> (String, String) {
    (policy.meta.created.clone().unwrap_or_default(), format!("{}.{}", policy.meta.name, policy.meta.namespace))
}

/// The policies of a level that may be the one that counts: the oldest, and before it all whose age is not known.
fn candidates<'m>(level: &[&'m PeerAuthentication]) -> impl Iterator<Item = &'m PeerAuthentication> {
    let undated = level.iter().take_while(|policy| policy.meta.created.is_none()).count();
    level.iter().take(undated + 1).copied()
}

/// The mode that counts for a port of a workload. Where manifests do not say which of two policies is older, the one that
/// lets plaintext in counts.
#[must_use]
pub fn peer_mode(manifests: &Cluster, workload: &Workload, port: u16) -> PeerMode {
    let levels = levels(manifests, workload);
    let openness = |mode: MtlsMode| match mode {
        MtlsMode::Unset | MtlsMode::Strict => 0,
        MtlsMode::Disable => 1,
        MtlsMode::Permissive => 2,
    };
    let mut found = PeerMode { mode: MtlsMode::Permissive, object: None, span: Span::NOWHERE };
    for (level, policies) in [&levels.mesh, &levels.namespace, &levels.workload].into_iter().enumerate() {
        let resolved = candidates(policies).map(|policy| {
            let own = policy.ports.iter().filter(|(number, _, _)| level == 2 && *number == port);
            let modes = own.map(|(_, mode, span)| (*mode, *span)).chain([policy.mode]);
            match modes.into_iter().find(|(mode, _)| *mode != MtlsMode::Unset) {
                Some((mode, span)) => PeerMode { mode, object: Some(policy.meta.title()), span },
                None => found.clone(),
            }
        });
        // The first of equals, as Istio sorts them.
        let first =
            |best: PeerMode, next: PeerMode| if openness(next.mode) > openness(best.mode) { next } else { best };
        if let Some(next) = resolved.reduce(first) {
            found = next;
        }
    }
    found
}
