//! The most that a policy lets a source have: what it says about the callers that the source is.

use meshveil_engine::plan::{Caller, Identity, Plan};
use meshveil_policy::Policy;
use meshveil_reach::{
    Reach,
    network::Endpoint,
    verdict::{
        Entry, Form, Verdict,
        form::{recognised, view},
    },
};

pub(super) struct Grant<'g> {
    reach: &'g Reach<'g>,
    policy: &'g Policy,
    plan: &'g Plan,
}

impl<'g> Grant<'g> {
    pub(super) fn new(reach: &'g Reach<'g>, policy: &'g Policy, plan: &'g Plan) -> Self {
        Self { reach, policy, plan }
    }

    /// What a source may have of a field on a path. Behind a gateway it may have what the gateway may have.
    pub(super) fn of(&self, source: Endpoint, verdict: &Verdict, field: &str) -> Form {
        let form = |plan: &Plan, principal: Option<&str>| view(plan, principal).get(field).copied();
        let mut granted = vec![form(self.plan, None)];
        if matches!(verdict.path.entry, Entry::Gateway(..)) {
            granted.push(form(self.plan, verdict.principal.as_deref()));
        }
        if let Endpoint::Workload(at) = source {
            let principals = self.principals(at);
            let plan = self.without_strangers(at, &principals);
            granted.extend(principals.iter().map(|principal| form(&plan, Some(principal))));
        }
        granted.into_iter().flatten().max().unwrap_or(Form::Denied)
    }

    /// The identities of a workload: the one it has in the mesh, and the one that the policy knows its ServiceAccount by,
    /// which a workload outside of the mesh cannot prove.
    fn principals(&self, at: usize) -> Vec<String> {
        let Some(workload) = self.reach.manifests.workloads.get(at) else { return Vec::new() };
        let account = format!("/ns/{}/sa/{}", workload.meta.namespace, workload.service_account);
        let identities = self.plan.callers.iter().flat_map(|caller| &caller.matches);
        let known = identities.filter_map(|identity| match identity {
            Identity::Principal(spiffe) => spiffe.strip_prefix("spiffe://").filter(|known| known.ends_with(&account)),
            _ => None,
        });
        known.map(str::to_owned).chain(self.reach.principal(at)).collect()
    }

    /// The plan without callers whose ServiceAccount a workload has, but not the labels of their pods: it is none of them.
    fn without_strangers(&self, at: usize, principals: &[String]) -> Plan {
        let mut plan = self.plan.clone();
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
        plan.callers.retain(|caller| !strangers.contains(&caller.name.as_str()));
        plan
    }
}
