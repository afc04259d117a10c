//! B3: annotations or a Sidecar object by which a sensitive port bypasses the proxy.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::workload::Protocol;
use meshveil_reach::mesh::enrollment::{Capture, NEVER_CAPTURED, capture, foreign_template};
use meshveil_reach::network::Endpoint;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::EXCLUDED_FROM_CAPTURE, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (protected, workload) in context.each() {
        let plane = context.reach.enrolled(protected.workload);
        // A port that nobody declares may be served all the same, if the network lets anybody to it.
        let declared = context.ports(protected, workload);
        let is_open = |port: &u16| {
            let to = |from| context.reach.ports_between(from, Endpoint::Workload(protected.workload));
            let mut sources =
                context.reach.network.endpoints().filter(|from| *from != Endpoint::Workload(protected.workload));
            declared.contains(port) || sources.any(|from| to(from).contains(Protocol::Tcp, *port))
        };
        let listed = workload.annotations.get("traffic.sidecar.istio.io/excludeInboundPorts").unwrap_or_default();
        let mut ports = declared.clone();
        ports.extend(listed.split(',').filter_map(|port| port.trim().parse::<u16>().ok()).filter(is_open));
        ports.sort_unstable();
        ports.dedup();
        for port in ports {
            if NEVER_CAPTURED.contains(&port)
                || workload.annotations.get("sidecar.istio.io/interceptionMode") == Some("NONE")
                || foreign_template(workload).is_some()
            {
                continue; // B4 and B6 say so.
            }
            if let Capture::Bypassed { reason, span } =
                capture(context.manifests(), workload, plane, Protocol::Tcp, port)
            {
                let message = format!("port {port} of `{}` bypasses the proxy: {reason}", workload.title());
                let help = "remove the exception; give probes and metrics a port of their own";
                findings.push(Finding::new(CHECK.code, span, message).help(help));
            }
        }
    }
}
