//! The truth tables in `cases/`: each claim of the NetworkPolicy API reference against the matrix, the pair question and
//! the explanation.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::IpAddr;

use meshveil_reach::Manifests;
use meshveil_reach::manifest::kinds::workload::Protocol;
use meshveil_reach::network::{Endpoint, Matrix, Network, NetworkOptions};

const FILES: [(&str, &str); 6] = [
    ("admin", include_str!("cases/admin.txt")),
    ("directions", include_str!("cases/directions.txt")),
    ("selectors", include_str!("cases/selectors.txt")),
    ("ports", include_str!("cases/ports.txt")),
    ("blocks", include_str!("cases/blocks.txt")),
    ("mistakes", include_str!("cases/mistakes.txt")),
];

/// Addresses that the tables speak of.
const ADDRESSES: [&str; 7] =
    ["1.2.3.4", "1.2.4.4", "2001:db8::1", "2001:db8:1::1", "172.17.2.1", "10.0.0.7", "172.17.1.1"];

fn cluster() -> String {
    let mut text = String::new();
    for (n, namespace) in ["x", "y", "z"].into_iter().enumerate() {
        text += &format!(
            "---\napiVersion: v1\nkind: Namespace\nmetadata: {{ name: {namespace}, labels: {{ ns: {namespace} }} }}\n"
        );
        for (p, pod) in ["a", "b", "c"].into_iter().enumerate() {
            let ports = match pod {
                "a" => "{ name: web, containerPort: 80 }, { name: dns, containerPort: 53, protocol: UDP }",
                "b" => "{ name: web, containerPort: 81 }",
                _ => "{ name: other, containerPort: 80 }",
            };
            let tier = if pod == "a" { ", tier: front" } else { "" };
            text += &format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{ name: {pod}, namespace: {namespace}, labels: {{ pod: {pod}{tier} }} }}\nspec: {{ containers: [{{ name: c, ports: [{ports}] }}] }}\nstatus: {{ podIP: 192.168.{}.{} }}\n",
                n + 1,
                p + 1
            );
        }
    }
    text + "---\napiVersion: v1\nkind: Pod\nmetadata: { name: h, namespace: z, labels: { pod: h } }\nspec: { hostNetwork: true, containers: [{ name: c }] }\nstatus: { podIP: 172.20.0.9 }\n"
}

struct Case {
    name: String,
    policies: String,
    lines: Vec<String>,
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (file, text) in FILES {
        let mut count = 0;
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix("== ") {
                cases.push(Case { name: format!("{file}: {name}"), policies: String::new(), lines: Vec::new() });
                continue;
            }
            let case = cases.last_mut().unwrap();
            if line.starts_with("to ") || line.starts_with("from ") {
                case.lines.push(line.to_owned());
            } else {
                count += 1;
                case.policies += &policy(line, count);
            }
        }
    }
    cases
}

fn policy(line: &str, count: usize) -> String {
    let (word, rest) = line.split_once(' ').unwrap();
    let (api, kind, spec) = match word {
        "admin" => {
            let (priority, spec) = rest.split_once(' ').unwrap();
            let spec = spec.replacen('{', &format!("{{ priority: {priority},"), 1);
            ("v1alpha1", "AdminNetworkPolicy", spec)
        }
        "baseline" => ("v1alpha1", "BaselineAdminNetworkPolicy", rest.to_owned()),
        "cluster" => ("v1alpha2", "ClusterNetworkPolicy", rest.to_owned()),
        namespace => {
            return format!(
                "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{ name: p{count}, namespace: {namespace} }}\nspec: {rest}\n"
            );
        }
    };
    format!(
        "---\napiVersion: policy.networking.k8s.io/{api}\nkind: {kind}\nmetadata: {{ name: p{count} }}\nspec: {spec}\n"
    )
}

/// Everything a table can name.
fn named(network: &Network<'_>, pattern: &str) -> Vec<Endpoint> {
    if let Ok(address) = pattern.parse::<IpAddr>() {
        return vec![network.range_of(address).unwrap()];
    }
    if pattern == "net" {
        return (0..network.ranges().len()).map(Endpoint::Range).collect();
    }
    if pattern == "none" {
        return Vec::new();
    }
    let (namespace, pod) = pattern.split_once('/').unwrap();
    let fits = |wanted: &str, name: &str| wanted == name || (wanted == "*" && name != "h");
    let workloads = network.manifests().workloads.iter().enumerate();
    let found: Vec<Endpoint> = workloads
        .filter(|(_, w)| fits(namespace, &w.meta.namespace) && fits(pod, &w.meta.name))
        .map(|(at, _)| Endpoint::Workload(at))
        .collect();
    assert!(!found.is_empty(), "{pattern} names nothing");
    found
}

fn port(text: &str) -> (Protocol, u16) {
    match text.split_once('/') {
        Some((protocol, port)) => (Protocol::read(Some(protocol)).unwrap(), port.parse().unwrap()),
        None => (Protocol::Tcp, text.parse().unwrap()),
    }
}

struct Asked<'n> {
    network: &'n Network<'n>,
    matrix: &'n Matrix,
    case: &'n str,
}

impl Asked<'_> {
    fn check(&self, source: Endpoint, destination: Endpoint, (protocol, port): (Protocol, u16), expected: bool) {
        let title = |endpoint| self.network.title(endpoint);
        let question = format!("{}: {} => {} {protocol:?} {port}", self.case, title(source), title(destination));
        assert_eq!(self.matrix.ports(source, destination).contains(protocol, port), expected, "{question} (matrix)");
        let pair = self.network.ports_between(source, destination);
        assert_eq!(pair.contains(protocol, port), expected, "{question} (pair)");
        let explained = self.network.explain(source, destination, protocol, port);
        assert_eq!(explained.passes(), expected, "{question} (explanation: {explained:?})");
    }
}

#[test]
fn every_truth_table_holds() {
    let cases = cases();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    for case in &cases {
        let text = cluster() + &case.policies;
        let manifests = Manifests::from_text("case.yaml", &text);
        assert!(manifests.findings.is_empty(), "{}: {:?}", case.name, manifests.findings);
        let network = Network::new(&manifests, &NetworkOptions::default());
        let matrix = Matrix::new(&network);
        let asked = Asked { network: &network, matrix: &matrix, case: &case.name };
        let mut all: Vec<Endpoint> = (0..manifests.workloads.len()).map(Endpoint::Workload).collect();
        all.extend(ADDRESSES.iter().map(|address| network.range_of(address.parse().unwrap()).unwrap()));
        all.sort_unstable();
        all.dedup();
        let mut spoken: Vec<(Endpoint, Endpoint)> = Vec::new();
        for line in &case.lines {
            let (forward, arrow) = if line.starts_with("to ") { (false, "<-") } else { (true, "->") };
            let (subject, others) = line.split_once(arrow).unwrap();
            let words: Vec<&str> = subject.split_whitespace().collect();
            let listed: Vec<Endpoint> = others.split(',').flat_map(|o| named(&network, o.trim())).collect();
            for subject in named(&network, words[1]) {
                for other in all.iter().copied().filter(|other| *other != subject) {
                    let (source, destination) = if forward { (subject, other) } else { (other, subject) };
                    let is_listed = listed.contains(&other);
                    asked.check(source, destination, port(words[2]), is_listed);
                    spoken.push((source, destination));
                }
            }
        }
        for source in &all {
            for destination in all.iter().filter(|destination| *destination != source) {
                if !spoken.contains(&(*source, *destination)) {
                    asked.check(*source, *destination, (Protocol::Tcp, 80), true);
                }
            }
        }
    }
}
