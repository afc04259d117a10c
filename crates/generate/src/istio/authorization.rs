//! PeerAuthentication and AuthorizationPolicy: mutual TLS only, and two locks on who may send a request.

use std::fmt::Write;

use meshveil_plan::Others;

use super::attachment;
use crate::{
    Source, Target,
    document::Document,
    yaml::{indented, quoted},
};

const VERSION: &str = "security.istio.io/v1";

pub(super) fn documents(source: &Source<'_>) -> Vec<Document> {
    let mut documents = vec![peer_authentication(source), deny_plaintext(source), allow_callers(source)];
    if source.settings.target == Target::IstioAmbient {
        documents.push(allow_waypoint(source));
    }
    documents
}

/// A document about the workload's pods themselves.
fn of_pods(source: &Source<'_>, what: &str, kind: &'static str, suffix: &str) -> Document {
    let mut document = source.about_workload(what, VERSION, kind, suffix);
    document.spec = format!("  selector: {{ matchLabels: {} }}\n", source.selector());
    document
}

fn peer_authentication(source: &Source<'_>) -> Document {
    let mut document = of_pods(source, "mutual TLS only", "PeerAuthentication", "");
    document.spec.push_str("  mtls: { mode: STRICT }\n");
    document
}

/// The second lock: plaintext has no principal.
fn deny_plaintext(source: &Source<'_>) -> Document {
    let mut document = of_pods(source, "nobody without an identity", "AuthorizationPolicy", "deny-plaintext");
    document.spec.push_str("  action: DENY\n  rules:\n    - from: [{ source: { notPrincipals: [\"*\"] } }]\n");
    document
}

/// Without `spiffe://`, as Istio writes principals.
fn principal(id: &str) -> String {
    quoted(id.strip_prefix("spiffe://").unwrap_or(id))
}

fn allow_callers(source: &Source<'_>) -> Document {
    let policy = source.policy;
    let mut document = source.about_workload("who may send a request", VERSION, "AuthorizationPolicy", "callers");
    document.spec = attachment(source) + "  action: ALLOW\n";
    let mut principals = String::new();
    if policy.others == Others::Masked {
        principals.push_str("# others: masked\n- \"*\"\n");
    }
    for (comment, inbound) in source.inbound() {
        let id = inbound.service_account.spiffe_id(&policy.trust_domain);
        let _ = write!(principals, "# {comment}\n- {}\n", principal(&id));
    }
    if principals.is_empty() {
        // ALLOW without a rule allows nothing.
        return document;
    }
    let _ = write!(
        document.spec,
        "  rules:
    - from:
        - source:
            principals:
{}      to:
        # A condition on HTTP: were the port taken for TCP, where no filter runs, this rule would not count.
        - operation: {{ paths: [\"/*\"]{} }}
",
        indented(&principals, 14),
        // At a waypoint ports are those of the Service, which the policy does not know.
        if source.settings.target == Target::IstioAmbient {
            String::new()
        } else {
            format!(", ports: {}", source.ports(|port| quoted(&port.to_string())))
        },
    );
    document
}

/// The pods themselves take connections of the waypoint only. A rule of addresses and identities: ztunnel knows no HTTP.
fn allow_waypoint(source: &Source<'_>) -> Document {
    let policy = source.policy;
    let mut document = of_pods(source, "only through the waypoint", "AuthorizationPolicy", "waypoint");
    let id = format!("{}/ns/{}/sa/{}", policy.trust_domain, policy.namespace.value, source.waypoint());
    let _ = write!(
        document.spec,
        "  action: ALLOW\n  rules:\n    - from: [{{ source: {{ principals: [{}] }} }}]\n",
        quoted(&id)
    );
    document
}
