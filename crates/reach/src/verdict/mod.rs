//! Network and mesh together: what becomes of a request on one path, step by step, and in which form a field arrives.

mod doubt;
pub mod form;
mod ordinary;
pub mod path;
pub mod reason;
mod remedy;
mod walk;

pub use doubt::{Doubt, Possible, Unknown};
pub use form::{Exposure, Form};
pub use ordinary::Ordinary;
pub use path::{Credential, Entry, Path};
pub use reason::Reason;
pub use remedy::{Peer, Remedy};

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use meshveil_plan::Decisions;
use meshveil_text::Span;

use crate::cluster::enrollment::{self, Enrollment};
use crate::cluster::{Cluster, Plane};
use crate::edge::{Edge, Passage};
use crate::mesh::filter::{FilterNames, Running};
use crate::mesh::request::Http;
use crate::network::{Network, NetworkOptions};
use crate::verdict::doubt::Doubts;

/// What manifests cannot say.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// About the network.
    pub network: NetworkOptions,
    /// How the masking filter is recognised.
    pub filter: FilterNames,
}

/// Everything that is needed to answer who reaches what.
#[derive(Debug, Clone)]
pub struct Reach<'m> {
    /// The manifests.
    pub manifests: &'m Cluster,
    /// The network.
    pub network: Network<'m>,
    /// What carries each workload's traffic, by index.
    pub enrollments: Vec<Enrollment>,
    /// How the masking filter is recognised.
    pub filter: FilterNames,
    /// The settings of each extension and of each masking module at the edge, read as a plan once.
    plans: Vec<Option<Decisions>>,
    /// Indices of Services by namespace.
    services: HashMap<&'m str, Vec<usize>>,
    /// By Service: routes that lead to it, with the workloads of their gateways.
    ways: HashMap<usize, Vec<(usize, usize)>>,
    /// What may be open without it being known.
    doubts: Doubts,
    /// Ways in by Envoy Gateway.
    edge: Edge,
    /// By workload: ports that rules of the mesh tell apart, where they were asked for.
    told_apart: Vec<OnceLock<BTreeSet<u16>>>,
}

