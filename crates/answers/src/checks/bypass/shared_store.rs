//! B13: another workload reads the same store, and serves it without the filter.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::workload::Store;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::SHARED_STORE, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (_, workload) in context.each() {
        for (at, other) in context.manifests().workloads.iter().enumerate() {
            if context.is_protected(at) {
                continue;
            }
            let same = |store: &&Store| {
                let local = store.kind != "hostPath";
                (!local || other.meta.namespace == workload.meta.namespace)
                    && workload.stores.iter().any(|own| is_same(own, store))
            };
            if let Some(store) = other.stores.iter().find(same) {
                let message =
                    format!("`{}` uses the {} `{}` of `{}`", other.title(), store.kind, store.name, workload.title());
                let own = workload.stores.iter().find(|own| is_same(own, store));
                let mut finding = Finding::new(CHECK.code, store.span, message)
                    .help("give it credentials of its own that do not reach the sensitive data, or protect it too");
                if let Some(own) = own {
                    finding = finding.label(own.span, "the protected workload uses it here");
                }
                findings.push(finding);
            }
        }
    }
}

/// Whether two stores hold the same data: the same claim or Secret, or a folder of the node inside the other.
fn is_same(one: &Store, other: &Store) -> bool {
    let path = |store: &Store| format!("{}/", store.name.trim_end_matches('/'));
    match (one.kind, other.kind) {
        ("hostPath", "hostPath") => path(one).starts_with(&path(other)) || path(other).starts_with(&path(one)),
        (kind, same) => kind == same && one.name == other.name,
    }
}
