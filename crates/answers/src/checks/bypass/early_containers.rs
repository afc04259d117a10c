//! B16: init containers run before the proxy: their connections, and those to them, are plain.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::mesh::Plane;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::EARLY_CONTAINERS, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (protected, workload) in context.each() {
        if context.reach.enrolled(protected.workload) != Plane::Sidecar {
            continue;
        }
        let native = workload.annotations.get("sidecar.istio.io/nativeSidecar") == Some("true");
        let early = workload.containers.iter().filter(|c| c.init && !native && !c.name.starts_with("istio-"));
        for container in early {
            let message = if container.ports.is_empty() {
                format!(
                    "init container `{}` of `{}` uses the network before the proxy runs",
                    container.name,
                    workload.title()
                )
            } else {
                format!(
                    "init container `{}` of `{}` serves ports before the proxy runs",
                    container.name,
                    workload.title()
                )
            };
            let help = "do its work in the application, or run the proxy as a native sidecar that starts first";
            findings.push(Finding::new(CHECK.code, container.span, message).help(help));
        }
    }
}
