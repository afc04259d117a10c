//! In which form a field arrives.

use std::collections::BTreeMap;

use meshveil_mask::MaskSpec;
use meshveil_plan::{Caller, CheckedPlan, Identity, Others, Plan, Sees};
use serde::Deserialize;

use crate::network::Endpoint;
use crate::verdict::{Outcome, Reach, Verdict};

/// The form of a field, the least exposed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// No connection.
    Unreachable,
    /// A connection, but no response.
    Denied,
    /// A value that shows nothing of the original.
    Masked,
    /// Some characters of the original.
    Partial,
    /// The original.
    Clear,
}

impl Form {
    /// The word reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Denied => "denied",
            Self::Masked => "masked",
            Self::Partial => "partial",
            Self::Clear => "clear",
        }
    }
}

/// What a source gets of one field at worst.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// The form.
    pub form: Form,
    /// The path that leads there.
    pub verdict: Verdict,
}

/// Settings of a filter as a plan, if they are one.
pub(super) fn read_plan(config: &serde_json::Value) -> Option<Plan> {
    Plan::deserialize(config).ok()?.check().ok().map(CheckedPlan::into_plan)
}

/// The fields of a plan as an outcome serves them; `own` is the plan of the filter on the way.
fn forms(plan: &Plan, own: Option<&Plan>, verdict: &Verdict) -> BTreeMap<String, Form> {
    let of_all = |form: Form| plan.fields.iter().map(|field| (field.name.clone(), form)).collect();
    match &verdict.outcome {
        Outcome::Unreachable => of_all(Form::Unreachable),
        Outcome::Denied => of_all(Form::Denied),
        Outcome::Served { filter: None } => of_all(Form::Clear),
        Outcome::Served { filter: Some(_) } => {
            let Some(own) = own else { return of_all(Form::Clear) };
            let seen = view(own, verdict.principal.as_deref());
            plan.fields
                .iter()
                .map(|field| (field.name.clone(), seen.get(&field.name).copied().unwrap_or(Form::Clear)))
                .collect()
        }
    }
}

/// The callers that a plan takes a principal for.
#[must_use]
pub fn recognised<'p>(plan: &'p Plan, principal: Option<&str>) -> Vec<&'p Caller> {
    let spiffe = principal.map(|principal| format!("spiffe://{principal}"));
    let is_caller =
        |identity: &Identity| matches!(identity, Identity::Principal(known) if Some(known) == spiffe.as_ref());
    plan.callers.iter().filter(|caller| caller.matches.iter().any(is_caller)).collect()
}

/// The callers that a plan believes a principal to ask for: those known by a header, where it is a trusted hop.
#[must_use]
pub fn asks_for<'p>(plan: &'p Plan, principal: Option<&str>) -> Vec<&'p Caller> {
    let spiffe = principal.map(|principal| format!("spiffe://{principal}"));
    let is_hop = spiffe.is_some_and(|spiffe| plan.trusted_hops.contains(&spiffe));
    let by_header =
        |caller: &&Caller| caller.matches.iter().any(|identity| matches!(identity, Identity::Header { .. }));
    plan.callers.iter().filter(|_| is_hop).filter(by_header).collect()
}

/// What a plan shows to a principal at most. A caller is recognised by its certificate, or by the header of a hop that is
/// trusted; tokens are not looked at. Where several callers are recognised at once, each field has its strictest form.
#[must_use]
pub fn view(plan: &Plan, principal: Option<&str>) -> BTreeMap<String, Form> {
    let own = recognised(plan, principal);
    let with = |caller| own.iter().copied().chain(std::iter::once(caller)).collect();
    let guises: Vec<Vec<&Caller>> =
        std::iter::once(own.clone()).chain(asks_for(plan, principal).into_iter().map(with)).collect();
    let form = |field: &meshveil_plan::Field, callers: &[&Caller]| {
        if callers.is_empty() && plan.others == Others::Deny {
            return Form::Denied;
        }
        let sees = |sees: &Sees| match sees {
            Sees::All => true,
            Sees::Fields(names) => names.contains(&field.name),
        };
        if !callers.is_empty() && callers.iter().all(|caller| sees(&caller.sees)) {
            Form::Clear
        } else {
            masked(&field.mask)
        }
    };
    let most = |field| guises.iter().map(|callers| form(field, callers)).max().unwrap_or(Form::Denied);
    plan.fields.iter().map(|field| (field.name.clone(), most(field))).collect()
}

fn masked(mask: &MaskSpec) -> Form {
    if mask.reveals().shows_part() { Form::Partial } else { Form::Masked }
}

impl Reach<'_> {
    /// The fields of a plan as a verdict serves them. Where the filter on the way has a plan of its own, that plan counts;
    /// a filter whose settings are no plan masks nothing.
    #[must_use]
    pub fn forms(&self, plan: &Plan, verdict: &Verdict) -> BTreeMap<String, Form> {
        let Outcome::Served { filter: Some(running) } = &verdict.outcome else { return forms(plan, None, verdict) };
        match running.extension {
            Some(at) => forms(plan, self.plans.get(at).and_then(Option::as_ref), verdict),
            None => forms(plan, read_plan(&running.config).as_ref(), verdict),
        }
    }

    /// The settings of the filter on the way, if they are a plan.
    #[must_use]
    pub fn plan_on_the_way(&self, verdict: &Verdict) -> Option<Plan> {
        let Outcome::Served { filter: Some(running) } = &verdict.outcome else { return None };
        match running.extension {
            Some(at) => self.plans.get(at).cloned().flatten(),
            None => read_plan(&running.config),
        }
    }

    /// The plan of the filter that protects a workload, if its settings are one.
    #[must_use]
    pub fn plan_of(&self, workload: usize) -> Option<Plan> {
        use crate::mesh::authorization::Scope;
        use crate::mesh::filter;
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
        let running = sidecar.or_else(at_waypoint)?;
        read_plan(&running.config)
    }

    /// What a source gets of each field of a workload at worst, over all paths.
    #[must_use]
    pub fn exposure(&self, source: Endpoint, destination: usize, plan: &Plan) -> BTreeMap<String, Exposure> {
        let mut worst: BTreeMap<String, Exposure> = BTreeMap::new();
        for path in self.paths(source, destination) {
            let verdict = self.verdict(&path);
            for (field, form) in self.forms(plan, &verdict) {
                // Among equals a path to a declared port says more.
                let better = |known: &Exposure| (form, path.declared) > (known.form, known.verdict.path.declared);
                if worst.get(&field).is_none_or(better) {
                    worst.insert(field, Exposure { form, verdict: verdict.clone() });
                }
            }
        }
        worst
    }
}
