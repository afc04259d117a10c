//! Sidecar objects that compete for one workload: which of them counts depends on their age.

use meshveil_reach::manifest::kinds::extension::Sidecar;
use meshveil_text::codes;

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::workload::Workload;

pub const CHECK: Check = Check { code: &codes::network::COMPETING_SIDECARS, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let mut seen: Vec<(&str, &str, &str)> = Vec::new();
    let add = |first: &Sidecar, second: &Sidecar, whom: String, findings: &mut Vec<Finding>| {
        let (title, other) = (second.meta.title(), first.meta.title());
        let message = format!("{title} and {other} are both for {whom}: the older counts");
        let finding = Finding::new(CHECK.code, second.meta.span, message).label(first.meta.span, "the other one");
        findings.push(finding.help("keep one of them"));
    };
    for (at, second) in manifests.sidecars.iter().enumerate() {
        for first in manifests.sidecars.iter().take(at).filter(|first| first.meta.namespace == second.meta.namespace) {
            if seen.contains(&(&second.meta.namespace, &first.meta.name, &second.meta.name)) {
                continue;
            }
            if first.selector.is_empty() && second.selector.is_empty() {
                add(first, second, format!("all pods of `{}`", second.meta.namespace), findings);
            } else if !first.selector.is_empty() && !second.selector.is_empty() {
                let selects = |sidecar: &Sidecar, w: &Workload| {
                    w.meta.namespace == sidecar.meta.namespace
                        && sidecar.selector.iter().all(|r| {
                            w.labels.get(&r.key).is_some_and(|value| r.values.iter().any(|wanted| wanted == value))
                        })
                };
                let mut workloads = manifests.workloads.iter();
                let Some(workload) = workloads.find(|w| selects(first, w) && selects(second, w)) else { continue };
                add(first, second, format!("`{}`", workload.title()), findings);
            } else {
                continue;
            }
            seen.push((&second.meta.namespace, &first.meta.name, &second.meta.name));
        }
    }
}
