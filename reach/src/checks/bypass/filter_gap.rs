//! B14: the filter is attached, but fails open, leaves ports or the server side out, or is taken out again.

use crate::checks::{Check, Context};
use crate::finding::{Finding, Severity, Span};
use crate::manifest::kinds::extension::{Extension, FailStrategy, Mode};
use crate::mesh::authorization::Scope;
use crate::mesh::filter::{attached, undoing};
use crate::mesh::waypoint::{Waypoint, of_service};

pub const CHECK: Check = Check { code: "MV-B14", title: "a gap in the filter", run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for (protected, workload) in context.each() {
        let sidecar = Scope::Sidecar(workload);
        let mut found: Vec<&Extension> =
            manifests.extensions.iter().filter(|e| attached(manifests, e, sidecar)).collect();
        for service in manifests.services.iter().filter(|service| service.leads_to(workload)) {
            if let Waypoint::Found(gateway) = of_service(manifests, service) {
                let scope = Scope::Waypoint {
                    namespace: &gateway.meta.namespace,
                    gateway: &gateway.meta.name,
                    service: Some((&service.meta.namespace, &service.meta.name)),
                };
                found.extend(manifests.extensions.iter().filter(|e| attached(manifests, e, scope)));
            }
        }
        found.retain(|extension| context.reach.filter.is_ours(extension));
        for extension in found {
            gaps(extension, &context.ports(protected, workload), manifests.files.slice(extension.fail_span), findings);
        }
        if let Some((object, patch)) = undoing(manifests, &context.reach.filter, sidecar) {
            let message = format!(
                "{object} takes the filter of `{}` out ({} {})",
                workload.title(),
                patch.operation,
                patch.apply_to
            );
            let help = "narrow the patch to the filter it is meant for";
            findings.push(Finding::new(CHECK.code, Severity::Error, patch.span, message).help(help));
        }
    }
}

fn gaps(extension: &Extension, ports: &[u16], strategy: &str, findings: &mut Vec<Finding>) {
    let title = extension.meta.title();
    let mut say = |span: Span, message: String, help: &str| {
        findings.push(Finding::new(CHECK.code, Severity::Error, span, message).help(help));
    };
    if !extension.is_http {
        say(extension.meta.span, format!("{title} is a network filter: it sees no HTTP"), "remove `type: NETWORK`");
    }
    let serves = |port: u16| {
        extension.matches.is_empty()
            || extension
                .matches
                .iter()
                .any(|m| m.mode != Mode::Client && (m.ports.is_empty() || m.ports.contains(&port)))
    };
    let span = extension.match_span.unwrap_or(extension.meta.span);
    if !extension.matches.is_empty() && extension.matches.iter().all(|m| m.mode == Mode::Client) {
        say(span, format!("{title} runs where connections go out, not where they come in"), "write `mode: SERVER`");
    } else if let Some(port) = ports.iter().find(|port| !serves(**port)) {
        say(
            span,
            format!("{title} does not run on port {port}"),
            "leave `ports` out: the filter then runs on every port",
        );
    }
    if extension.fail_strategy == FailStrategy::Open {
        let message = format!("{title} lets responses pass unmasked when it fails");
        let mut finding = Finding::new(CHECK.code, Severity::Error, extension.fail_span, message)
            .help("use `FAIL_RELOAD`, or `FAIL_CLOSE`");
        if strategy == "FAIL_OPEN" {
            finding = finding.fix(extension.fail_span, "FAIL_CLOSE", "fail closed");
        }
        findings.push(finding);
    }
    let remote = !extension.url.is_empty() && !extension.url.starts_with("file://");
    if remote && extension.sha256.is_none() && !extension.url.contains("@sha256:") {
        let message = format!("{title} does not pin its module: what the registry serves is what runs");
        findings.push(Finding::new(CHECK.code, Severity::Warning, extension.meta.span, message).help("write `sha256`"));
    }
}
