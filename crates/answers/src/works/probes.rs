//! Probes of the kubelet that a sidecar refuses.

use meshveil_reach::mesh::Plane;
use meshveil_text::{Finding, codes::manifest as codes};

use super::{Case, containers, template};

/// Whether the injector has the agent beside the proxy answer for the application: it does unless the pod says otherwise.
const REWRITE: &str = "sidecar.istio.io/rewriteAppHTTPProbers";

pub(super) fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let annotations = &case.workload.annotations;
    if case.reach.enrolled(case.at) != Plane::Sidecar || annotations.get(REWRITE).is_none_or(|value| value == "true") {
        return;
    }
    let containers = case.document_of(case.workload).and_then(template).map(containers).unwrap_or_default();
    for container in containers {
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"].iter().filter_map(|key| container.get(key)) {
            let Some(way) = ["httpGet", "tcpSocket", "grpc"].iter().find_map(|key| probe.get(key)) else { continue };
            let message = format!(
                "this probe of `{}` is refused: the kubelet has no certificate of the mesh, and the sidecar does not answer in its place",
                case.workload.title()
            );
            let mut finding = Finding::new(&codes::PROBE_CUT_OFF, way.span, message);
            if let Some(span) = annotations.span(REWRITE) {
                finding = finding.label(span, "probes are not rewritten");
            }
            findings.push(finding.help(format!("take the annotation `{REWRITE}` away")));
        }
    }
}
