//! B14: the filter is attached, but fails open, leaves ports or the server side out, or is taken out again.

use crate::checks::{Check, Context};
use meshveil_chain::{Code, Masking, fails_open};
use meshveil_reach::finding::{Finding, Severity, Span};
use meshveil_reach::manifest::kinds::extension::{Extension, FailStrategy, Mode};
use meshveil_reach::mesh::authorization::Scope;
use meshveil_reach::mesh::filter::{Missing, MissingReason, attached, inserted, running, serves_port, undoing};
use meshveil_reach::mesh::waypoint::{Waypoint, of_service};
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::FILTER_GAP, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let here = |scope: Scope<'_>| -> Vec<&Extension> {
        manifests.extensions.iter().filter(|extension| attached(manifests, extension, scope)).collect()
    };
    for (protected, workload) in context.each() {
        for running in context.reach.passages_to(protected.workload).filter_map(|passage| passage.filter.as_ref().ok())
        {
            if running.fails_open {
                let message = format!("{} lets responses pass unmasked when the filter fails", running.object);
                findings.push(Finding::new(CHECK.code, running.span, message).help("write `failOpen: false`"));
            }
        }
        let sidecar = Scope::Sidecar(workload);
        // With whether it is at a waypoint.
        let mut found: Vec<(&Extension, bool)> =
            here(sidecar).into_iter().map(|extension| (extension, false)).collect();
        let ports = context.ports(protected, workload);
        let undone_in =
            |scope: Scope<'_>| ports.iter().find_map(|port| undoing(manifests, &context.reach.filter, scope, *port));
        let mut undone = undone_in(sidecar);
        let mut added = inserted(manifests, &context.reach.filter, sidecar);
        for service in manifests.services.iter().filter(|service| service.leads_to(workload)) {
            if let Waypoint::Found(gateway) = of_service(manifests, service) {
                let scope = Scope::Waypoint {
                    namespace: &gateway.meta.namespace,
                    gateway: &gateway.meta.name,
                    service: Some((&service.meta.namespace, &service.meta.name)),
                };
                found.extend(here(scope).into_iter().map(|extension| (extension, true)));
                undone = undone.or_else(|| undone_in(scope));
                added.extend(inserted(manifests, &context.reach.filter, scope));
            }
        }
        found.retain(|(extension, _)| context.reach.filter.is_ours(extension));
        for (extension, at_waypoint) in found {
            let ports = context.ports(protected, workload).into_iter();
            let listeners: Vec<Option<u16>> = if at_waypoint { vec![None] } else { ports.map(Some).collect() };
            gaps(extension, &listeners, manifests.files.slice(extension.fail_span), findings);
        }
        for (object, patch, settings) in added {
            let mut say = |severity: Severity, message: String, help: &str| {
                findings.push(Finding::new(CHECK.code, patch.span, message).severity(severity).help(help));
            };
            if fails_open(settings) {
                let message = format!("{object} lets responses pass unmasked when the filter fails");
                say(Severity::Error, message, "write `failure_policy: FAIL_RELOAD`, or `FAIL_CLOSED`");
            }
            let code = Masking::read(settings).map(|masking| masking.code);
            if matches!(code, Some(Code::Remote { sha256: None, .. })) {
                let message = format!("{object} does not pin its module: whatever the server returns runs");
                say(Severity::Warning, message, "write `sha256`");
            }
        }
        for port in &ports {
            let Err(Missing { reason, span }) = running(manifests, &context.reach.filter, sidecar, *port) else {
                continue;
            };
            let severity = match &reason {
                MissingReason::Unfit { is_unsure: true, .. } => Severity::Warning,
                MissingReason::Unfit { .. } | MissingReason::NoSettings(_) => Severity::Error,
                _ => continue,
            };
            let message = format!("no filter on port {port} of `{}`: {reason}", workload.title());
            let help = "leave conditions out: context, filter and subFilter are enough";
            findings.push(Finding::new(CHECK.code, span, message).severity(severity).help(help));
        }
        if let Some((object, patch)) = undone {
            let message = format!(
                "{object} removes or changes the filter of `{}` ({} {})",
                workload.title(),
                patch.operation,
                patch.apply_to
            );
            let help = "narrow the patch to the filter it is meant for";
            findings.push(Finding::new(CHECK.code, patch.span, message).help(help));
        }
    }
}

fn gaps(extension: &Extension, listeners: &[Option<u16>], strategy: &str, findings: &mut Vec<Finding>) {
    let title = extension.meta.title();
    let mut say = |span: Span, message: String, help: &str| {
        findings.push(Finding::new(CHECK.code, span, message).help(help));
    };
    if !extension.is_http {
        say(extension.meta.span, format!("{title} is a network filter: it sees no HTTP"), "remove `type: NETWORK`");
    }
    let span = extension.match_span.unwrap_or(extension.meta.span);
    if !extension.matches.is_empty() && extension.matches.iter().all(|m| m.mode == Mode::Client) {
        say(span, format!("{title} runs where connections go out, not where they come in"), "write `mode: SERVER`");
    } else if let Some(listener) = listeners.iter().find(|listener| !serves_port(extension, **listener)) {
        let where_not = match listener {
            Some(port) => format!("on port {port}"),
            None => "at a waypoint, whose listener no `ports` match".to_owned(),
        };
        let help = "leave `ports` out: the filter then runs on every port";
        say(span, format!("{title} does not run {where_not}"), help);
    }
    if extension.fail_strategy == FailStrategy::Open {
        let message = format!("{title} lets responses pass unmasked when it fails");
        let mut finding =
            Finding::new(CHECK.code, extension.fail_span, message).help("use `FAIL_RELOAD`, or `FAIL_CLOSE`");
        if strategy == "FAIL_OPEN" {
            finding = finding.fix(extension.fail_span, "FAIL_CLOSE", "fail closed");
        }
        findings.push(finding);
    }
    let remote = !extension.url.is_empty() && !extension.url.starts_with("file://");
    if remote && extension.sha256.is_none() && !extension.url.contains("@sha256:") {
        let message = format!("{title} does not pin its module: whatever the registry serves runs");
        findings.push(
            Finding::new(CHECK.code, extension.meta.span, message).severity(Severity::Warning).help("write `sha256`"),
        );
    }
}
