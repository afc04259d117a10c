//! What may be open without it being known: objects of kinds that are not read, and routes whose gateways are in no
//! manifest. They count for the one who asks.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use meshveil_objects::effect::Effect;
use meshveil_objects::kinds::entry::Parent;
use meshveil_objects::kinds::extension::Script;
use meshveil_objects::kinds::service::Service;
use meshveil_text::Span;

use crate::cluster::Cluster;
use crate::edge;
use crate::mesh::authorization::Scope;
use crate::mesh::gateway;

/// An object that may open something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Kind and name of the object.
    pub object: String,
    /// What it may do.
    pub effect: Possible,
    /// Its place.
    pub span: Span,
}

/// What an object may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Possible {
    /// Let connections through that NetworkPolicies refuse. The namespace whose pods it may be about; all without one.
    Connect(Option<String>),
    /// Lead requests to Services through pods that no manifest holds.
    Lead(Unknown),
    /// Change responses at a proxy.
    Script,
    /// Leave open what becomes of requests at a proxy of Envoy Gateway.
    Edge(edge::Doubt),
    /// Both, as its kind is not known. The namespace that it is in; all without one.
    Anything(Option<String>),
}

/// What is not known about the way that requests are led.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// The object is of a kind that is not read.
    Kind,
    /// No controller of an Ingress is among the manifests.
    Controller,
    /// The pods of a route's gateway are in no manifest.
    Gateway,
    /// The route hangs on an object that is no Gateway.
    Parent,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { object, effect, .. } = self;
        match effect {
            Possible::Connect(_) => write!(f, "{object} is not read: it may let connections through"),
            Possible::Lead(Unknown::Kind) => write!(f, "{object} is not read: it may lead requests here"),
            Possible::Lead(Unknown::Controller) => {
                write!(f, "{object} leads here, and its controller is in no manifest")
            }
            Possible::Lead(Unknown::Gateway) => {
                write!(f, "{object} leads here, and the pods of its gateway are in no manifest")
            }
            Possible::Lead(Unknown::Parent) => {
                write!(f, "{object} leads here, and what it hangs on is of a kind that is not read")
            }
            Possible::Edge(doubt) => doubt.fmt(f),
            Possible::Script => write!(f, "{object} runs a script, which may do anything with responses"),
            Possible::Anything(_) => write!(f, "{object} is not read: it may let connections or requests through"),
        }
    }
}

/// All that may be open.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doubts {
    /// Each object once.
    pub all: Vec<Doubt>,
    /// By script, in the order of the manifests.
    scripts: Vec<usize>,
    /// By Service: what may lead requests to it.
    leads: HashMap<usize, BTreeSet<usize>>,
    /// By namespace: what may let the network connect its pods.
    connects: HashMap<String, usize>,
    /// What may let it connect pods of every namespace.
    connects_all: Option<usize>,
}

impl Doubts {
    pub fn new(manifests: &Cluster) -> Self {
        let mut doubts = Self::default();
        let services = || manifests.services.iter().enumerate();
        let leads_to = |wanted: &dyn Fn(&Service) -> bool| -> Vec<usize> {
            services().filter(|(_, service)| wanted(service)).map(|(at, _)| at).collect()
        };
        for skipped in &manifests.skipped {
            let led = leads_to(&|service| skipped.may_lead_to(service));
            let connects = matches!(skipped.effect, Effect::Connections | Effect::Anything);
            let scope = skipped.namespace.clone();
            let effect = match skipped.effect {
                Effect::Connections => Possible::Connect(scope.clone()),
                Effect::Anything => Possible::Anything(scope.clone()),
                _ => Possible::Lead(Unknown::Kind),
            };
            if connects || !led.is_empty() {
                let doubt = Doubt { object: skipped.title(), effect, span: skipped.span };
                let at = doubts.add(doubt, led);
                match scope {
                    Some(namespace) if connects => _ = doubts.connects.entry(namespace).or_insert(at),
                    None if connects => _ = doubts.connects_all.get_or_insert(at),
                    _ => {}
                }
            }
        }
        for script in &manifests.scripts {
            let (object, span) = (script.meta.title(), script.meta.span);
            let at = doubts.add(Doubt { object, effect: Possible::Script, span }, Vec::new());
            doubts.scripts.push(at);
        }
        for route in manifests.routes.iter().filter(|route| gateway::is_unknown(manifests, route)) {
            let led = leads_to(&|service| route.backends.iter().any(|backend| backend.is(service)));
            let is_read = |parent: &Parent| matches!(parent.kind.as_str(), "Gateway" | "IstioGateway");
            let unknown = match route.parents.iter().any(is_read) {
                _ if route.meta.kind == "Ingress" => Unknown::Controller,
                true => Unknown::Gateway,
                false => Unknown::Parent,
            };
            if !led.is_empty() {
                let (object, effect) = (route.meta.title(), Possible::Lead(unknown));
                doubts.add(Doubt { object, effect, span: route.meta.span }, led);
            }
        }
        doubts
    }

    /// Takes note of what is not known of a passage at the edge.
    pub fn add_edge(&mut self, doubt: &edge::Doubt) -> usize {
        let known = self.all.iter().position(|known| known.effect == Possible::Edge(doubt.clone()));
        let new = || Doubt { object: doubt.object.clone(), effect: Possible::Edge(doubt.clone()), span: doubt.span };
        known.unwrap_or_else(|| self.add(new(), Vec::new()))
    }

    fn add(&mut self, doubt: Doubt, services: Vec<usize>) -> usize {
        let at = self.all.len();
        self.all.push(doubt);
        for service in services {
            self.leads.entry(service).or_default().insert(at);
        }
        at
    }

    /// The script that runs in a proxy of this scope.
    pub fn script(&self, manifests: &Cluster, scope: Scope<'_>) -> Option<usize> {
        let root = manifests.mesh.root_namespace.as_str();
        let runs = |script: &Script| match scope {
            Scope::Sidecar(w) => script.attachment.selects(&script.meta.namespace, root, &w.meta.namespace, &w.labels),
            Scope::Ztunnel(_) => false,
            // Selectors are ignored there.
            Scope::Waypoint { namespace, gateway, service } => {
                script.attachment.targets.iter().any(|target| match target.kind.as_str() {
                    "Gateway" => script.meta.namespace == namespace && target.name == gateway,
                    "GatewayClass" => script.meta.namespace == root,
                    _ => service == Some((script.meta.namespace.as_str(), target.name.as_str())),
                })
            }
        };
        let at = manifests.scripts.iter().position(runs)?;
        self.scripts.get(at).copied()
    }

    /// What may lead requests to one of these Services.
    pub fn leading_to<'s>(&self, services: impl IntoIterator<Item = &'s usize>) -> BTreeSet<usize> {
        services.into_iter().filter_map(|service| self.leads.get(service)).flatten().copied().collect()
    }

    /// What may let the network connect the pods of a namespace.
    pub fn connecting(&self, namespace: &str) -> Option<usize> {
        self.connects.get(namespace).copied().or(self.connects_all)
    }
}
