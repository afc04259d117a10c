//! B1: a port that the proxy takes for TCP, or whose first bytes decide: the HTTP filter does not run.

use crate::checks::{Check, Context};
use meshveil_reach::finding::{Finding, Span};
use meshveil_reach::mesh::Plane;
use meshveil_reach::mesh::protocol::{Kind, port_protocol};
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::TCP_PORT, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for (protected, workload) in context.each() {
        if context.reach.enrolled(protected.workload) == Plane::Outside {
            continue;
        }
        for port in context.ports(protected, workload) {
            let protocol = port_protocol(manifests, workload, port);
            if protocol.kind == Kind::Http || !protocol.declared {
                continue;
            }
            let how = match protocol.kind {
                Kind::Tcp => "is taken for TCP: the filter never runs",
                _ => "has no protocol: the first bytes of a connection decide whether the filter runs",
            };
            let message = format!("port {port} of `{}` {how} ({})", workload.title(), protocol.reason);
            let mut finding = Finding::new(CHECK.code, protocol.span, message)
                .help("write `appProtocol: http` on the Service's port");
            let text = manifests.files.slice(protocol.span);
            let at_start = Span { end: protocol.span.start, ..protocol.span };
            if protocol.span.is_somewhere() && !text.contains("appProtocol") && !text.contains("protocol: TLS") {
                finding = if text.starts_with('{') {
                    let inside = Span { start: at_start.start + 1, end: at_start.start + 1, ..at_start };
                    finding.fix(inside, " appProtocol: http,", "declare HTTP")
                } else {
                    let indent = " ".repeat(protocol.span.column.saturating_sub(1) as usize);
                    finding.fix(at_start, format!("appProtocol: http\n{indent}"), "declare HTTP")
                };
            }
            findings.push(finding);
        }
    }
}
