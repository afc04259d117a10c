//! Measures the full matrix over made-up clusters: `matrix_speed WORKLOADS POLICIES [broad]`; `broad` makes every
//! policy select a whole namespace and name every namespace.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a measuring program")]

use std::fmt::Write as _;
use std::time::Instant;

use meshveil_answers::checks::{self, Context, Protected};
use meshveil_reach::network::{Matrix, Network, NetworkOptions};
use meshveil_reach::{Manifests, Options, Reach};

/// Peak memory of this process in MiB, where the system tells.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: u64 = line.and_then(|l| l.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0);
    format!("{} MiB", kib / 1024)
}

/// Namespaces of 20 workloads; in each a default deny, DNS for all, and then allowances between named applications,
/// some from other namespaces, some from addresses, some on named ports.
fn cluster(workloads: usize, policies: usize, broad: bool) -> String {
    let per_namespace = 20;
    let namespaces = workloads.div_ceil(per_namespace);
    let mut text = String::new();
    for at in 0..workloads {
        let namespace = at / per_namespace;
        let _ = writeln!(
            text,
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: w{at}, namespace: n{namespace} }}\nspec: {{ selector: {{ matchLabels: {{ app: a{at} }} }}, template: {{ metadata: {{ labels: {{ app: a{at}, tier: t{} }} }}, spec: {{ containers: [{{ name: c, image: i, ports: [{{ name: http, containerPort: {} }}] }}] }} }} }}",
            at % 4,
            8080 + at % 3
        );
    }
    for at in 0..policies {
        let namespace = at % namespaces;
        let first = namespace * per_namespace;
        let (own, other) = (first + at * 7 % per_namespace, (first + at * 13 + 29) % workloads);
        let spec = match at / namespaces {
            _ if broad => format!("podSelector: {{ matchExpressions: [{{ key: app, operator: NotIn, values: [a{own}] }}] }}, policyTypes: [Ingress, Egress], ingress: [{{ from: [{{ namespaceSelector: {{}}, podSelector: {{ matchExpressions: [{{ key: app, operator: NotIn, values: [a{other}] }}] }} }}], ports: [{{ port: {} }}] }}], egress: [{{ to: [{{ namespaceSelector: {{}} }}], ports: [{{ port: {}, endPort: {} }}] }}]", 8080 + at % 50, 8000 + at % 80, 8100 + at % 30),
            0 if namespace % 2 == 0 => "podSelector: {}, policyTypes: [Ingress, Egress], egress: [{ to: [{ namespaceSelector: {} }], ports: [{ protocol: UDP, port: 53 }] }]".to_owned(),
            0 => "podSelector: {}, policyTypes: [Ingress], ingress: [{ from: [{ podSelector: {} }] }]".to_owned(),
            1 => format!("podSelector: {{ matchLabels: {{ app: a{own} }} }}, policyTypes: [Ingress], ingress: [{{ from: [{{ namespaceSelector: {{ matchLabels: {{ kubernetes.io/metadata.name: n{} }} }}, podSelector: {{ matchLabels: {{ app: a{other} }} }} }}], ports: [{{ port: http }}] }}]", other / per_namespace),
            2 => format!("podSelector: {{ matchLabels: {{ tier: t{} }} }}, policyTypes: [Egress], egress: [{{ to: [{{ podSelector: {{}} }}], ports: [{{ port: 8080, endPort: 8090 }}] }}, {{ to: [{{ ipBlock: {{ cidr: 10.{}.{}.0/24 }} }}] }}]", at % 4, at / 256 % 256, at % 256),
            _ => format!("podSelector: {{ matchExpressions: [{{ key: app, operator: In, values: [a{own}, a{first}] }}] }}, ingress: [{{ from: [{{ podSelector: {{ matchLabels: {{ tier: t{} }} }} }}], ports: [{{ port: {} }}] }}]", at % 4, 8080 + at % 3),
        };
        let _ = writeln!(
            text,
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{ name: p{at}, namespace: n{namespace} }}\nspec: {{ {spec} }}"
        );
    }
    text
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |what: &str| arguments.next().and_then(|a| a.parse().ok()).expect(what);
    let (workloads, policies) = (number("number of workloads"), number("number of policies"));
    let text = cluster(workloads, policies, std::env::args().any(|argument| argument == "broad"));
    let started = Instant::now();
    let manifests = Manifests::from_text("cluster.yaml", &text);
    let read = started.elapsed();
    assert!(manifests.is_sound(), "{:?}", manifests.findings.first());
    let started = Instant::now();
    let network = Network::new(&manifests, &NetworkOptions::default());
    let resolved = started.elapsed();
    let matrix = Matrix::new(&network);
    let computed = started.elapsed();
    let started = Instant::now();
    let reach = Reach::new(&manifests, &Options::default());
    let protected = Protected { workload: 0, ports: Vec::new(), callers: Vec::new() };
    let found = checks::run(&Context::new(&reach, vec![protected])).len();
    let checked = started.elapsed();
    let (open, all) = matrix.open_pairs();
    println!(
        "{workloads} workloads x {policies} policies: read {read:.2?}, selectors {resolved:.2?}, with matrix {computed:.2?}, {} classes, {open} of {all} pairs open, all checks {checked:.2?} ({found} findings), peak {}",
        matrix.class_count(),
        peak()
    );
}
