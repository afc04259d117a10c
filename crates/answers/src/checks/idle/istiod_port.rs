//! Egress policies that keep a proxy from istiod: it never gets certificate and configuration, and its pod does not start.

use meshveil_reach::manifest::well_known::port::ISTIOD;
use meshveil_text::codes;

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::network_policy::{Ports, Rule};
use meshveil_reach::manifest::kinds::workload::Protocol;
use meshveil_reach::mesh::Plane;
use meshveil_reach::network::{Direction, Endpoint};

pub const CHECK: Check = Check { code: &codes::network::NO_ISTIOD, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    // Administrators' policies may let it through; istiod's own pods need no other.
    if !manifests.admin_policies.is_empty() {
        return;
    }
    let mut seen = Vec::new();
    for (at, workload) in manifests.workloads.iter().enumerate() {
        if !matches!(context.reach.enrolled(at), Plane::Sidecar | Plane::Proxy) || workload.host_network.is_some() {
            continue;
        }
        let policies = context.reach.network.isolating_policies(Endpoint::Workload(at), Direction::Egress);
        let rules = policies.iter().filter_map(|policy| manifests.network_policies.get(*policy));
        if policies.is_empty() || rules.flat_map(|policy| &policy.egress).any(opens) {
            continue;
        }
        // Of those that isolate it, one that means these pods says most.
        let own: Vec<usize> = policies.iter().copied().filter(|policy| !seen.contains(policy)).collect();
        let named =
            |at: &&usize| manifests.network_policies.get(**at).is_some_and(|policy| !policy.pods.is_everything());
        let has_rules =
            |at: &&usize| manifests.network_policies.get(**at).is_some_and(|policy| !policy.egress.is_empty());
        let Some(at) = own.iter().find(named).or(own.iter().find(has_rules)).or(own.first()).copied() else { continue };
        let Some(policy) = manifests.network_policies.get(at) else { continue };
        seen.extend(&policies);
        let (title, pods) = (policy.meta.title(), workload.title());
        let message = format!("{title} keeps the proxy of `{pods}` from the control plane: no rule opens TCP {ISTIOD}");
        let help = format!("allow egress to istiod on TCP {ISTIOD}; without it the proxy gets no configuration");
        findings.push(Finding::new(CHECK.code, policy.egress_span.unwrap_or(policy.meta.span), message).help(help));
    }
}

fn opens(rule: &Rule) -> bool {
    rule.ports.is_empty()
        || rule.ports.iter().any(|port| {
            port.protocol == Protocol::Tcp
                && match port.ports {
                    Ports::All | Ports::Named(_) => true,
                    Ports::Range(first, last) => (first..=last).contains(&ISTIOD),
                }
        })
}
