//! A random cluster as an enforcing engine sees it: running Pods with addresses, and policies as the API server stores them.
//! What kube-network-policies is known to read its own way is left out: baseline policies, priorities that are equal, one
//! name of a port twice in a pod, names of ports in administrators' policies (for what goes out it looks at the sender's).

use std::collections::BTreeSet;
use std::net::IpAddr;

use fastrand::Rng;
use meshveil_reach::Manifests;
use meshveil_reach::manifest::kinds::workload::Protocol as EngineProtocol;
use meshveil_reach::network::{Endpoint, Network, NetworkOptions};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::agree::{addresses, ports};
use crate::cluster::{Cluster, Pod};
use crate::generate::Input;
use crate::objects::Protocol;

/// A question about packets from one address to another.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Question {
    source: IpAddr,
    destination: IpAddr,
    protocol: &'static str,
    ports: Vec<u16>,
}

/// A cluster and questions about it, as the engine reads them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Enforced {
    namespaces: Vec<Value>,
    pods: Vec<Value>,
    policies: Vec<Value>,
    admin: Vec<Value>,
    questions: Vec<Question>,
}

impl Enforced {
    /// The cluster of a random input with every address known; `None` where no API server would take the input.
    #[must_use]
    pub fn new(input: &Input) -> Option<Self> {
        let cluster = Cluster::read(&input.text()).ok()?;
        let namespace = |(name, labels): (&String, &crate::selector::Labels)| json!({ "metadata": { "name": name, "labels": labels } });
        let mut enforced = Self {
            namespaces: cluster.namespaces.iter().map(namespace).collect(),
            pods: cluster.pods.iter().enumerate().map(|(at, pod)| running(at, pod)).collect(),
            policies: of_kind(input, "NetworkPolicy").map(stored).collect(),
            admin: of_kind(input, "AdminNetworkPolicy").enumerate().map(|(at, policy)| ordered(at, policy)).collect(),
            questions: Vec::new(),
        };
        let cluster = Cluster::read(&enforced.text()).expect("a cluster");
        enforced.questions = questions(&cluster, &mut Rng::with_seed(input.seed));
        Some(enforced)
    }

    /// The manifests.
    #[must_use]
    pub fn text(&self) -> String {
        let kinds = [
            ("v1", "Namespace", &self.namespaces),
            ("v1", "Pod", &self.pods),
            ("networking.k8s.io/v1", "NetworkPolicy", &self.policies),
            ("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", &self.admin),
        ];
        let whole = |version: &str, kind: &str, object: &Value| {
            let mut object = object.clone();
            object["apiVersion"] = json!(version);
            object["kind"] = json!(kind);
            format!("{object}\n")
        };
        let texts = kinds.iter().flat_map(|(version, kind, all)| all.iter().map(move |one| whole(version, kind, one)));
        texts.collect::<Vec<_>>().join("---\n")
    }

    /// The number of packets that are asked about.
    #[must_use]
    pub fn packets(&self) -> usize {
        self.questions.iter().map(|question| question.ports.len()).sum()
    }

    /// The packets about which the reachability engine says something else than the answers.
    #[must_use]
    pub fn differences(&self, answers: &[Vec<bool>]) -> Vec<String> {
        let manifests = Manifests::from_text("cluster.yaml", &self.text());
        if !manifests.is_sound() {
            return vec![format!("the engine refuses the manifests: {:?}", manifests.findings)];
        }
        let network = Network::new(&manifests, &NetworkOptions::default());
        let end = |address: IpAddr| {
            let own = manifests.workloads.iter().position(|workload| workload.addresses.contains(&address));
            own.map(Endpoint::Workload).or_else(|| network.range_of(address))
        };
        let mut differences = Vec::new();
        if answers.len() != self.questions.len() {
            differences.push("an answer is missing".to_owned());
        }
        for (question, answers) in self.questions.iter().zip(answers) {
            let (Some(source), Some(destination)) = (end(question.source), end(question.destination)) else {
                differences.push(format!("no end has {} or {}", question.source, question.destination));
                continue;
            };
            let protocol = match question.protocol {
                "UDP" => EngineProtocol::Udp,
                "SCTP" => EngineProtocol::Sctp,
                _ => EngineProtocol::Tcp,
            };
            let set = network.ports_between(source, destination);
            for (port, passes) in question.ports.iter().zip(answers) {
                if set.contains(protocol, *port) != *passes {
                    differences.push(format!(
                        "{} => {}: {} {port}: enforced {passes}, the engine says {}",
                        network.title(source),
                        network.title(destination),
                        question.protocol,
                        !passes
                    ));
                }
            }
        }
        differences
    }
}

fn of_kind<'i>(input: &'i Input, kind: &'static str) -> impl Iterator<Item = &'i Value> {
    input.objects.iter().filter(move |object| object["kind"] == kind)
}

