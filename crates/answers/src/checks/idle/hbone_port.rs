//! Ambient: a NetworkPolicy that lets a caller of the mesh to the application's port and not to 15008, where ztunnels meet.

use meshveil_reach::manifest::well_known::port::HBONE;
use meshveil_text::codes;

use super::super::network::peers_key;
use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::network_policy::{NetworkPolicy, Ports};
use meshveil_reach::manifest::kinds::workload::Protocol;
use meshveil_reach::mesh::Plane;
use meshveil_reach::network::{Direction, Endpoint};

pub const CHECK: Check = Check { code: &codes::network::NO_HBONE_PORT, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    let network = &context.reach.network;
    let is_ambient = |at: &usize| context.reach.enrolled(*at) == Plane::Ambient;
    for (at, policy) in manifests.network_policies.iter().enumerate() {
        for (direction, index, rule) in super::super::network::rules(policy) {
            let lists_hbone = |port: &meshveil_reach::manifest::kinds::network_policy::PolicyPort| match port.ports {
                Ports::All => true,
                Ports::Range(first, last) => (first..=last).contains(&HBONE),
                Ports::Named(_) => false,
            };
            if rule.ports.is_empty() || rule.peers.is_empty() || rule.ports.iter().any(lists_hbone) {
                continue;
            }
            let own: Vec<usize> = network.selected(at).into_iter().filter(is_ambient).collect();
            let peers = network.rule_workloads(at, direction == Direction::Ingress, index);
            let peers: Vec<usize> = peers.into_iter().filter(is_ambient).collect();
            let (sources, destinations) = match direction {
                Direction::Ingress => (peers, own),
                Direction::Egress => (own, peers),
            };
            let cut_off = sources.iter().find_map(|source| {
                let destination = destinations.iter().filter(|to| *to != source).find(|to| {
                    let ports = network.ports_between(Endpoint::Workload(*source), Endpoint::Workload(**to));
                    let declared = manifests.workloads.get(**to).map(|w| context.reach.declared_ports(w));
                    let is_open = |port: &u16| ports.contains(Protocol::Tcp, *port);
                    !ports.contains(Protocol::Tcp, HBONE) && declared.unwrap_or_default().keys().any(is_open)
                })?;
                Some((*source, *destination))
            });
            if let Some((source, destination)) = cut_off {
                findings.push(finding(context, policy, direction, rule.span, (source, destination)));
                break;
            }
        }
    }
}

fn finding(
    context: &Context<'_, '_>,
    policy: &NetworkPolicy,
    direction: Direction,
    span: meshveil_text::Span,
    (source, destination): (usize, usize),
) -> Finding {
    let title = |at| context.reach.network.title(Endpoint::Workload(at));
    let message = format!(
        "{} cuts `{}` off from `{}`: both are ambient, and their ztunnels meet on port {HBONE}",
        policy.meta.title(),
        title(source),
        title(destination),
    );
    let help = format!("add port {HBONE} to the rule of `{}`", peers_key(direction));
    Finding::new(CHECK.code, span, message).help(help)
}
