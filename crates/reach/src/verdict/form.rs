//! In which form a field arrives.

use std::{borrow::Cow, collections::BTreeMap};

use meshveil_plan::{Caller, CheckedPlan, Decisions, Identity, Masking, Plan};
pub use meshveil_plan::{Cause, Form};
use serde::Deserialize;

use crate::mesh::authorization::Scope;
use crate::mesh::filter::{Running, routes_set};
use crate::network::Endpoint;
use crate::verdict::{Entry, Outcome, Reach, Verdict};

/// What a source gets of one field at worst.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// The form.
    pub form: Form,
    /// The form in JSON where masking is on: without what the filter lets through unread.
    pub in_json: Form,
    /// The path that leads there.
    pub verdict: Verdict,
}

/// Settings of a filter as what they decide, if they are a plan.
pub(super) fn read_plan(config: &serde_json::Value) -> Option<Decisions> {
    let plan = Plan::deserialize(config).ok()?.check().ok().map(CheckedPlan::into_plan)?;
    // What is observed beside it is not in force.
    Some(Decisions::new(Plan { next: None, ..plan }))
}

/// A principal as the filter sees it.
#[must_use]
pub fn spiffe(principal: Option<&str>) -> Option<String> {
    principal.map(|principal| format!("spiffe://{principal}"))
}

/// The callers that a plan takes a principal for.
#[must_use]
pub fn recognised<'p>(plan: &'p Decisions, principal: Option<&str>) -> Vec<&'p Caller> {
    let (_, fitting) = plan.caller_of(spiffe(principal).as_deref());
    fitting.into_iter().filter_map(|caller| plan.plan().callers.get(caller)).collect()
}

/// The callers that a plan believes a principal to ask for: those known by a header, where it is a trusted hop.
#[must_use]
pub fn asks_for<'p>(plan: &'p Decisions, principal: Option<&str>) -> Vec<&'p Caller> {
    let is_hop = plan.callers().headers_from(spiffe(principal).as_deref()).next().is_some();
    let by_header =
        |caller: &&Caller| caller.matches.iter().any(|identity| matches!(identity, Identity::Header { .. }));
    plan.plan().callers.iter().filter(|_| is_hop).filter(by_header).collect()
}

/// What a plan shows to a principal at worst, and in JSON where masking is on, by field.
#[must_use]
pub fn worst(plan: &Decisions, principal: Option<&str>) -> BTreeMap<String, (Form, Form)> {
    let worst = plan.worst(spiffe(principal).as_deref());
    plan.plan()
        .fields
        .iter()
        .zip(worst)
        .map(|(field, worst)| (field.name.clone(), (worst.form, worst.in_json)))
        .collect()
}

/// The identity in the certificate that a workload shows outside a mesh: that of its ServiceAccount, in the trust domain in
/// which a plan knows it, or else in the mesh's.
pub(super) fn identity_in(reach: &Reach<'_>, plan: Option<&Decisions>, workload: usize) -> String {
    let Some(workload) = reach.manifests.workloads.get(workload) else { return String::new() };
    let account = format!("/ns/{}/sa/{}", workload.meta.namespace, workload.service_account);
    let identities = plan.into_iter().flat_map(|plan| &plan.plan().callers).flat_map(|caller| &caller.matches);
    let mut known = identities.filter_map(|identity| match identity {
        Identity::Principal(spiffe) => spiffe.strip_prefix("spiffe://").filter(|known| known.ends_with(&account)),
        _ => None,
    });
    known.next().map_or_else(|| format!("{}{account}", reach.manifests.mesh.trust_domain), str::to_owned)
}

