//! Names that people give workloads, callers, addresses and fields, looked up in what was read.

use std::net::IpAddr;

use meshveil_policy::Policy;
use meshveil_reach::{Reach, network::Endpoint, verdict::Form};
pub(crate) use meshveil_text::nearest;

use crate::cluster::{Cluster, protected_by};

/// A name that means nothing here, or too much.
#[derive(Debug, thiserror::Error)]
#[error("{message}{}", self.hint())]
pub(crate) struct NoName {
    /// What is wrong, in words.
    pub(crate) message: String,
    /// A name that may have been meant.
    pub(crate) near: Option<String>,
}

impl NoName {
    fn new(message: String) -> Self {
        Self { message, near: None }
    }

    fn hint(&self) -> String {
        self.near.as_ref().map(|near| format!(": did you mean `{near}`?")).unwrap_or_default()
    }
}

/// `ssn and card partial, notes masked`: fields that come in one form together, in their order.
pub(crate) fn by_form<'f>(fields: impl IntoIterator<Item = (&'f str, Form)>) -> String {
    let mut groups: Vec<(Form, Vec<&str>)> = Vec::new();
    for (field, form) in fields {
        match groups.iter_mut().find(|(known, _)| *known == form) {
            Some((_, names)) => names.push(field),
            None => groups.push((form, vec![field])),
        }
    }
    if let [(form, [_, _, ..])] = groups.iter().map(|(form, names)| (form, names.as_slice())).collect::<Vec<_>>()[..] {
        return format!("every field {}", form.name());
    }
    let group = |(form, names): &(Form, Vec<&str>)| format!("{} {}", and(names), form.name());
    groups.iter().map(group).collect::<Vec<_>>().join(", ")
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn and(words: &[impl AsRef<str>]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Looks names up.
pub(crate) struct Names<'c> {
    cluster: &'c Cluster,
    reach: &'c Reach<'c>,
}

impl<'c> Names<'c> {
    pub(crate) fn new(cluster: &'c Cluster, reach: &'c Reach<'c>) -> Self {
        Self { cluster, reach }
    }

    /// Who asks: a workload as `namespace/name`, `namespace/name[Kind]` or `name`, an address, a title out of a matrix, or
    /// the name of a policy's caller, who may be several workloads.
    pub(crate) fn sources(&self, text: &str) -> Result<Vec<Endpoint>, NoName> {
        if let Some(endpoint) = self.reach.network.endpoints().find(|at| self.reach.network.title(*at) == text) {
            return Ok(vec![endpoint]);
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(self.address(address).into_iter().collect());
        }
        if let Some(workloads) = self.caller(text) {
            return workloads;
        }
        self.workload(text, true).map(|workload| vec![Endpoint::Workload(workload)])
    }

    /// Who is asked: a workload, the Service in front of it, or the policy that protects it.
    pub(crate) fn destinations(&self, text: &str) -> Result<Vec<usize>, NoName> {
        match self.workload(text, false) {
            Ok(workload) => Ok(vec![workload]),
            Err(error) => self.behind(text).filter(|found| !found.is_empty()).ok_or(error),
        }
    }

    /// Every workload of a namespace; the namespace must be known.
    pub(crate) fn namespace(&self, name: &str) -> Result<Vec<usize>, NoName> {
        let namespaces = &self.cluster.manifests.namespaces;
        if !namespaces.contains_key(name) {
            let near = nearest(name, namespaces.keys().cloned());
            return Err(NoName { message: format!("no namespace is called `{name}`"), near });
        }
        let workloads = self.cluster.manifests.workloads.iter().enumerate();
        Ok(workloads.filter(|(_, workload)| workload.meta.namespace == name).map(|(at, _)| at).collect())
    }

    /// A sensitive field, `ssn` or `customers.ssn`, with the workloads that serve it.
    pub(crate) fn field(&self, text: &str) -> Result<Vec<(&'c Policy, usize, String)>, NoName> {
        let protected = self.cluster.protected(self.reach);
        let title = |workload: usize| self.reach.manifests.workloads.get(workload).map(|w| &w.meta);
        let is_named = |policy: &Policy, workload: usize, owner: &str| {
            let (namespace, name) = owner.split_once('/').unwrap_or(("", owner));
            let fits =
                |own_namespace: &str, own: &str| own == name && (namespace.is_empty() || namespace == own_namespace);
            fits(&policy.namespace.value, &policy.name.value)
                || title(workload).is_some_and(|meta| fits(&meta.namespace, &meta.name))
        };
        let has = |policy: &Policy, field: &str| policy.fields.iter().any(|known| known.name.value == field);
        let mut found = Vec::new();
        for (policy, workload) in &protected {
            if has(policy, text) {
                found.push((*policy, *workload, text.to_owned()));
            } else if let Some((owner, field)) = text.rsplit_once('.')
                && has(policy, field)
                && is_named(policy, *workload, owner)
            {
                found.push((*policy, *workload, field.to_owned()));
            }
        }
        if found.is_empty() {
            let known = protected.iter().flat_map(|(policy, _)| &policy.fields).map(|field| field.name.value.clone());
            return Err(NoName { message: format!("no field is called `{text}`"), near: nearest(text, known) });
        }
        Ok(found)
    }

    fn address(&self, address: IpAddr) -> Option<Endpoint> {
        let workloads = &self.cluster.manifests.workloads;
        let pod = workloads.iter().position(|workload| workload.addresses.contains(&address));
        pod.map(Endpoint::Workload).or_else(|| self.reach.network.range_of(address))
    }

    /// The workloads that are a caller; `None` where no caller has this name.
    fn caller(&self, name: &str) -> Option<Result<Vec<Endpoint>, NoName>> {
        let callers = self.cluster.policies.iter().flat_map(|policy| &policy.callers);
        let callers: Vec<_> = callers.filter(|caller| caller.name.value == name).collect();
        if callers.is_empty() {
            return None;
        }
        let is_one = |at: usize| {
            self.cluster.manifests.workloads.get(at).is_some_and(|workload| {
                callers.iter().any(|caller| {
                    let account = caller.service_account.as_ref().map(|account| &account.value);
                    account.is_some_and(|account| {
                        account.namespace == workload.meta.namespace && account.name == workload.service_account
                    }) && caller
                        .pods
                        .iter()
                        .flat_map(|pods| &pods.value)
                        .all(|(key, value)| workload.labels.get(key) == Some(value))
                })
            })
        };
        let found: Vec<Endpoint> =
            (0..self.cluster.manifests.workloads.len()).filter(|at| is_one(*at)).map(Endpoint::Workload).collect();
        if found.is_empty() {
            // A caller without pods here may share its name with a workload.
            return self.workload(name, true).is_err().then(|| {
                let message = format!("no workload of these manifests is caller `{name}`");
                Err(NoName::new(message))
            });
        }
        Some(Ok(found))
    }

    fn workload(&self, text: &str, with_callers: bool) -> Result<usize, NoName> {
        let (path, kind) = match text.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
            Some((path, kind)) => (path, Some(kind)),
            None => (text, None),
        };
        let (namespace, name) = match path.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, path),
        };
        let workloads = &self.cluster.manifests.workloads;
        let fits = |at: &usize| {
            workloads.get(*at).is_some_and(|workload| {
                let meta = &workload.meta;
                meta.name == name
                    && namespace.is_none_or(|namespace| namespace == meta.namespace)
                    && kind.is_none_or(|kind| kind.eq_ignore_ascii_case(&meta.kind))
            })
        };
        let found: Vec<usize> = (0..workloads.len()).filter(fits).collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => {
                let callers = self.cluster.policies.iter().flat_map(|policy| &policy.callers);
                let callers = callers.filter(|_| with_callers).map(|caller| caller.name.value.clone());
                let names = workloads.iter().map(|workload| match namespace {
                    Some(_) => format!("{}/{}", workload.meta.namespace, workload.meta.name),
                    None => workload.meta.name.clone(),
                });
                let what = if with_callers { "no workload or caller" } else { "no workload or Service" };
                let near = nearest(path, names.chain(callers).filter(|name| name != path));
                Err(NoName { message: format!("{what} is called `{text}`"), near })
            }
            several => {
                let titles =
                    several.iter().map(|at| format!("`{}`", self.reach.network.title(Endpoint::Workload(*at))));
                let titles = titles.collect::<Vec<_>>().join(", ");
                Err(NoName::new(format!("several workloads are called `{text}`: {titles}")))
            }
        }
    }

    /// The workloads behind a Service, or those a policy protects.
    fn behind(&self, text: &str) -> Option<Vec<usize>> {
        let (namespace, name) = text.split_once('/').map_or((None, text), |(namespace, name)| (Some(namespace), name));
        let fits = |own_namespace: &str, own: &str| own == name && namespace.is_none_or(|n| n == own_namespace);
        let workloads = &self.cluster.manifests.workloads;
        let services = self.cluster.manifests.services.iter();
        let services: Vec<_> = services.filter(|s| fits(&s.meta.namespace, &s.meta.name)).collect();
        if !services.is_empty() {
            let led_to = |at: &usize| workloads.get(*at).is_some_and(|w| services.iter().any(|s| s.leads_to(w)));
            return Some((0..workloads.len()).filter(led_to).collect());
        }
        let policy = self.cluster.policies.iter().find(|p| fits(&p.namespace.value, &p.name.value))?;
        Some(protected_by(policy, self.reach))
    }
}
