//! The Service's port in a PeerAuthentication or AuthorizationPolicy of a sidecar, which sees the pod's.

use meshveil_text::{Span, codes};

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::security::Attachment;
use meshveil_reach::manifest::kinds::workload::Workload;
use meshveil_reach::mesh::Plane;

pub const CHECK: Check = Check { code: &codes::network::ISTIO_SERVICE_PORT, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for policy in &manifests.peer_authentications {
        for (port, _, span) in &policy.ports {
            judge(context, &policy.meta, &policy.attachment, *port, *span, findings);
        }
    }
    for policy in &manifests.authorization_policies {
        let operations = policy.rules.iter().flat_map(|rule| &rule.to).map(|to| (&to.ports, to.span));
        let conditions = policy.rules.iter().flat_map(|rule| &rule.when).filter(|one| one.key == "destination.port");
        for (ports, span) in operations.chain(conditions.map(|one| (&one.values, Some(one.span)))) {
            for port in ports.any.iter().chain(&ports.none).filter_map(|port| port.parse().ok()) {
                judge(context, &policy.meta, &policy.attachment, port, span.unwrap_or(policy.meta.span), findings);
            }
        }
    }
}

fn judge(
    context: &Context<'_, '_>,
    meta: &meshveil_reach::manifest::meta::Meta,
    attachment: &Attachment,
    port: u16,
    span: Span,
    findings: &mut Vec<Finding>,
) {
    let manifests = context.manifests();
    let root = &manifests.mesh.root_namespace;
    let applies = |w: &Workload| attachment.selects(&meta.namespace, root, &w.meta.namespace, &w.labels);
    let selected: Vec<&Workload> = manifests
        .workloads
        .iter()
        .enumerate()
        .filter(|(at, workload)| context.reach.enrolled(*at) != Plane::Outside && applies(workload))
        .map(|(_, workload)| workload)
        .collect();
    if selected.iter().any(|workload| context.reach.declared_ports(workload).contains_key(&port)) {
        return;
    }
    let found = selected.iter().find_map(|workload| {
        let services = manifests.services.iter().filter(|service| service.leads_to(workload));
        services.flat_map(|service| service.ports.iter().map(move |p| (service, p))).find_map(|(service, p)| {
            let target = p.resolve(workload)?;
            (p.port == port && target != port).then_some((service, p, target))
        })
    });
    if let Some((service, own, target)) = found {
        let (title, service) = (meta.title(), service.meta.title());
        let message = format!("{title}: {port} is the port of {service}; its pods listen on {target}");
        let finding = Finding::new(CHECK.code, span, message)
            .label(own.span, "the Service sends it on here")
            .help(format!("write {target}: the proxy beside the pod sees the pod's port"));
        findings.push(finding);
    }
}
