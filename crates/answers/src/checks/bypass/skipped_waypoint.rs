//! B10: pod addresses, headless Services and ingress gateways that skip a Service's waypoint, and waypoints that are not
//! there.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::mesh::Plane;
use meshveil_reach::mesh::filter::serves;
use meshveil_reach::mesh::waypoint::{Waypoint, from_ingress, of_service};
use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::{Credential, Entry, Outcome};
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::SKIPPED_WAYPOINT, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for (protected, workload) in context.each() {
        if context.reach.enrolled(protected.workload) != Plane::Ambient {
            continue;
        }
        let key = "istio.io/use-waypoint";
        let span = workload
            .labels
            .span(key)
            .or_else(|| manifests.namespaces.get(&workload.meta.namespace).and_then(|n| n.labels.span(key)));
        for service in manifests.services.iter().filter(|service| service.leads_to(workload)) {
            let at = service.meta.labels.span(key).or(span).unwrap_or(service.meta.span);
            let name = service.meta.title();
            let lacking = match of_service(manifests, service) {
                Waypoint::Missing(waypoint) => Some((
                    format!(
                        "waypoint `{waypoint}` of {name} does not exist or does not serve Services: traffic bypasses it"
                    ),
                    "create the Gateway of class `istio-waypoint`, and let the pods accept connections from it only",
                )),
                Waypoint::None if serves(manifests, &context.reach.filter, service) => Some((
                    format!("{name} has no waypoint: its requests never pass the filter that is attached to it"),
                    "label the Service, or its namespace, `istio.io/use-waypoint` with the name of the waypoint",
                )),
                _ => None,
            };
            if let Some((message, help)) = lacking {
                findings.push(Finding::new(CHECK.code, at, message).help(help));
            }
            let routed = manifests.routes.iter().flat_map(|r| &r.backends).find(|backend| backend.is(service));
            if let Some(backend) = routed.filter(|_| !from_ingress(manifests, service)) {
                let message = format!("the gateway bypasses the waypoint of {}", service.meta.title());
                let help = "label the Service `istio.io/ingress-use-waypoint: \"true\"`";
                findings.push(Finding::new(CHECK.code, backend.span, message).help(help));
            }
        }
        let direct = (0..manifests.workloads.len())
            .filter(|source| *source != protected.workload && !context.reach.is_waypoint(*source))
            .find_map(|source| {
                let paths = context.reach.paths(Endpoint::Workload(source), protected.workload);
                let hbone = paths
                    .into_iter()
                    .filter(|p| p.credential == Credential::Hbone && p.declared && p.entry == Entry::Pod);
                hbone
                    .map(|path| context.reach.verdict(&path))
                    .find(|v| v.outcome == (Outcome::Served { filter: None }))
                    .map(|v| (source, v))
            });
        if let Some((source, verdict)) = direct {
            let who = manifests.workloads.get(source).map(|w| w.title()).unwrap_or_default();
            let message =
                format!("`{who}` reaches the pods of `{}` by their address, bypassing the waypoint", workload.title());
            let mut finding = Finding::new(CHECK.code, workload.meta.span, message).help(
                "allow port 15008 from the waypoint's pods only, and add an AuthorizationPolicy with a selector that names the waypoint's principal",
            );
            for step in &verdict.steps {
                if let Some(span) = step.spans.first().filter(|span| span.is_somewhere()) {
                    finding = finding.label(*span, format!("{}: {}", step.layer.name(), step.reason));
                }
            }
            findings.push(finding);
        }
    }
}
