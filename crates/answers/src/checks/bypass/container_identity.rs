//! B7: a container that runs as the proxy's user, or may change the node's or the pod's redirect.

use crate::checks::{Check, Context};
use meshveil_reach::finding::{Finding, Span};
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::CONTAINER_IDENTITY, run };

/// The user and group whose connections the redirect leaves alone.
const PROXY: i64 = 1337;
const DANGEROUS: [&str; 4] = ["NET_ADMIN", "NET_RAW", "SYS_ADMIN", "ALL"];

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (_, workload) in context.each() {
        let mut say = |span: Span, what: String, help: &str| {
            let message = format!("`{}`: {what}", workload.title());
            findings.push(Finding::new(CHECK.code, span, message).help(help));
        };
        if let Some((_, span)) = workload.user.filter(|(user, _)| *user == PROXY) {
            say(span, format!("the pod runs as user {PROXY}, the proxy's own"), "use another user");
        }
        if let Some((_, span)) = workload.group.filter(|(group, _)| *group == PROXY) {
            say(span, format!("the pod runs as group {PROXY}, the proxy's own"), "use another group");
        }
        for container in workload.containers.iter().filter(|c| c.name != "istio-proxy" && c.name != "istio-init") {
            let name = &container.name;
            if container.user == Some(PROXY) || container.group == Some(PROXY) {
                let what =
                    format!("container `{name}` runs as {PROXY}, the proxy's own: its connections are not captured");
                say(container.security_span, what, "use another user and group");
            }
            if container.privileged {
                say(container.security_span, format!("container `{name}` is privileged"), "remove `privileged`");
            }
            let normal = |c: &String| c.to_ascii_uppercase().trim_start_matches("CAP_").to_owned();
            for capability in container.capabilities.iter().map(normal).filter(|c| DANGEROUS.contains(&c.as_str())) {
                let what =
                    format!("container `{name}` has {capability}: it can change the redirect or read the traffic");
                say(container.security_span, what, "drop the capability");
            }
        }
    }
}
