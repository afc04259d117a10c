//! PeerAuthentication and AuthorizationPolicy: mutual TLS only, and two locks on who may send a request.

use std::fmt::Write;

use meshveil_engine::plan::Others;

use super::{Source, quoted};

const VERSION: &str = "security.istio.io/v1";

pub(super) fn documents(source: &Source<'_>) -> Vec<String> {
    vec![peer_authentication(source), deny_plaintext(source), allow_callers(source)]
}

fn start(source: &Source<'_>, what: &str, kind: &str, suffix: &str) -> String {
    let mut text = source.document(source.policy.workload.selector.span, what, VERSION, kind, suffix);
    let _ = write!(text, "spec:\n  selector: {{ matchLabels: {} }}\n", source.selector());
    text
}

fn peer_authentication(source: &Source<'_>) -> String {
    start(source, "workload: mutual TLS only", "PeerAuthentication", "") + "  mtls: { mode: STRICT }\n"
}

/// The second lock: plaintext has no principal.
fn deny_plaintext(source: &Source<'_>) -> String {
    start(source, "workload: nobody without an identity", "AuthorizationPolicy", "deny-plaintext")
        + "  action: DENY
  rules:
    - from: [{ source: { notPrincipals: [\"*\"] } }]
"
}

fn allow_callers(source: &Source<'_>) -> String {
    let policy = source.policy;
    let mut text = start(source, "callers: who may send a request", "AuthorizationPolicy", "callers");
    text.push_str("  action: ALLOW\n");
    let mut principals = String::new();
    if policy.others == Others::Masked {
        principals.push_str("              # others: masked\n              - \"*\"\n");
    }
    for (caller, account) in source.accounts() {
        let place = source.place(caller.name.span);
        let id = account.spiffe_id(&policy.trust_domain);
        let principal = quoted(id.strip_prefix("spiffe://").unwrap_or(&id));
        let _ =
            write!(principals, "              # {place} callers.{}\n              - {principal}\n", caller.name.value);
    }
    if principals.is_empty() {
        // ALLOW without a rule allows nothing.
        return text;
    }
    let ports: Vec<String> = policy.workload.ports.iter().map(|port| quoted(&port.port.value.to_string())).collect();
    let _ = write!(
        text,
        "  rules:\n    - from:\n        - source:\n            principals:\n{principals}      to:\n        # A condition on HTTP: were the port taken for TCP, where no filter runs, this rule would not count.\n        - operation: {{ paths: [\"/*\"], ports: [{}] }}\n",
        ports.join(", "),
    );
    text
}