impl Reach<'_> {
    /// The fields of a plan as a verdict serves them. Where the filter on the way has a plan of its own, that plan counts;
    /// a filter whose settings are an invalid plan masks nothing.
    #[must_use]
    pub fn forms(&self, plan: &Plan, verdict: &Verdict) -> BTreeMap<String, Form> {
        self.arrivals(plan, verdict).into_iter().map(|(field, (form, _))| (field, form)).collect()
    }

    /// The same with the form in JSON where masking is on.
    fn arrivals(&self, plan: &Plan, verdict: &Verdict) -> BTreeMap<String, (Form, Form)> {
        let of_all = |form: Form| plan.fields.iter().map(|field| (field.name.clone(), (form, form))).collect();
        match &verdict.outcome {
            Outcome::Unreachable => return of_all(Form::Unreachable),
            Outcome::Denied => return of_all(Form::Denied),
            Outcome::Served { .. } if verdict.doubt.is_some() => return of_all(Form::Unknown),
            Outcome::Served { .. } => {}
        }
        let Some(own) = self.filter_on_the_way(verdict) else { return of_all(Form::Clear) };
        if self.is_put_on_open_route(&own, verdict) {
            return of_all(Form::Clear);
        }
        let mut shown = worst(&own, verdict.principal.as_deref());
        let mut form = |name: &String| shown.remove(name).unwrap_or((Form::Clear, Form::Clear));
        plan.fields.iter().map(|field| (field.name.clone(), form(&field.name))).collect()
    }

    /// Whether an EnvoyFilter puts existing requests on a route of the plan where masking is off. A filter that compares the route's
    /// own conditions does not follow it; which release of the filter runs is not known.
    fn is_put_on_open_route(&self, own: &Decisions, verdict: &Verdict) -> bool {
        let is_off =
            |name: &str| own.plan().routes.iter().any(|route| route.name == name && route.masking == Masking::Off);
        if !own.plan().routes.iter().any(|route| is_off(&route.name)) {
            return false;
        }
        if let Entry::Listener(at) = verdict.path.entry {
            // A rule of the route gives requests another path behind the filter.
            return self.passages().get(at).is_some_and(|passage| passage.rewrites);
        }
        let Some(workload) = self.manifests.workloads.get(verdict.path.destination) else { return false };
        let set = routes_set(self.manifests, Scope::Sidecar(workload));
        set.into_iter().any(|(_, patch, route)| patch.operation == "MERGE" && is_off(&route))
    }

    /// What the filter on the way decides, if its settings are a plan.
    #[must_use]
    pub fn filter_on_the_way(&self, verdict: &Verdict) -> Option<Cow<'_, Decisions>> {
        let Outcome::Served { filter: Some(running) } = &verdict.outcome else { return None };
        self.plan_by(running)
    }

    /// What a filter decides, if its settings are a plan.
    pub(super) fn plan_by(&self, running: &Running) -> Option<Cow<'_, Decisions>> {
        match running.extension {
            Some(at) => self.plans.get(at).and_then(Option::as_ref).map(Cow::Borrowed),
            None => read_plan(&running.config).map(Cow::Owned),
        }
    }

    /// The settings of the filter on the way, if they are a plan.
    #[must_use]
    pub fn plan_on_the_way(&self, verdict: &Verdict) -> Option<Plan> {
        self.filter_on_the_way(verdict).map(|own| own.plan().clone())
    }

    /// The plan of the filter that protects a workload, if its settings are one.
    #[must_use]
    pub fn plan_of(&self, workload: usize) -> Option<Plan> {
        use crate::mesh::filter;
        let at = workload;
        let workload = self.manifests.workloads.get(workload)?;
        let ports = self.declared_ports(workload);
        let sidecar =
            ports.keys().find_map(|p| filter::running(self.manifests, &self.filter, Scope::Sidecar(workload), *p).ok());
        let at_waypoint = || {
            self.manifests.services.iter().filter(|s| s.leads_to(workload)).find_map(|service| {
                let crate::mesh::waypoint::Waypoint::Found(gateway) =
                    crate::mesh::waypoint::of_service(self.manifests, service)
                else {
                    return None;
                };
                let scope = Scope::Waypoint {
                    namespace: &gateway.meta.namespace,
                    gateway: &gateway.meta.name,
                    service: Some((&service.meta.namespace, &service.meta.name)),
                };
                ports.keys().find_map(|port| filter::running(self.manifests, &self.filter, scope, *port).ok())
            })
        };
        let at_edge = || self.passages_to(at).find_map(|passage| passage.filter.clone().ok());
        let running = sidecar.or_else(at_waypoint).or_else(at_edge)?;
        read_plan(&running.config).map(|own| own.plan().clone())
    }

    /// What a source gets of each field of a workload at worst, over all paths.
    #[must_use]
    pub fn exposure(&self, source: Endpoint, destination: usize, plan: &Plan) -> BTreeMap<String, Exposure> {
        let mut worst: BTreeMap<String, Exposure> = BTreeMap::new();
        for path in self.paths(source, destination) {
            let verdict = self.verdict(&path);
            for (field, (form, in_json)) in self.arrivals(plan, &verdict) {
                // Among equals a path to a declared port says more.
                let better = |known: &Exposure| {
                    (form, in_json, path.declared) > (known.form, known.in_json, known.verdict.path.declared)
                };
                if worst.get(&field).is_none_or(better) {
                    worst.insert(field, Exposure { form, in_json, verdict: verdict.clone() });
                }
            }
        }
        worst
    }
}
