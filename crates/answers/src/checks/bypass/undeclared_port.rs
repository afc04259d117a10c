//! B2: a port in no Service is still served: the network decides who reaches it, and its protocol is not declared.

use crate::checks::{Check, Context};
use meshveil_reach::finding::{Finding, Severity};
use meshveil_reach::mesh::Plane;
use meshveil_reach::mesh::protocol::port_protocol;
use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::{Outcome, Verdict};
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::UNDECLARED_PORT, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for (protected, workload) in context.each() {
        let is_outside = context.reach.enrolled(protected.workload) == Plane::Outside;
        if is_outside && !context.reach.is_behind_edge(protected.workload) {
            continue; // Everything is open there; B5 says so.
        }
        let mut seen: Vec<u16> = Vec::new();
        for source in 0..manifests.workloads.len() {
            if source == protected.workload || context.reach.is_waypoint(source) {
                continue;
            }
            for path in context.reach.paths(Endpoint::Workload(source), protected.workload) {
                if seen.contains(&path.port) || port_protocol(manifests, workload, path.port).declared {
                    continue;
                }
                let verdict = context.reach.verdict(&path);
                if verdict.outcome != (Outcome::Served { filter: None }) {
                    continue;
                }
                seen.push(path.port);
                findings.push(finding(context, workload, &verdict, source));
            }
        }
    }
}

fn finding(
    context: &Context<'_, '_>,
    workload: &meshveil_reach::manifest::kinds::workload::Workload,
    verdict: &Verdict,
    source: usize,
) -> Finding {
    let port = verdict.path.port;
    let who = context.manifests().workloads.get(source).map(|w| w.title()).unwrap_or_default();
    let container_port = workload.ports().find(|p| p.port == port);
    let (what, span, severity) = match container_port {
        Some(declared) => ("is in no Service, and", declared.span, Severity::Error),
        None => ("is declared nowhere, and", workload.meta.span, Severity::Warning),
    };
    let how = verdict.path.credential.name();
    let message = format!("port {port} of `{}` {what} `{who}` reaches it without the filter ({how})", workload.title());
    let help = "list the container ports in the NetworkPolicy's `ports`, and declare each in a Service as HTTP";
    let mut finding = Finding::new(CHECK.code, span, message).severity(severity).help(help);
    for step in &verdict.steps {
        if let Some(span) = step.spans.first().filter(|span| span.is_somewhere()) {
            finding = finding.label(*span, format!("{}: {}", step.layer.name(), step.reason));
        }
    }
    finding
}
