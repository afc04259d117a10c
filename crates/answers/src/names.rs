//! Names that people give workloads, callers, addresses and fields, looked up in what was read.

use std::net::IpAddr;

use meshveil_policy::Policy;
use meshveil_reach::{Reach, network::Endpoint};
use meshveil_text::nearest;

use crate::cluster::{Cluster, protected_by};

/// A name that means nothing here, or too much.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownName {
    /// Nothing has it.
    #[error("no {what} is called `{name}`")]
    Nothing {
        /// What was looked for.
        what: &'static str,
        /// The name.
        name: String,
        /// A name that may have been meant.
        near: Option<String>,
    },
    /// It is that of a caller whose pods are not here.
    #[error("no workload of these manifests is caller `{0}`")]
    NoPods(String),
    /// Several workloads have it.
    #[error("several workloads are called `{name}`: {}", .titles.iter().map(|title| format!("`{title}`")).collect::<Vec<_>>().join(", "))]
    Several {
        /// The name.
        name: String,
        /// What tells them apart.
        titles: Vec<String>,
    },
}

impl UnknownName {
    /// A name that may have been meant.
    #[must_use]
    pub fn near(&self) -> Option<&str> {
        match self {
            Self::Nothing { near, .. } => near.as_deref(),
            _ => None,
        }
    }

    fn nothing(what: &'static str, name: &str, near: Option<String>) -> Self {
        Self::Nothing { what, name: name.to_owned(), near }
    }
}

/// Looks names up.
#[derive(Debug, Clone, Copy)]
pub struct Names<'c> {
    cluster: &'c Cluster,
    reach: &'c Reach<'c>,
}

impl<'c> Names<'c> {
    /// Names in a cluster.
    #[must_use]
    pub fn new(cluster: &'c Cluster, reach: &'c Reach<'c>) -> Self {
        Self { cluster, reach }
    }

    /// Who asks: a workload as `namespace/name`, `namespace/name[Kind]` or `name`, an address, a title out of a matrix, or
    /// the name of a policy's caller, who may be several workloads.
    ///
    /// # Errors
    ///
    /// When nothing has the name, or several workloads do.
    pub fn sources(&self, text: &str) -> Result<Vec<Endpoint>, UnknownName> {
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
    ///
    /// # Errors
    ///
    /// When nothing has the name, or several workloads do.
    pub fn destinations(&self, text: &str) -> Result<Vec<usize>, UnknownName> {
        match self.workload(text, false) {
            Ok(workload) => Ok(vec![workload]),
            Err(error) => self.behind(text).filter(|found| !found.is_empty()).ok_or(error),
        }
    }

    /// Every workload of a namespace; the namespace must be known.
    ///
    /// # Errors
    ///
    /// When nothing has the name, or several workloads do.
    pub fn namespace(&self, name: &str) -> Result<Vec<usize>, UnknownName> {
        let namespaces = &self.cluster.manifests.namespaces;
        if !namespaces.contains_key(name) {
            let near = nearest(name, namespaces.keys().cloned());
            return Err(UnknownName::nothing("namespace", name, near));
        }
        let workloads = self.cluster.manifests.workloads.iter().enumerate();
        Ok(workloads.filter(|(_, workload)| workload.meta.namespace == name).map(|(at, _)| at).collect())
    }

    /// A sensitive field, `ssn` or `customers.ssn`, with the workloads that serve it.
    ///
    /// # Errors
    ///
    /// When nothing has the name, or several workloads do.
    pub fn field(&self, text: &str) -> Result<Vec<(&'c Policy, usize, String)>, UnknownName> {
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
            return Err(UnknownName::nothing("field", text, nearest(text, known)));
        }
        Ok(found)
    }

    fn address(&self, address: IpAddr) -> Option<Endpoint> {
        let workloads = &self.cluster.manifests.workloads;
        let pod = workloads.iter().position(|workload| workload.addresses.contains(&address));
        pod.map(Endpoint::Workload).or_else(|| self.reach.network.range_of(address))
    }

    /// The workloads that are a caller; `None` where no caller has this name.
    fn caller(&self, name: &str) -> Option<Result<Vec<Endpoint>, UnknownName>> {
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
            return self.workload(name, true).is_err().then(|| Err(UnknownName::NoPods(name.to_owned())));
        }
        Some(Ok(found))
    }

    fn workload(&self, text: &str, with_callers: bool) -> Result<usize, UnknownName> {
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
                let what = if with_callers { "workload or caller" } else { "workload or Service" };
                let near = nearest(path, names.chain(callers).filter(|name| name != path));
                Err(UnknownName::nothing(what, text, near))
            }
            several => {
                let titles = several.iter().map(|at| self.reach.network.title(Endpoint::Workload(*at)));
                Err(UnknownName::Several { name: text.to_owned(), titles: titles.collect() })
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
