//! Objects of kinds that are not read.

use std::collections::BTreeMap;

use crate::{Manifests, Skipped};

impl Skipped {
    /// `CiliumNetworkPolicy pay/open`, as messages name it.
    #[must_use]
    pub fn title(&self) -> String {
        let kind = self.kind.rsplit('/').next().unwrap_or_default();
        match &self.namespace {
            Some(namespace) => format!("{kind} {namespace}/{}", self.name),
            None => format!("{kind} {}", self.name),
        }
    }
}

impl Manifests {
    /// Objects of kinds that are not read, counted by kind. Masking policies are read elsewhere, and settings of kustomize
    /// are not objects of a cluster.
    #[must_use]
    pub fn skipped_kinds(&self) -> BTreeMap<&str, usize> {
        let mut kinds = BTreeMap::new();
        let counts = |kind: &str| !kind.starts_with("meshveil.dev/") && !kind.starts_with("kustomize.config.k8s.io/");
        for skipped in self.skipped.iter().filter(|skipped| counts(&skipped.kind)) {
            *kinds.entry(skipped.kind.as_str()).or_default() += 1;
        }
        kinds
    }
}
