//! Ports of the workload that no source reaches any more.

use std::collections::BTreeMap;

use meshveil_reach::{
    manifest::{kinds::port::Protocol, well_known::port::OF_PROXIES},
    mesh::Plane,
    network::Direction,
};
use meshveil_text::{Finding, Node, Severity, Span, codes::manifest as codes};

use super::{Case, containers, template};

/// Where a port is declared.
struct Declared {
    span: Span,
    /// By a Service, so that somebody calls it.
    by_service: bool,
}

pub(super) fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    if !case.is_isolated(Direction::Ingress) || case.reach.enrolled(case.at) == Plane::Proxy {
        return;
    }
    let mut declared: BTreeMap<(Protocol, u16), Declared> = BTreeMap::new();
    for port in case.workload.ports() {
        declared.entry((port.protocol, port.port)).or_insert(Declared { span: port.span, by_service: false });
    }
    for service in case.reach.manifests.services.iter().filter(|service| service.leads_to(case.workload)) {
        for port in &service.ports {
            if let Some(number) = port.resolve(case.workload) {
                declared.insert((port.protocol, number), Declared { span: port.span, by_service: true });
            }
        }
    }
    let policy = case.policy;
    let metrics = policy.metrics.iter().flat_map(|metrics| &metrics.ports).map(|port| port.value);
    let known: Vec<u16> = policy
        .workload
        .ports
        .iter()
        .map(|port| port.port.value)
        .chain(policy.workload.peers.iter().map(|peer| peer.port.value))
        .chain(metrics)
        .chain(OF_PROXIES)
        .chain(probed(case))
        .collect();
    for ((protocol, number), Declared { span, by_service }) in declared {
        if known.contains(&number) || case.is_reached(protocol, number) {
            continue;
        }
        let message = format!("port {number} of `{}` is cut off: no source reaches it", case.workload.title());
        let finding = Finding::new(&codes::PORT_CUT_OFF, span, message);
        let finding = finding.label(policy.workload.selector.span, "protected by this policy");
        // A container may declare a port that is never used.
        let severity = if by_service { Severity::Warning } else { Severity::Note };
        findings.push(finding.severity(severity).help(
            "list it under `workload.ports` where it serves data, under `workload.peers` where only replicas use it; or take it out of the Service",
        ));
    }
}

/// Ports that the kubelet probes.
fn probed<'c>(case: &Case<'c>) -> Vec<u16> {
    let containers = case.document_of(case.workload).and_then(template).map(containers).unwrap_or_default();
    let mut found = Vec::new();
    for container in containers {
        let named = |name: &str| {
            let ports = container.get("ports").map(Node::items).unwrap_or_default();
            ports.iter().find(|port| port.text_at("name") == Some(name))?.get("containerPort")?.int()
        };
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"].iter().filter_map(|key| container.get(key)) {
            for way in ["httpGet", "tcpSocket", "grpc"].iter().filter_map(|key| probe.at(&[key, "port"])) {
                let number = way.int().or_else(|| way.text().and_then(named));
                found.extend(number.and_then(|number| u16::try_from(number).ok()));
            }
        }
    }
    found
}
