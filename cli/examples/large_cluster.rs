//! Writes the manifests of a cluster of any size, for measuring (`make bench-simulate`) and for tests: `large_cluster WORKLOADS
//! POLICIES`. [`policy`] is the masking policy of its first workload: `large_cluster WORKLOADS policy`.

use std::fmt::Write as _;

/// Workloads of a namespace.
const PER_NAMESPACE: usize = 20;
/// Callers of the policy.
const CALLERS: usize = 40;

/// Workloads with ServiceAccounts of their own, 20 to a namespace, each fourth with a Service; namespaces in the mesh, with STRICT
/// mutual TLS. In each namespace first a default deny with DNS, then policies that let one workload to another.
#[must_use]
pub fn manifests(workloads: usize, policies: usize) -> String {
    let namespaces = workloads.div_ceil(PER_NAMESPACE);
    let mut text = String::new();
    for at in 0..namespaces {
        let _ = writeln!(
            text,
            "---\napiVersion: v1\nkind: Namespace\nmetadata: {{ name: n{at}, labels: {{ istio-injection: enabled }} }}\n\
             ---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{ name: strict, namespace: n{at} }}\n\
             spec: {{ mtls: {{ mode: STRICT }} }}"
        );
    }
    for at in 0..workloads {
        let namespace = at / PER_NAMESPACE;
        let _ = writeln!(
            text,
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: w{at}, namespace: n{namespace} }}\nspec:\n  \
             selector: {{ matchLabels: {{ app: a{at} }} }}\n  template:\n    metadata: {{ labels: {{ app: a{at} }} }}\n    \
             spec: {{ serviceAccountName: w{at}, containers: [{{ name: app, image: app, ports: [{{ name: http, containerPort: 8080 }}] }}] }}"
        );
        if at % 4 == 0 {
            let _ = writeln!(
                text,
                "---\napiVersion: v1\nkind: Service\nmetadata: {{ name: w{at}, namespace: n{namespace} }}\n\
                 spec: {{ selector: {{ app: a{at} }}, ports: [{{ name: http, port: 80, targetPort: 8080 }}] }}"
            );
        }
    }
    for at in 0..policies {
        let namespace = at % namespaces.max(1);
        let first = namespace * PER_NAMESPACE;
        let (own, other) = (first + at * 7 % PER_NAMESPACE, (first + at * 13 + 29) % workloads.max(1));
        let spec = if at < namespaces {
            "podSelector: {}, policyTypes: [Ingress, Egress], egress: [{ ports: [{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }] }]".to_owned()
        } else {
            format!(
                "podSelector: {{ matchLabels: {{ app: a{own} }} }}, policyTypes: [Ingress, Egress], \
                 ingress: [{{ from: [{{ namespaceSelector: {{ matchLabels: {{ kubernetes.io/metadata.name: n{} }} }}, podSelector: {{ matchLabels: {{ app: a{other} }} }} }}], ports: [{{ port: 8080, protocol: TCP }}] }}], \
                 egress: [{{ to: [{{ namespaceSelector: {{}} }}], ports: [{{ port: 8080, protocol: TCP }}] }}]",
                other / PER_NAMESPACE
            )
        };
        let _ = writeln!(
            text,
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{ name: p{at}, namespace: n{namespace} }}\nspec: {{ {spec} }}"
        );
    }
    text
}

/// The policy of `w0`, with its neighbours as callers.
#[must_use]
pub fn policy(workloads: usize) -> String {
    policy_of(0, workloads, &[("ssn", "{ partial: { keepLast: 4 } }"), ("email", "email")])
}

/// The policy of a workload with fields, each with its mask; up to 39 workloads after it are callers that see the first field.
#[must_use]
pub fn policy_of(workload: usize, workloads: usize, fields: &[(&str, &str)]) -> String {
    let namespace = workload / PER_NAMESPACE;
    let mut text = format!(
        "apiVersion: meshveil.dev/v1alpha1\n\
         kind: MaskingPolicy\n\
         metadata: {{ name: w{workload}, namespace: n{namespace} }}\n\
         spec:\n\
         \x20 workload: {{ selector: {{ app: a{workload} }}, serviceAccount: w{workload}, ports: [{{ port: 8080, name: http }}] }}\n\
         \x20 fields:\n"
    );
    for (name, mask) in fields {
        let _ = writeln!(text, "    - {{ name: {name}, paths: [\"$..{name}\"], mask: {mask} }}");
    }
    text.push_str("  others: deny\n  callers:\n");
    let sees = fields.first().map_or("", |(name, _)| *name);
    for at in (workload + 1)..workloads.min(workload + CALLERS) {
        let namespace = at / PER_NAMESPACE;
        let _ = writeln!(
            text,
            "    - {{ name: w{at}, serviceAccount: n{namespace}/w{at}, pods: {{ app: a{at} }}, sees: [{sees}] }}"
        );
    }
    text
}

#[expect(clippy::print_stdout, clippy::expect_used, reason = "an example for the command line")]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let workloads = arguments.next().and_then(|text| text.parse().ok()).expect("the number of workloads");
    let second = arguments.next().expect("the number of policies, or `policy`");
    match second.as_str() {
        "policy" => print!("{}", policy(workloads)),
        number => print!("{}", manifests(workloads, number.parse().expect("the number of policies"))),
    }
}
