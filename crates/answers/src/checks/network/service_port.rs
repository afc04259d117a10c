//! The Service's port where the pod's port is needed: NetworkPolicy sees the pod's.

use super::rules;
use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::network_policy::Ports;
use meshveil_reach::manifest::kinds::workload::Workload;
use meshveil_reach::network::Direction;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::network::SERVICE_PORT, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let network = &context.reach.network;
    for (at, policy) in manifests.network_policies.iter().enumerate() {
        for (direction, index, rule) in rules(policy) {
            let destinations = match direction {
                Direction::Ingress => network.selected(at),
                Direction::Egress if rule.peers.is_empty() => continue,
                Direction::Egress => network.rule_workloads(at, false, index),
            };
            let destinations: Vec<&Workload> =
                destinations.iter().filter_map(|w| manifests.workloads.get(*w)).collect();
            for port in &rule.ports {
                let Ports::Range(first, last) = port.ports else { continue };
                if first != last || destinations.iter().any(|w| context.reach.declared_ports(w).contains_key(&first)) {
                    continue;
                }
                let found = destinations.iter().find_map(|workload| {
                    let services = manifests.services.iter().filter(|service| service.leads_to(workload));
                    services.flat_map(|service| service.ports.iter().map(move |p| (service, p))).find_map(
                        |(service, p)| {
                            let target = p.resolve(workload)?;
                            (p.port == first && p.protocol == port.protocol && target != first)
                                .then_some((service, p, target))
                        },
                    )
                });
                let Some((service, service_port, target)) = found else { continue };
                let message = format!("{first} is the port of {}; its pods listen on {target}", service.meta.title());
                let mut finding = Finding::new(CHECK.code, port.span, message)
                    .label(service_port.span, "the Service sends it on here")
                    .help(format!("write {target}: policies see the pod's port, not the Service's"));
                let text = manifests.files.slice(port.span);
                if text.matches(&first.to_string()).count() == 1 {
                    finding = finding.fix(
                        port.span,
                        text.replace(&first.to_string(), &target.to_string()),
                        "name the pod's port",
                    );
                }
                findings.push(finding);
            }
        }
    }
}
