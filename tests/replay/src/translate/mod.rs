//! From Istio's objects to Envoy's configuration as istiod does it, read from istiod alone (`pilot/pkg/security`,
//! `pilot/pkg/networking/core`, `pilot/pkg/model`) and not from the engine.

pub mod listener;
pub mod matchers;
pub mod peers;
pub mod rbac;
pub mod trust;

use crate::objects::{Labels, Meta};

/// Whether an object applies to a workload: its own namespace or the root namespace, and its labels.
#[must_use]
pub fn applies(meta: &Meta, root: &str, namespace: &str, labels: &Labels) -> bool {
    (meta.namespace == root || meta.namespace == namespace)
        && meta.selector.iter().flatten().all(|(key, value)| labels.get(key) == Some(value))
}
