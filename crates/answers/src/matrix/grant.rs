//! The most that a policy lets a source have: what it says about the callers that the source is.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use meshveil_plan::{Caller, Identity, Plan};
use meshveil_policy::Policy;
use meshveil_reach::{
    Reach,
    network::Endpoint,
    verdict::{
        Entry, Exposure, Form,
        form::{recognised, view},
    },
};

/// Forms by field.
type Forms = BTreeMap<String, Form>;

/// Grants some fields more.
fn add(granted: &mut Forms, more: Forms, is_meant: impl Fn(&str) -> bool) {
    for (field, form) in more.into_iter().filter(|(field, _)| is_meant(field)) {
        let known = granted.entry(field).or_insert(form);
        *known = form.max(*known);
    }
}

pub(super) struct Grant<'g> {
    reach: &'g Reach<'g>,
    policy: &'g Policy,
    plan: &'g Plan,
}

impl<'g> Grant<'g> {
    pub(super) fn new(reach: &'g Reach<'g>, policy: &'g Policy, plan: &'g Plan) -> Self {
        Self { reach, policy, plan }
    }

    /// What a source may have of each field. Behind a gateway it may have what the gateway may have.
    pub(super) fn of(&self, source: Endpoint, exposures: &BTreeMap<String, Exposure>) -> Forms {
        let mut granted = view(self.plan, None);
        if let Endpoint::Workload(at) = source {
            let principals = self.principals(at);
            let plan = self.without_strangers(at, &principals);
            for principal in &principals {
                add(&mut granted, view(&plan, Some(principal)), |_| true);
            }
        }
        let gateway = |exposure: &Exposure| match exposure.verdict.path.entry {
            Entry::Gateway(..) => exposure.verdict.principal.clone(),
            _ => None,
        };
        let gateways: BTreeSet<String> = exposures.values().filter_map(gateway).collect();
        for principal in gateways {
            let is_behind = |field: &str| exposures.get(field).and_then(gateway).as_ref() == Some(&principal);
            add(&mut granted, view(self.plan, Some(&principal)), is_behind);
        }
        granted
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
    fn without_strangers(&self, at: usize, principals: &BTreeSet<String>) -> Cow<'g, Plan> {
        let is_stranger = |caller: &Caller| {
            let known = self.policy.callers.iter().find(|known| known.name.value == caller.name);
            let pods = known.and_then(|known| known.pods.as_ref());
            let workload = self.reach.manifests.workloads.get(at);
            let has = |(key, value): (&String, &String)| {
                workload.is_some_and(|workload| workload.labels.get(key) == Some(value))
            };
            pods.is_some_and(|pods| !pods.value.iter().all(has))
        };
        let own = principals.iter().flat_map(|principal| recognised(self.plan, Some(principal)));
        let strangers: Vec<&str> =
            own.filter(|caller| is_stranger(caller)).map(|caller| caller.name.as_str()).collect();
        if strangers.is_empty() {
            return Cow::Borrowed(self.plan);
        }
        let mut plan = self.plan.clone();
        plan.callers.retain(|caller| !strangers.contains(&caller.name.as_str()));
        Cow::Owned(plan)
    }
}
