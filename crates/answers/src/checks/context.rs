//! What the checks look at: the cluster, and which of its workloads hold sensitive data.

use meshveil_plan::{Identity, Plan};
use meshveil_policy::ServiceAccount;

use meshveil_reach::edge::Passage;
use meshveil_reach::manifest::Manifests;
use meshveil_reach::manifest::kinds::workload::Workload;
use meshveil_reach::mesh::enrollment::Plane;
use meshveil_reach::mesh::filter;
use meshveil_reach::verdict::Reach;

/// A workload that holds sensitive data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protected {
    /// Index into [`Manifests::workloads`].
    pub workload: usize,
    /// Its ports with sensitive responses; every declared port where empty.
    pub ports: Vec<u16>,
    /// Who may call it.
    pub callers: Vec<ServiceAccount>,
}

/// What the checks look at.
#[derive(Debug, Clone)]
pub struct Context<'r, 'm> {
    /// The cluster.
    pub reach: &'r Reach<'m>,
    /// The workloads that hold sensitive data.
    pub protected: Vec<Protected>,
}

impl<'r, 'm> Context<'r, 'm> {
    /// With the protected workloads a policy names.
    #[must_use]
    pub fn new(reach: &'r Reach<'m>, protected: Vec<Protected>) -> Self {
        Self { reach, protected }
    }

    /// With the workloads that the masking filter is meant for, beside them, at their waypoint, or at a Gateway.
    #[must_use]
    pub fn inferred(reach: &'r Reach<'m>) -> Self {
        let manifests = reach.manifests;
        let behind_waypoint = |workload: &Workload| {
            let mut services = manifests.services.iter().filter(|service| service.leads_to(workload));
            services.any(|service| filter::serves(manifests, &reach.filter, service))
        };
        let workloads = manifests.workloads.iter().enumerate();
        let at_edge = |at: usize| reach.passages_to(at).any(Passage::is_meant);
        let meant = workloads
            .filter(|(at, w)| filter::protects(manifests, &reach.filter, w) || behind_waypoint(w) || at_edge(*at));
        let protected = meant.filter(|(at, _)| reach.enrolled(*at) != Plane::Proxy).map(|(at, _)| Protected {
            workload: at,
            ports: Vec::new(),
            callers: callers(reach.plan_of(at).as_ref()),
        });
        Self { reach, protected: protected.collect() }
    }

    /// The manifests.
    #[must_use]
    pub fn manifests(&self) -> &'m Manifests {
        self.reach.manifests
    }

    /// Every protected workload.
    pub fn each(&self) -> impl Iterator<Item = (&Protected, &'m Workload)> {
        let manifests = self.reach.manifests;
        self.protected.iter().filter_map(|p| Some((p, manifests.workloads.get(p.workload)?)))
    }

    /// The sensitive ports of a protected workload.
    #[must_use]
    pub fn ports(&self, protected: &Protected, workload: &Workload) -> Vec<u16> {
        if protected.ports.is_empty() {
            self.reach.declared_ports(workload).into_keys().collect()
        } else {
            protected.ports.clone()
        }
    }

    /// Whether a workload is protected.
    #[must_use]
    pub fn is_protected(&self, workload: usize) -> bool {
        self.protected.iter().any(|p| p.workload == workload)
    }
}

/// The callers a plan knows by certificate.
#[must_use]
pub fn callers(plan: Option<&Plan>) -> Vec<ServiceAccount> {
    let matches = plan.into_iter().flat_map(|plan| &plan.callers).flat_map(|caller| &caller.matches);
    let mut callers: Vec<ServiceAccount> = matches
        .filter_map(|identity| match identity {
            Identity::Principal(id) => {
                let (_, rest) = id.split_once("/ns/")?;
                let (namespace, account) = rest.split_once("/sa/")?;
                Some(ServiceAccount { namespace: namespace.to_owned(), name: account.to_owned() })
            }
            _ => None,
        })
        .collect();
    callers.sort();
    callers.dedup();
    callers
}
