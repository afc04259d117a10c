//! B15: the protected pods may send anywhere: data that no source may read can still be sent out.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::network_policy::Peer;
use meshveil_reach::network::{Direction, Endpoint};
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::OPEN_EGRESS, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for (protected, workload) in context.each() {
        let policies =
            context.reach.network.isolating_policies(Endpoint::Workload(protected.workload), Direction::Egress);
        let help = "allow DNS, istiod and the named callees only";
        if policies.is_empty() {
            let message = format!("no policy restricts what `{}` may connect to", workload.title());
            findings.push(Finding::new(CHECK.code, workload.meta.span, message).help(help));
        }
        for policy in policies.iter().filter_map(|at| manifests.network_policies.get(*at)) {
            let open = policy.egress.iter().find(|rule| {
                let anywhere = rule.peers.is_empty()
                    || rule.peers.iter().any(|peer| matches!(peer, Peer::Block(block) if block.cidr.prefix() < 8));
                let dns_only = !rule.ports.is_empty()
                    && rule.ports.iter().all(|p| {
                        use meshveil_reach::manifest::kinds::network_policy::Ports;
                        matches!(p.ports, Ports::Range(53, 53) | Ports::Range(5353, 5353))
                    });
                anywhere && !dns_only
            });
            if let Some(rule) = open {
                let message =
                    format!("{} allows `{}` to connect to any address", policy.meta.title(), workload.title());
                findings.push(Finding::new(CHECK.code, rule.span, message).help(help));
            }
        }
    }
}
