//! Whether an application goes on working behind what protects it: callers that get nothing, ports, probes, stores and
//! connections that are cut off, a module or a key that never arrives. Less than a policy grants is a fault, too.
//!
//! Some of it stands in objects that no answer about reachability reads; so these checks see the documents themselves.

mod accounts;
mod arrives;
mod backends;
mod callers;
mod needs;
mod ports;
mod probes;
mod stores;

use meshveil_policy::Policy;
use meshveil_reach::{
    Reach,
    manifest::kinds::{port::Protocol, workload::Workload},
    network::{Direction, Endpoint},
};
use meshveil_text::{Finding, Node};

use crate::cluster::protected_by;

/// What the checks look at: one policy, and one workload that it protects.
pub(crate) struct Case<'c> {
    reach: &'c Reach<'c>,
    policy: &'c Policy,
    /// Index of the workload.
    at: usize,
    workload: &'c Workload,
    documents: &'c [Node],
}

/// What policies and manifests together cut off.
pub(crate) fn check(policies: &[Policy], reach: &Reach<'_>, documents: &[Node]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in policies {
        for at in protected_by(policy, reach) {
            let Some(workload) = reach.manifests.workloads.get(at) else { continue };
            let case = Case { reach, policy, at, workload, documents };
            for check in [
                callers::check,
                accounts::check,
                ports::check,
                probes::check,
                arrives::check,
                stores::check,
                needs::check,
                backends::check,
            ] {
                check(&case, &mut findings);
            }
        }
    }
    findings.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    findings.dedup();
    findings
}

impl<'c> Case<'c> {
    /// The workload as an end of connections.
    fn own(&self) -> Endpoint {
        Endpoint::Workload(self.at)
    }

    /// The documents of a kind.
    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'c Node> + use<'c> {
        let kind = kind.to_owned();
        self.documents.iter().filter(move |node| node.text_at("kind") == Some(kind.as_str()))
    }

    /// The document of a workload.
    fn document_of(&self, workload: &Workload) -> Option<&'c Node> {
        let meta = &workload.meta;
        self.of_kind(&meta.kind).find(|node| {
            let at = |key: &str| node.at(&["metadata", key]).and_then(Node::text);
            at("name") == Some(meta.name.as_str()) && at("namespace").unwrap_or("default") == meta.namespace
        })
    }

    /// Whether any policy of the network selects the workload in a direction.
    fn is_isolated(&self, direction: Direction) -> bool {
        self.reach.network.is_isolated(self.own(), direction)
    }

    /// Whether any end reaches a port of the workload.
    fn is_reached(&self, protocol: Protocol, port: u16) -> bool {
        let network = &self.reach.network;
        network
            .endpoints()
            .filter(|end| *end != self.own())
            .any(|end| network.explain(end, self.own(), protocol, port).passes())
    }
}

/// The pod template of a document.
fn template(node: &Node) -> Option<&Node> {
    match node.text_at("kind") {
        Some("Pod") => Some(node),
        Some("CronJob") => node.at(&["spec", "jobTemplate", "spec", "template"]),
        _ => node.at(&["spec", "template"]),
    }
}

/// The containers of a template that serve.
fn containers(template: &Node) -> &[Node] {
    template.at(&["spec", "containers"]).map(Node::items).unwrap_or_default()
}