impl<'m> Reach<'m> {
    /// Resolves manifests.
    #[must_use]
    pub fn new(manifests: &'m Cluster, options: &Options) -> Self {
        let mut services: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, service) in manifests.services.iter().enumerate() {
            services.entry(&service.meta.namespace).or_default().push(at);
        }
        let edge = Edge::new(manifests, &options.filter);
        let mut doubts = Doubts::new(manifests);
        for doubt in edge.passages.iter().filter_map(|passage| passage.doubt.as_ref()) {
            doubts.add_edge(doubt);
        }
        let settings = manifests.extensions.iter().map(|extension| &extension.config).chain(&edge.modules);
        let mut reach = Self {
            manifests,
            network: Network::new(manifests, &options.network),
            enrollments: manifests.workloads.iter().map(|w| enrollment::enrollment(manifests, w)).collect(),
            filter: options.filter.clone(),
            plans: settings.map(|config| form::read_plan(config)).collect(),
            services,
            ways: HashMap::new(),
            doubts,
            edge,
            told_apart: vec![OnceLock::new(); manifests.workloads.len()],
        };
        reach.ways = reach.ways();
        reach
    }

    /// The answer to a question, were some NetworkPolicies not there.
    pub fn without_policies<T>(&mut self, policies: &[usize], question: impl FnOnce(&Self) -> T) -> T {
        let taken = self.network.take(policies);
        let answer = question(self);
        self.network.put_back(taken);
        answer
    }

    /// `cluster.local/ns/shop/sa/web`: the identity of a workload in the mesh, or that it may have there.
    #[must_use]
    pub fn principal(&self, workload: usize) -> Option<String> {
        let enrollment = self.enrollments.get(workload)?;
        let workload = self.manifests.workloads.get(workload)?;
        if !enrollment.has_identity() && !enrollment::may_have_identity(self.manifests, workload, enrollment) {
            return None;
        }
        let domain = &self.manifests.mesh.trust_domain;
        Some(format!("{domain}/ns/{}/sa/{}", workload.meta.namespace, workload.service_account))
    }

    /// Every way in by Envoy Gateway.
    #[must_use]
    pub fn passages(&self) -> &[Passage] {
        &self.edge.passages
    }

    /// The passages to a workload.
    pub fn passages_to(&self, workload: usize) -> impl Iterator<Item = &Passage> {
        let services: BTreeSet<usize> = match self.manifests.workloads.get(workload) {
            Some(workload) => self.declared_ports(workload).into_values().flatten().collect(),
            None => BTreeSet::new(),
        };
        self.edge.leading_to(&services).into_iter().filter_map(|at| self.edge.passages.get(at))
    }

    /// Whether a workload is behind the masking filter of a Gateway of Envoy Gateway, and in no mesh.
    #[must_use]
    pub fn is_behind_edge(&self, workload: usize) -> bool {
        self.enrolled(workload) == Plane::Outside && self.passages_to(workload).any(Passage::is_meant)
    }

    /// Whether a workload is a waypoint's pods, or proxies of Envoy Gateway with the masking filter: part of the enforcement, not
    /// a caller.
    #[must_use]
    pub fn is_waypoint(&self, workload: usize) -> bool {
        if self.edge.enforces(workload) {
            return true;
        }
        let gateways = self.manifests.gateways.iter().filter(|gateway| gateway.is_waypoint());
        gateways.into_iter().any(|gateway| crate::mesh::waypoint::pods(self.manifests, gateway) == Some(workload))
    }

    /// The index of a workload by namespace, name and, where several share the name, kind.
    #[must_use]
    pub fn find(&self, namespace: &str, name: &str, kind: Option<&str>) -> Option<usize> {
        self.manifests.workloads.iter().position(|workload| {
            let meta = &workload.meta;
            meta.namespace == namespace && meta.name == name && kind.is_none_or(|kind| meta.kind == kind)
        })
    }

    /// The workloads of a namespace that have all of these labels: those a masking policy is about.
    #[must_use]
    pub fn select<'l>(&self, namespace: &str, labels: impl Iterator<Item = (&'l str, &'l str)> + Clone) -> Vec<usize> {
        let fits = |workload: &meshveil_objects::kinds::workload::Workload| {
            workload.meta.namespace == namespace
                && labels.clone().all(|(key, value)| workload.labels.get(key) == Some(value))
        };
        let workloads = self.manifests.workloads.iter().enumerate();
        workloads.filter(|(_, workload)| fits(workload)).map(|(at, _)| at).collect()
    }

    /// What becomes of a request on a path, whatever the request is.
    #[must_use]
    pub fn verdict(&self, path: &Path) -> Verdict {
        self.verdict_for(path, &Http::default())
    }

    /// What becomes of one request on a path; what is unknown about it counts in favour of the one who asks.
    #[must_use]
    pub fn verdict_for(&self, path: &Path, http: &Http) -> Verdict {
        walk::walk(self, path, http)
    }
}

/// A part of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The source: whether it can show an identity at all.
    Source,
    /// The way in: Service, node port, gateway.
    Entry,
    /// NetworkPolicy at the source.
    Egress,
    /// NetworkPolicy at the destination.
    Ingress,
    /// Whether the mesh sees the connection.
    Capture,
    /// PeerAuthentication.
    #[serde(rename = "mutual TLS")]
    MutualTls,
    /// The waypoint.
    Waypoint,
    /// What the port is taken for.
    Protocol,
    /// AuthorizationPolicy.
    Authorization,
    /// The masking filter.
    Filter,
}

impl Layer {
    /// Short name for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Entry => "entry",
            Self::Egress => "egress",
            Self::Ingress => "ingress",
            Self::Capture => "capture",
            Self::MutualTls => "mutual TLS",
            Self::Waypoint => "waypoint",
            Self::Protocol => "protocol",
            Self::Authorization => "authorization",
            Self::Filter => "filter",
        }
    }
}

/// What one layer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which layer.
    pub layer: Layer,
    /// Whether the request goes on.
    pub passed: bool,
    /// The reason.
    pub reason: Reason,
    /// The places that decided.
    pub spans: Vec<Span>,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// No connection.
    Unreachable,
    /// A connection, but no response of the application.
    Denied,
    /// The application's response, through the masking filter or not.
    Served {
        /// The filter on the way.
        filter: Option<Running>,
    },
}

/// What becomes of a request on a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The path.
    pub path: Path,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Whether it depends on what is not known about the request (method, path, token, address).
    pub conditional: bool,
    /// What is not known that the outcome rests on: index into [`Reach::doubts`].
    pub doubt: Option<usize>,
    /// The identity the filter sees.
    pub principal: Option<String>,
    /// Layer by layer.
    pub steps: Vec<Step>,
}

impl Verdict {
    /// The step that stopped the request.
    #[must_use]
    pub fn stopped(&self) -> Option<&Step> {
        self.steps.iter().find(|step| !step.passed)
    }
}
