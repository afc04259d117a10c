//! The truth tables in `cases/`: each claim of the NetworkPolicy API reference against the matrix, the pair question and
//! the explanation.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::net::IpAddr;

use meshveil_reach::Manifests;
use meshveil_reach::manifest::kinds::workload::Protocol;
use meshveil_reach::network::cidr::Cidr;
use meshveil_reach::network::{Endpoint, Matrix, Network, NetworkOptions};
use serde::Deserialize;

const FILES: [(&str, &str); 6] = [
    ("admin", include_str!("cases/admin.toml")),
    ("directions", include_str!("cases/directions.toml")),
    ("selectors", include_str!("cases/selectors.toml")),
    ("ports", include_str!("cases/ports.toml")),
    ("blocks", include_str!("cases/blocks.toml")),
    ("mistakes", include_str!("cases/mistakes.toml")),
];

/// Addresses that the tables speak of.
const ADDRESSES: [&str; 7] =
    ["1.2.3.4", "1.2.4.4", "2001:db8::1", "2001:db8:1::1", "172.17.2.1", "10.0.0.7", "172.17.1.1"];

fn cluster() -> String {
    let mut text = String::new();
    for (n, namespace) in ["x", "y", "z"].into_iter().enumerate() {
        text += &format!(
            "---\napiVersion: v1\nkind: Namespace\nmetadata: {{ name: '{namespace}', labels: {{ ns: '{namespace}' }} }}\n"
        );
        for (p, pod) in ["a", "b", "c"].into_iter().enumerate() {
            let ports = match pod {
                "a" => "{ name: web, containerPort: 80 }, { name: dns, containerPort: 53, protocol: UDP }",
                "b" => "{ name: web, containerPort: 81 }",
                _ => "{ name: other, containerPort: 80 }",
            };
            let tier = if pod == "a" { ", tier: front" } else { "" };
            text += &format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{ name: {pod}, namespace: '{namespace}', labels: {{ pod: {pod}{tier} }} }}\nspec: {{ containers: [{{ name: c, ports: [{ports}] }}] }}\nstatus: {{ podIP: 192.168.{}.{} }}\n",
                n + 1,
                p + 1
            );
        }
    }
    text + "---\napiVersion: v1\nkind: Pod\nmetadata: { name: h, namespace: z, labels: { pod: h } }\nspec: { hostNetwork: true, containers: [{ name: c, ports: [{ name: node, containerPort: 80 }] }] }\nstatus: { podIP: 172.20.0.9 }\n"
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    policies: Vec<Policy>,
    /// `POD PORT` and exactly the sources that reach it.
    #[serde(default)]
    to: BTreeMap<String, Vec<String>>,
    /// `POD PORT` and exactly the destinations where it reaches this port.
    #[serde(default)]
    from: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    namespace: Option<String>,
    kind: Option<String>,
    priority: Option<u32>,
    spec: String,
}