/// Pods that are alike as one running Pod, every port in one container.
fn running(at: usize, pod: &Pod) -> Value {
    let address = if pod.is_on_node { format!("172.20.0.{}", at + 1) } else { format!("10.1.{}.{}", at % 2, at + 1) };
    let mut names = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    let mut ports = Vec::new();
    for port in &pod.ports {
        let protocol = port.protocol.unwrap_or_default();
        if !numbers.insert((port.container_port, protocol)) {
            continue;
        }
        let mut written = json!({ "containerPort": port.container_port, "protocol": word(protocol) });
        if let Some(name) = port.name.as_ref().filter(|name| names.insert((*name).clone())) {
            written["name"] = json!(name);
        }
        ports.push(written);
    }
    json!({
        "metadata": { "name": format!("{}-{}", pod.name, pod.kind.to_lowercase()), "namespace": pod.namespace, "labels": pod.labels },
        "spec": { "nodeName": "node", "hostNetwork": pod.is_on_node, "containers": [{ "name": "c", "image": "example.com/app:1", "ports": ports }] },
        "status": { "phase": "Running", "podIP": address, "podIPs": [{ "ip": address }] },
    })
}

/// A NetworkPolicy with the defaults that the API server writes into it.
fn stored(policy: &Value) -> Value {
    let mut metadata = policy["metadata"].clone();
    if metadata.get("namespace").is_none() {
        metadata["namespace"] = json!("default");
    }
    let mut spec = policy["spec"].as_object().cloned().unwrap_or_default();
    without_nulls(&mut spec);
    spec.entry("podSelector").or_insert_with(|| json!({}));
    let has_egress = spec.get("egress").and_then(Value::as_array).is_some_and(|rules| !rules.is_empty());
    let types = spec.entry("policyTypes").or_insert_with(|| json!([]));
    if types.as_array().is_none_or(Vec::is_empty) {
        *types = if has_egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
    }
    for direction in ["ingress", "egress"] {
        let rules = spec.get_mut(direction).and_then(Value::as_array_mut).into_iter().flatten();
        for port in rules.filter_map(|rule| rule.get_mut("ports")?.as_array_mut()).flatten() {
            let protocol = port.as_object_mut().map(|port| port.entry("protocol").or_insert(Value::Null));
            if let Some(protocol) = protocol.filter(|protocol| protocol.is_null()) {
                *protocol = json!("TCP");
            }
        }
        if spec.get(direction).and_then(Value::as_array).is_some_and(Vec::is_empty) {
            spec.remove(direction);
        }
    }
    json!({ "metadata": metadata, "spec": spec })
}

/// The API server drops members that are null.
fn without_nulls(map: &mut Map<String, Value>) {
    map.retain(|_, value| !value.is_null());
    for value in map.values_mut() {
        match value {
            Value::Object(inner) => without_nulls(inner),
            Value::Array(items) => items.iter_mut().filter_map(Value::as_object_mut).for_each(without_nulls),
            _ => {}
        }
    }
}

/// An administrators' policy with a priority of its own, and numbers for names of ports.
fn ordered(at: usize, policy: &Value) -> Value {
    let mut spec = policy["spec"].clone();
    spec["priority"] = json!(at);
    for direction in ["ingress", "egress"] {
        let rules = spec.get_mut(direction).and_then(Value::as_array_mut).into_iter().flatten();
        for port in rules.filter_map(|rule| rule.get_mut("ports")?.as_array_mut()).flatten() {
            if port.get("namedPort").is_some() {
                *port = json!({ "portNumber": { "protocol": "TCP", "port": 80 } });
            }
        }
    }
    json!({ "metadata": policy["metadata"], "spec": spec })
}

fn word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
        Protocol::Sctp => "SCTP",
    }
}

fn questions(cluster: &Cluster, rng: &mut Rng) -> Vec<Question> {
    let ports = ports(cluster, rng, 24);
    let of_pods = || cluster.pods.iter().flat_map(|pod| pod.addresses.iter().copied());
    let outside: Vec<IpAddr> = addresses(cluster, rng, 4).into_iter().filter(IpAddr::is_ipv4).collect();
    let mut pairs: Vec<(IpAddr, IpAddr)> = Vec::new();
    for pod in of_pods() {
        pairs.extend(of_pods().filter(|other| *other != pod).map(|other| (pod, other)));
        pairs.extend(outside.iter().flat_map(|address| [(pod, *address), (*address, pod)]));
    }
    let mut questions = Vec::new();
    for (source, destination) in pairs {
        for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
            let numbers: Vec<u16> = ports.iter().filter(|(own, _)| *own == protocol).map(|(_, port)| *port).collect();
            if !numbers.is_empty() {
                questions.push(Question { source, destination, protocol: word(protocol), ports: numbers });
            }
        }
    }
    questions
}
