//! Objects that the API server refuses, though their keys and types are right: what the definitions of custom resources say
//! (`crds.json`), and what Istio's webhook says beside them. A policy that is refused is not there, and protects nothing.

mod authorization;
mod crds;

use meshveil_text::{Finding, Node, Span, codes};

use crate::meta::Meta;

pub(crate) use crds::Definitions;

/// Kinds that keep something closed: refused, they count as absent. Others count as present, which opens more.
const LOCKS: [&str; 16] = [
    "AdminNetworkPolicy",
    "AuthorizationPolicy",
    "BaselineAdminNetworkPolicy",
    "ClientTrafficPolicy",
    "ClusterNetworkPolicy",
    "EnvoyExtensionPolicy",
    "EnvoyFilter",
    "Gateway",
    "NetworkPolicy",
    "PeerAuthentication",
    "RequestAuthentication",
    "Sidecar",
    "TrafficExtension",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "WasmPlugin",
];

/// Whether objects of a kind keep something closed.
pub(crate) fn is_lock(kind: &str) -> bool {
    LOCKS.contains(&kind)
}

/// Whether a finding says that the API server refuses the object.
pub(crate) fn refuses(finding: &Finding) -> bool {
    [&codes::manifest::REFUSED_OBJECT, &codes::manifest::WRONG_TYPE].contains(&finding.code)
}

/// Finds what the API server refuses, in an object whose keys and types are right.
pub(crate) fn check(meta: &Meta, object: &Node, findings: &mut Vec<Finding>) {
    let before = findings.len();
    Definitions::built_in().check(meta, object, findings);
    // The webhook is asked about objects that fit their definition.
    if findings.len() == before {
        match meta.kind.as_str() {
            "AuthorizationPolicy" => authorization::check(object, findings),
            "BaselineAdminNetworkPolicy" if meta.name != "default" => {
                refuse(findings, meta.span, "the one BaselineAdminNetworkPolicy of a cluster is called `default`");
            }
            _ => {}
        }
    }
}

fn refuse(findings: &mut Vec<Finding>, span: Span, message: impl Into<String>) {
    findings.push(Finding::new(&codes::manifest::REFUSED_OBJECT, span, message));
}
