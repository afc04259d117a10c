//! B5: the protected pods get no proxy, and no Gateway of Envoy Gateway masks in front of them.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::mesh::Plane;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::NOT_INJECTED, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (protected, workload) in context.each() {
        let Some(enrollment) = context.reach.enrollments.get(protected.workload) else { continue };
        let is_behind = context.reach.is_behind_edge(protected.workload);
        if (enrollment.plane != Plane::Outside && !enrollment.is_doubtful) || is_behind {
            continue;
        }
        let lacks = if enrollment.is_doubtful { "may have no proxy, so that" } else { "has no proxy, so" };
        let message = format!("`{}` {lacks} nothing is masked: {}", workload.title(), enrollment.reason);
        let span = if enrollment.span.is_somewhere() { enrollment.span } else { workload.meta.span };
        let mut finding = Finding::new(CHECK.code, span, message)
            .help("label the namespace `istio-injection: enabled` (or `istio.io/dataplane-mode: ambient`), and do not opt the pod out");
        if span != workload.meta.span {
            finding = finding.label(workload.meta.span, "this workload");
        }
        findings.push(finding);
    }
}
