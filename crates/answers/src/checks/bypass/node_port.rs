//! B17: NodePort, LoadBalancer and hostPort lead from outside to the protected pods.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::NODE_PORT, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (_, workload) in context.each() {
        let services = context.manifests().services.iter().filter(|s| s.leads_to(workload) && s.opens_nodes());
        for service in services {
            let by = if service.external.is_some() { "externalIPs" } else { service.kind.as_str() };
            let message = format!(
                "{} ({by}) opens `{}` to every client that reaches a node",
                service.meta.title(),
                workload.title()
            );
            let help = "use `ClusterIP`, and let requests in through a gateway with its own identity";
            findings.push(Finding::new(CHECK.code, service.external.unwrap_or(service.kind_span), message).help(help));
        }
        for port in workload.ports().filter(|port| port.host_port.is_some()) {
            let number = port.host_port.unwrap_or_default();
            let message = format!("host port {number} leads to `{}`", workload.title());
            findings.push(Finding::new(CHECK.code, port.span, message).help("remove `hostPort`"));
        }
    }
}
