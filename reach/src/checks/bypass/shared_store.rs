//! B13: another workload reads the same store, and serves it without the filter.

use crate::checks::{Check, Context};
use crate::finding::{Finding, Severity};

pub const CHECK: Check = Check { code: "MV-B13", title: "another workload reads the same store", run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (_, workload) in context.each() {
        for (at, other) in context.manifests().workloads.iter().enumerate() {
            if context.is_protected(at) {
                continue;
            }
            let same = |store: &&crate::manifest::kinds::workload::Store| {
                let local = store.kind != "hostPath";
                (!local || other.meta.namespace == workload.meta.namespace)
                    && workload.stores.iter().any(|own| own.kind == store.kind && own.name == store.name)
            };
            if let Some(store) = other.stores.iter().find(same) {
                let message =
                    format!("`{}` uses the {} `{}` of `{}`", other.title(), store.kind, store.name, workload.title());
                let own = workload.stores.iter().find(|own| own.kind == store.kind && own.name == store.name);
                let mut finding = Finding::new(CHECK.code, Severity::Warning, store.span, message)
                    .help("give it credentials of its own that do not reach the sensitive data, or protect it too");
                if let Some(own) = own {
                    finding = finding.label(own.span, "the protected workload uses it here");
                }
                findings.push(finding);
            }
        }
    }
}
