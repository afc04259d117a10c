//! Rules for the pods of every workload: what goes round a proxy or a NetworkPolicy, whatever the mesh.

use crate::{Source, Target};

use super::{Validation, every, selected, sidecar};

/// Capabilities with which a process can undo the redirection, read another's memory or leave its container, without `CAP_`.
const CAPABILITIES: &str = "['ALL', 'BPF', 'DAC_READ_SEARCH', 'NET_ADMIN', 'NET_RAW', 'PERFMON', 'SYS_ADMIN', 'SYS_MODULE', 'SYS_PTRACE', 'SYS_RAWIO']";

pub(super) fn validations(source: &Source<'_>) -> Vec<Validation> {
    // The injector's own containers may be what it makes them.
    let injected = match source.settings.target {
        Target::IstioSidecar => format!("{} || ", sidecar::IS_ISTIOS),
        _ => String::new(),
    };
    let rule = |expression: String, message: &str| (expression, message.to_owned());
    let no = |field: &str| format!("(!has({field}) || !{field})");
    vec![
        rule(
            format!("{} && (oldObject == null || ({}))", selected(source, "object"), selected(source, "oldObject")),
            "every lock selects pods by these labels: they are on a pod from the beginning and stay there",
        ),
        rule(no("object.spec.hostNetwork"), "hostNetwork goes round the proxy and every NetworkPolicy"),
        rule(
            [no("object.spec.hostPID"), no("object.spec.hostIPC")].join(" && "),
            "host namespaces show the processes of the node: hostPID, hostIPC",
        ),
        rule(
            "!has(object.spec.volumes) || object.spec.volumes.all(v, !has(v.hostPath))".to_owned(),
            "hostPath: with paths of the node a pod can take over the node, and with it the redirection to the proxy",
        ),
        rule(
            every("!has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0)"),
            "a hostPort lets traffic in past the Service",
        ),
        rule(
            every(&format!(
                "{injected}!has(c.securityContext) || (!has(c.securityContext.privileged) || !c.securityContext.privileged) && (!has(c.securityContext.procMount) || c.securityContext.procMount == 'Default') && (!has(c.securityContext.capabilities) || !has(c.securityContext.capabilities.add) || c.securityContext.capabilities.add.all(a, !(a.upperAscii().replace('CAP_', '') in {CAPABILITIES})))"
            )),
            "a privileged container, or one with a capability such as NET_ADMIN, NET_RAW, SYS_ADMIN or SYS_PTRACE, can undo the redirection to the proxy",
        ),
        rule(
            "!has(object.spec.ephemeralContainers) || object.spec.ephemeralContainers.size() == 0".to_owned(),
            "an ephemeral container shares the network of the pod: it reads the application's data in clear",
        ),
    ]
}
