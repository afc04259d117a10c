//! NetworkPolicy: only listed callers, only declared ports; out only what a sidecar needs.

use std::fmt::Write;

use meshveil_engine::plan::Others;

use super::{Source, labels, quoted};

const VERSION: &str = "networking.k8s.io/v1";
const KIND: &str = "NetworkPolicy";

pub(super) fn documents(source: &Source<'_>) -> Vec<String> {
    vec![default_deny(source), callers(source), egress(source)]
}

fn start(source: &Source<'_>, from: meshveil_source::Span, what: &str, suffix: &str) -> String {
    let mut text = source.document(from, what, VERSION, KIND, suffix);
    let _ = write!(text, "spec:\n  podSelector: {{ matchLabels: {} }}\n", source.selector());
    text
}

/// Nothing in, nothing out, unless another policy says so.
fn default_deny(source: &Source<'_>) -> String {
    let workload = source.policy.workload.selector.span;
    start(source, workload, "workload: nothing goes in or out", "default-deny") + "  policyTypes: [Ingress, Egress]\n"
}

fn callers(source: &Source<'_>) -> String {
    let policy = source.policy;
    let mut text = start(source, policy.workload.selector.span, "callers: who may connect", "callers");
    text.push_str("  policyTypes: [Ingress]\n  ingress:\n");
    let mut peers = 0;
    let mut rules = String::new();
    if policy.others == Others::Masked {
        rules.push_str("        # others: masked\n        - namespaceSelector: {}\n");
        peers += 1;
    }
    for (caller, account) in source.accounts() {
        let place = source.place(caller.name.span);
        let pods = caller
            .pods
            .as_ref()
            .map_or_else(|| "{}".to_owned(), |pods| format!("{{ matchLabels: {} }}", labels(&pods.value)));
        let namespace = quoted(&account.namespace);
        let _ = write!(
            rules,
            "        # {place} callers.{}\n        - namespaceSelector: {{ matchLabels: {{ kubernetes.io/metadata.name: {namespace} }} }}\n          podSelector: {pods}\n",
            caller.name.value,
        );
        peers += 1;
    }
    if peers == 0 {
        // An empty `from` would let everybody in; no rule lets nobody in.
        return text.replace("  ingress:\n", "  ingress: []\n");
    }
    let ports: Vec<String> =
        policy.workload.ports.iter().map(|port| format!("{{ port: {}, protocol: TCP }}", port.port.value)).collect();
    let _ = write!(text, "    - from:\n{rules}      ports: [{}]\n", ports.join(", "));
    text
}

/// What a sidecar cannot do without: names and its control plane.
fn egress(source: &Source<'_>) -> String {
    let workload = source.policy.workload.selector.span;
    start(source, workload, "workload: DNS and istiod", "egress")
        + "  policyTypes: [Egress]
  egress:
    - to: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: kube-system } } }]
      ports: [{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }]
    - to: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: istio-system } } }]
      ports: [{ port: 15012, protocol: TCP }]
"
}
