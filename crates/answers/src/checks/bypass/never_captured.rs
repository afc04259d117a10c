//! B4: ports that the redirect leaves alone (15090, 15021, 15020, 15008, 22), and UDP and SCTP.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::workload::Protocol;
use meshveil_reach::mesh::Plane;
use meshveil_reach::mesh::enrollment::NEVER_CAPTURED;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::NEVER_CAPTURED, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (protected, workload) in context.each() {
        let is_ambient = context.reach.enrolled(protected.workload) == Plane::Ambient;
        let own = workload.containers.iter().filter(|c| c.name != "istio-proxy" && (!c.init || c.restarts));
        for port in own.flat_map(|container| &container.ports) {
            let reason = match port.protocol {
                Protocol::Tcp if !is_ambient && NEVER_CAPTURED.contains(&port.port) => {
                    "is the proxy's own or SSH".to_owned()
                }
                Protocol::Tcp => continue,
                other => format!("is {}", other.name()),
            };
            let message =
                format!("port {} of `{}` {reason}: the proxy does not capture it", port.port, workload.title());
            let help = "serve sensitive data over TCP on another port, and keep this one closed in the NetworkPolicy";
            findings.push(Finding::new(CHECK.code, port.span, message).help(help));
        }
    }
}
