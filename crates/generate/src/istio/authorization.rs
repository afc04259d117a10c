//! PeerAuthentication and AuthorizationPolicy: mutual TLS only, and two policies on which callers may send a request.

use meshveil_objects::well_known::annotation;
use meshveil_plan::Others;
use meshveil_policy::Protocol;
use meshveil_text::{
    block, flow,
    yaml::{List, Text, quoted},
};

use super::attachment;
use crate::{
    Source, Target,
    document::{Document, Kind},
};

const PEERS: Kind = Kind { version: "security.istio.io/v1", kind: "PeerAuthentication" };
const POLICY: Kind = Kind { version: "security.istio.io/v1", kind: "AuthorizationPolicy" };

pub(super) fn documents(source: &Source<'_>) -> Vec<Document> {
    if !source.enforces() {
        return rehearsal(source);
    }
    let mut documents = vec![peer_authentication(source), deny_plaintext(source), allow_callers(source)];
    if source.settings.target == Target::IstioAmbient {
        documents.push(allow_waypoint(source));
    }
    documents.extend(allow_replicas(source));
    documents
}

/// Before anything is enforced: Istio's proxies say what they would have refused (`istio.io/dry-run`). A ztunnel that does not know
/// the annotation enforces what is annotated (istio/istio#58657), so it gets nothing to rehearse.
fn rehearsal(source: &Source<'_>) -> Vec<Document> {
    let mut documents = vec![peer_authentication(source)];
    let mut rules = vec![allow_callers(source)];
    if source.settings.target != Target::IstioAmbient {
        rules.insert(0, deny_plaintext(source));
    }
    for rule in &mut rules {
        rule.annotations.push((annotation::DRY_RUN, "true"));
    }
    documents.extend(rules);
    documents
}

/// Replicas may talk to each other on ports of their own, with their own identity. A rule of ports and identities, which
/// counts for TCP and at ztunnel, too.
fn allow_replicas(source: &Source<'_>) -> Option<Document> {
    let policy = source.policy;
    let account = policy.workload.service_account.as_ref()?;
    let peers = policy.workload.peers.iter().filter(|peer| peer.protocol == Protocol::Tcp);
    let ports: Vec<_> = peers.map(|peer| quoted(peer.port.value.to_string())).collect();
    if ports.is_empty() {
        return None;
    }
    let id = format!("{}/ns/{}/sa/{}", policy.trust_domain, policy.namespace.value, account.value);
    let spec = block!({
        selector: source.selector(),
        action: "ALLOW",
        rules: [{
            from: flow!([{ source: { principals: [quoted(id)] } }]),
            to: flow!([{ operation: { ports: [..ports] } }]),
        }],
    });
    Some(source.document("workload.peers", "its replicas", POLICY, "peers", spec))
}

fn peer_authentication(source: &Source<'_>) -> Document {
    let (mode, what) = if source.enforces() {
        ("STRICT", "mutual TLS only")
    } else {
        ("PERMISSIVE", "mutual TLS where a client has it")
    };
    let spec = block!({ selector: source.selector(), mtls: flow!({ mode: mode }) });
    source.about_workload(what, PEERS, "", spec)
}

/// The second enforcement layer: plaintext has no principal.
fn deny_plaintext(source: &Source<'_>) -> Document {
    let spec = block!({
        selector: source.selector(),
        action: "DENY",
        rules: [{ from: flow!([{ source: { notPrincipals: ["*"] } }]) }],
    });
    source.about_workload("nobody without an identity", POLICY, "deny-plaintext", spec)
}

/// Without `spiffe://`, as Istio writes principals.
fn principal(id: &str) -> Text {
    quoted(id.strip_prefix("spiffe://").unwrap_or(id))
}

fn allow_callers(source: &Source<'_>) -> Document {
    let policy = source.policy;
    let mut principals = List::default();
    if policy.others == Others::Masked {
        principals.comment("others: masked");
        principals.push("*");
    }
    for (comment, inbound) in source.inbound() {
        principals.comment(comment);
        principals.push(principal(&inbound.service_account.spiffe_id(&policy.trust_domain)));
    }
    // ALLOW without a rule allows nothing.
    let rule = (!principals.is_empty()).then(|| {
        // At a waypoint ports are those of the Service, which the policy does not know.
        let ports = (source.settings.target != Target::IstioAmbient)
            .then(|| flow!([..source.ports().map(|port| quoted(port.to_string()))]));
        block!({
            from: [{ source: { principals: principals } }],
            to: [
                # "A condition on HTTP: were the port taken for TCP, where no filter runs, this rule would not count."
                { operation: flow!({ paths: ["/*"], ports?: ports }) },
            ],
        })
    });
    let rules = rule.map(|rule| block!([rule]));
    let (selector, pods) = attachment(source);
    let spec = block!({ (selector): pods, action: "ALLOW", rules?: rules });
    source.about_workload("who may send a request", POLICY, "callers", spec)
}

/// The pods themselves take connections of the waypoint only. A rule of addresses and identities: ztunnel knows no HTTP.
fn allow_waypoint(source: &Source<'_>) -> Document {
    let policy = source.policy;
    let id = format!("{}/ns/{}/sa/{}", policy.trust_domain, policy.namespace.value, source.waypoint());
    let spec = block!({
        selector: source.selector(),
        action: "ALLOW",
        rules: [{ from: flow!([{ source: { principals: [quoted(id)] } }]) }],
    });
    source.about_workload("only through the waypoint", POLICY, "waypoint", spec)
}
