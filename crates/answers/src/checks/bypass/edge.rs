//! B40 to B43: ways through Envoy Gateway that the masking filter does not see, and Gateways that recognise no caller.

use meshveil_reach::edge::{Passage, Unfiltered};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::envoy_gateway::Certificates;
use meshveil_reach::manifest::kinds::port::Protocol;
use meshveil_reach::network::Endpoint;
use meshveil_text::{Severity, codes};

use crate::checks::{Check, Context};

pub const REPLACED: Check = Check { code: &codes::bypass::FILTER_REPLACED, run: replaced };
pub const NO_CERTIFICATE: Check = Check { code: &codes::bypass::NO_CERTIFICATE, run: no_certificate };
pub const OTHER_ROUTE: Check = Check { code: &codes::bypass::OTHER_ROUTE, run: other_route };
pub const PROXY_PATCHED: Check = Check { code: &codes::bypass::PROXY_PATCHED, run: proxy_patched };

/// Every passage that leads to a protected workload, with its title: the network lets the proxies connect to a sensitive port.
fn open<'c>(context: &'c Context<'_, '_>) -> Vec<(&'c Passage, String)> {
    let mut found = Vec::new();
    for (protected, workload) in context.each() {
        for passage in context.reach.passages_to(protected.workload) {
            let (from, to) = (Endpoint::Workload(passage.proxies), Endpoint::Workload(protected.workload));
            let ports = context.reach.ports_between(from, to);
            if context.ports(protected, workload).iter().any(|port| ports.contains(Protocol::Tcp, *port)) {
                found.push((passage, workload.title()));
            }
        }
    }
    found
}

fn title(context: &Context<'_, '_>, passage: &Passage) -> (String, String) {
    let manifests = context.manifests();
    let route = manifests.routes.get(passage.route).map(|route| route.meta.title());
    let gateway = manifests.gateways.get(passage.gateway).map(|gateway| gateway.meta.title());
    (route.unwrap_or_default(), gateway.unwrap_or_default())
}

/// B40: a policy of the route takes the place of the one that masks.
fn replaced(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (passage, workload) in open(context) {
        let Err(reason @ Unfiltered::Replaced { span, .. }) = &passage.filter else { continue };
        let message = format!("{reason}: nothing masks `{workload}` on this way");
        let finding = Finding::new(REPLACED.code, *span, message)
            .label(passage.rule_span, "this rule")
            .help("write `mergeType: StrategicMerge` in it, without `wasm`, or attach it to another route");
        findings.push(finding);
    }
}

/// B41: a listener in front of the filter by which no caller is recognised, or which believes what clients say.
fn no_certificate(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (passage, workload) in open(context).into_iter().filter(|(passage, _)| passage.filter.is_ok()) {
        let (_, gateway) = title(context, passage);
        let listener = format!("listener `{}` of {gateway}", passage.listener);
        let (message, severity) = match passage.clients.certificates {
            Certificates::Required => continue,
            Certificates::NotAsked => {
                let message = format!(
                    "{listener} asks for no certificate: every request to `{workload}` is an unlisted caller's"
                );
                (message, Severity::Warning)
            }
            Certificates::Optional => {
                let message = format!(
                    "{listener} takes clients without a certificate: to `{workload}` they are unlisted callers"
                );
                (message, Severity::Warning)
            }
            Certificates::Unverified => {
                let message = format!("{listener} verifies no certificate: a client may be any caller of `{workload}`");
                (message, Severity::Error)
            }
        };
        let help = "a ClientTrafficPolicy with `tls.clientValidation.caCertificateRefs` and without `optional` or another `mode`";
        let finding = Finding::new(NO_CERTIFICATE.code, passage.clients.span, message).severity(severity);
        findings.push(finding.help(help));
    }
}

/// B42: a route on which no policy attaches the filter.
fn other_route(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (passage, workload) in open(context) {
        let Err(reason @ (Unfiltered::NotAttached(_) | Unfiltered::NotHttp { .. })) = &passage.filter else { continue };
        let (route, gateway) = title(context, passage);
        let message = match reason {
            Unfiltered::NotHttp { .. } => format!("{reason}, and it leads to `{workload}` through {gateway}"),
            _ => format!("{route} leads to `{workload}` through {gateway}, where {reason}"),
        };
        let finding = Finding::new(OTHER_ROUTE.code, passage.rule_span, message)
            .label(passage.listener_span, "this listener")
            .help("let the NetworkPolicy of the pods admit the proxies of the policy's own Gateway only (`gateway.envoyproxy.io/owning-gateway-name`)");
        findings.push(finding);
    }
}

/// B43: an object that may change what the proxies in front of the workload do.
fn proxy_patched(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (passage, workload) in open(context).into_iter().filter(|(passage, _)| passage.filter.is_ok()) {
        if let Some(doubt) = &passage.doubt {
            let message = format!("{doubt}: whether `{workload}` is masked is not known");
            let help = "take it out, or keep it away from the Gateway and the routes of the policy";
            findings.push(Finding::new(PROXY_PATCHED.code, doubt.span, message).help(help));
        }
    }
}