impl Policy {
    fn text(&self, count: usize) -> String {
        let (api, kind, namespace) = match (&self.namespace, self.kind.as_deref()) {
            (Some(namespace), None) => ("networking.k8s.io/v1", "NetworkPolicy", format!(", namespace: '{namespace}'")),
            (None, Some("ClusterNetworkPolicy")) => {
                ("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", String::new())
            }
            (None, Some(kind)) => ("policy.networking.k8s.io/v1alpha1", kind, String::new()),
            _ => panic!("a policy has a namespace or a kind"),
        };
        let priority = self.priority.map(|priority| format!("{{ priority: {priority},"));
        let spec = priority.map_or_else(|| self.spec.clone(), |priority| self.spec.replacen('{', &priority, 1));
        // There is one of that kind, and it has this name.
        let name = if kind == "BaselineAdminNetworkPolicy" { "default".to_owned() } else { format!("p{count}") };
        format!("---\napiVersion: {api}\nkind: {kind}\nmetadata: {{ name: {name}{namespace} }}\nspec: {spec}\n")
    }
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (file, text) in FILES {
        let tables: Tables = toml::from_str(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        cases.extend(tables.case.into_iter().map(|case| Case { name: format!("{file}: {}", case.name), ..case }));
    }
    cases
}

/// Everything a table can name.
fn named(network: &Network<'_>, pattern: &str) -> Vec<Endpoint> {
    if let Ok(address) = pattern.parse::<IpAddr>() {
        return vec![network.range_of(address).unwrap()];
    }
    if pattern == "net" {
        return (0..network.ranges().len()).map(Endpoint::Range).collect();
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
    assert!(cases.len() >= 103, "only {} cases", cases.len());
    for case in &cases {
        let policies: String = (1..).zip(&case.policies).map(|(count, policy)| policy.text(count)).collect();
        let text = cluster() + &policies;
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
        let to = case.to.iter().map(|line| (false, line));
        for (forward, (question, others)) in to.chain(case.from.iter().map(|line| (true, line))) {
            let (subject, asked_port) = question.split_once(' ').unwrap();
            let listed: Vec<Endpoint> = others.iter().flat_map(|other| named(&network, other)).collect();
            for subject in named(&network, subject) {
                for other in all.iter().copied().filter(|other| *other != subject) {
                    let (source, destination) = if forward { (subject, other) } else { (other, subject) };
                    let is_listed = listed.contains(&other);
                    asked.check(source, destination, port(asked_port), is_listed);
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

/// Whether `x/a` reaches the other workload of a cluster on TCP 80.
fn a_reaches_the_other(rest: &str, pod_ranges: Vec<Cidr>) -> bool {
    let a =
        "apiVersion: v1\nkind: Pod\nmetadata: { name: a, namespace: x }\nspec: { containers: [{ name: c }] }\n---\n";
    let manifests = Manifests::from_text("case.yaml", &(a.to_owned() + rest));
    assert!(manifests.is_sound(), "{:?}", manifests.findings);
    let network = Network::new(&manifests, &NetworkOptions { pod_ranges });
    let at =
        |is_a: bool| Endpoint::Workload(manifests.workloads.iter().position(|w| (w.meta.name == "a") == is_a).unwrap());
    Matrix::new(&network).ports(at(true), at(false)).contains(Protocol::Tcp, 80)
}

const REFUSAL: &str = "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: { name: p }\nspec: { priority: 1, subject: { namespaces: {} }, egress: [{ action: Deny, to: [{ networks: [10.1.0.0/24] }] }] }\n";

#[test]
fn a_rule_that_refuses_addresses_must_hold_every_address_of_a_workload() {
    let replica = |name: &str, address: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{ name: {name}, namespace: x, ownerReferences: [{{ apiVersion: apps/v1, kind: StatefulSet, name: b, uid: u, controller: true }}] }}\nspec: {{ containers: [{{ name: c }}] }}\nstatus: {{ podIP: {address} }}\n"
        )
    };
    let set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: b, namespace: x }\nspec: { template: { spec: { containers: [{ name: c }] } } }\n";
    let inside = set.to_owned() + &replica("b-0", "10.1.0.1");
    assert!(!a_reaches_the_other(&(inside.clone() + REFUSAL), Vec::new()));
    assert!(a_reaches_the_other(&(inside + &replica("b-1", "10.1.1.1") + REFUSAL), Vec::new()));
}

#[test]
fn a_rule_that_refuses_addresses_must_hold_every_pod_range() {
    let b = "apiVersion: v1\nkind: Pod\nmetadata: { name: b, namespace: x }\nspec: { containers: [{ name: c }] }\n";
    let range = |prefix| vec![Cidr::new("10.1.0.0".parse().unwrap(), prefix).unwrap()];
    assert!(!a_reaches_the_other(&(b.to_owned() + REFUSAL), range(25)));
    assert!(a_reaches_the_other(&(b.to_owned() + REFUSAL), range(16)));
}

#[test]
fn an_exception_elsewhere_does_not_take_out_a_node_of_unknown_address() {
    let to_all_but = |except: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{ name: b, namespace: x }}\nspec: {{ hostNetwork: true, containers: [{{ name: c }}] }}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{ name: p, namespace: x }}\nspec: {{ podSelector: {{}}, policyTypes: [Egress], egress: [{{ to: [{{ ipBlock: {{ cidr: 0.0.0.0/0, except: [{except}] }} }}] }}] }}\n"
        )
    };
    assert!(a_reaches_the_other(&to_all_but("169.254.169.254/32"), Vec::new()));
    let private = "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10";
    assert!(!a_reaches_the_other(&to_all_but(private), Vec::new()));
}
