//! B30: an EnvoyFilter sets the route metadata by which the filter tells the route of a request.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::mesh::authorization::Scope;
use meshveil_reach::mesh::filter::routes_set;
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::ROUTE_BY_OTHERS, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for (protected, workload) in context.each() {
        let plan = context.reach.plan_of(protected.workload);
        let is_known =
            |route: &str| plan.as_ref().is_some_and(|plan| plan.routes.iter().any(|known| known.name == route));
        for (object, patch, route) in routes_set(manifests, Scope::Sidecar(workload)) {
            // A route of its own with the name of the policy's is what `generate` writes.
            let name = patch.value.get("name").and_then(|name| name.as_str());
            let is_own = patch.operation != "MERGE" && name == Some(route.as_str()) && is_known(&route);
            if is_own {
                continue;
            }
            let what = if patch.operation == "MERGE" { "existing requests of" } else { "some requests to" };
            let message = format!("{object} puts {what} `{}` on the route `{route}` of the policy", workload.title());
            let help =
                "remove `filter_metadata.meshveil` from it, and let the policy's `routes` say which requests are meant";
            findings.push(Finding::new(CHECK.code, patch.span, message).help(help));
        }
    }
}
