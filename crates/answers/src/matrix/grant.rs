//! The most that a policy lets a source have: what it says about the callers that the source is.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use meshveil_plan::{Caller, Decisions, Identity, Others, Plan, Sees, Stage};
use meshveil_policy::Policy;
use meshveil_reach::{
    Reach,
    network::Endpoint,
    verdict::{
        Entry, Exposure, Form,
        form::{recognised, worst},
    },
};

/// By field, the form at worst and that in JSON where masking is on.
type Forms = BTreeMap<String, (Form, Form)>;

/// The plan once it is rolled out: what is only observed is not granted.
fn enforced(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    plan.stage = Stage::Enforce;
    plan.routes.iter_mut().for_each(|route| route.stage = None);
    plan
}

/// Grants some fields more.
fn add(granted: &mut Forms, more: Forms, is_meant: impl Fn(&str) -> bool) {
    for (field, form) in more.into_iter().filter(|(field, _)| is_meant(field)) {
        let known = granted.entry(field).or_insert(form);
        *known = (form.0.max(known.0), form.1.max(known.1));
    }
}

pub(super) struct Grant<'g> {
    reach: &'g Reach<'g>,
    policy: &'g Policy,
    plan: &'g Plan,
    decisions: Decisions,
    /// What a source that is no caller may have.
    unlisted: Forms,
}

impl<'g> Grant<'g> {
    pub(super) fn new(reach: &'g Reach<'g>, policy: &'g Policy, plan: &'g Plan) -> Self {
        let decisions = Decisions::new(enforced(plan));
        let mut unlisted = worst(&decisions, None);
        if policy.others == Others::Deny {
            // The network and the mesh let only callers and trusted hops in.
            unlisted.values_mut().for_each(|form| *form = (Form::Denied, Form::Denied));
        }
        Self { reach, policy, plan, decisions, unlisted }
    }

    /// What a source may have of each field. Behind a gateway it may have what the gateway may ask for; but what a gateway
    /// sees in clear as a caller of its own is granted to it, and not to those who ask it.
    pub(super) fn of(&self, source: Endpoint, exposures: &BTreeMap<String, Exposure>) -> Forms {
        let mut granted = self.unlisted.clone();
        if let Endpoint::Workload(at) = source {
            let principals = self.principals(at);
            let plan = self.without_strangers(at, &principals);
            let may_connect =
                |principal: &str| self.policy.others == Others::Masked || self.is_inbound(&plan, principal);
            for principal in principals.iter().filter(|principal| may_connect(principal)) {
                add(&mut granted, worst(&plan, Some(principal)), |_| true);
            }
        }
        let gateway = |exposure: &Exposure| match exposure.verdict.path.entry {
            Entry::Gateway(..) => exposure.verdict.principal.clone(),
            _ => None,
        };
        let gateways: BTreeSet<String> = exposures.values().filter_map(gateway).collect();
        for principal in gateways {
            let is_behind = |field: &str| exposures.get(field).and_then(gateway).as_ref() == Some(&principal);
            let mut plan = self.plan.clone();
            let own: Vec<&str> =
                recognised(&self.decisions, Some(&principal)).iter().map(|caller| caller.name.as_str()).collect();
            let mut own = plan.callers.iter_mut().filter(|caller| own.contains(&caller.name.as_str()));
            own.by_ref().for_each(|caller| caller.sees = Sees::default());
            add(&mut granted, worst(&Decisions::new(plan), Some(&principal)), is_behind);
        }
        granted
    }

    /// Whether a principal is a caller or a trusted hop.
    fn is_inbound(&self, plan: &Decisions, principal: &str) -> bool {
        let spiffe = format!("spiffe://{principal}");
        !recognised(plan, Some(principal)).is_empty() || self.plan.trusted_hops.contains(&spiffe)
    }

    /// The identities of a workload: the one it has in the mesh, and the one that the policy knows its ServiceAccount by,
    /// which a workload outside of the mesh cannot prove.
    fn principals(&self, at: usize) -> BTreeSet<String> {
        let Some(workload) = self.reach.manifests.workloads.get(at) else { return BTreeSet::new() };
        let account = format!("/ns/{}/sa/{}", workload.meta.namespace, workload.service_account);
        let identities = self.plan.callers.iter().flat_map(|caller| &caller.matches);
        let known = identities.filter_map(|identity| match identity {
            Identity::Principal(spiffe) => spiffe.strip_prefix("spiffe://").filter(|known| known.ends_with(&account)),
            _ => None,
        });
        known.map(str::to_owned).chain(self.reach.principal(at)).collect()
    }

    /// The plan without callers whose ServiceAccount a workload has, but not the labels of their pods: it is none of them.
    fn without_strangers(&self, at: usize, principals: &BTreeSet<String>) -> Cow<'_, Decisions> {
        let is_stranger = |caller: &Caller| {
            let known = self.policy.callers.iter().find(|known| known.name.value == caller.name);
            let pods = known.and_then(|known| known.pods.as_ref());
            let workload = self.reach.manifests.workloads.get(at);
            let has = |(key, value): (&String, &String)| {
                workload.is_some_and(|workload| workload.labels.get(key) == Some(value))
            };
            pods.is_some_and(|pods| !pods.value.iter().all(has))
        };
        let own = principals.iter().flat_map(|principal| recognised(&self.decisions, Some(principal)));
        let strangers: Vec<&str> =
            own.filter(|caller| is_stranger(caller)).map(|caller| caller.name.as_str()).collect();
        if strangers.is_empty() {
            return Cow::Borrowed(&self.decisions);
        }
        let mut plan = enforced(self.plan);
        plan.callers.retain(|caller| !strangers.contains(&caller.name.as_str()));
        Cow::Owned(Decisions::new(plan))
    }
}
