//! Random small clusters, biased towards rules that let some packets through and stop others.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

/// What packets are asked about.
pub const PORTS: [(&str, u16); 7] =
    [("TCP", 80), ("TCP", 81), ("TCP", 90), ("TCP", 65535), ("UDP", 53), ("UDP", 80), ("SCTP", 80)];

const NAMESPACES: [&str; 3] = ["n1", "n2", "n3"];
const ADDRESSES: [&str; 9] = [
    "10.0.0.1",
    "10.0.1.1",
    "10.1.0.1",
    "172.16.5.5",
    "8.8.8.8",
    "255.255.255.255",
    "0.0.0.0",
    "2001:db8::1",
    "fd00::1",
];
const BLOCKS: [(&str, &[&str]); 9] = [
    ("0.0.0.0/0", &["10.0.0.0/8", "8.8.8.8/32", "128.0.0.0/1"]),
    ("10.0.0.0/8", &["10.0.0.0/24", "10.0.0.0/16", "10.0.1.1/32"]),
    ("10.0.0.0/16", &["10.0.1.0/24"]),
    ("10.0.0.1/32", &[]),
    ("8.8.8.0/24", &["8.8.8.8/31"]),
    ("255.255.255.255/32", &[]),
    ("::/0", &["fd00::/8", "2001:db8::/32"]),
    ("2001:db8::/32", &["2001:db8::/64"]),
    ("fd00::/8", &[]),
];

pub struct Pod {
    pub name: String,
    pub namespace: String,
    pub labels: Vec<(String, String)>,
    pub ports: Vec<(String, String, u16)>,
    pub address: IpAddr,
    pub on_node: bool,
}

pub struct World {
    pub namespaces: Vec<(String, Vec<(String, String)>)>,
    pub pods: Vec<Pod>,
    pub policies: Vec<Value>,
    /// Administrators' policies, in the order they were made.
    pub admin: Vec<Value>,
    pub addresses: Vec<IpAddr>,
}

fn object(labels: &[(String, String)]) -> Value {
    Value::Object(labels.iter().map(|(k, v)| (k.clone(), json!(v))).collect())
}

impl World {
    /// Labels of a namespace, with the one the API server sets.
    pub fn namespace_labels(&self, name: &str) -> Vec<(String, String)> {
        let mut labels = self.namespaces.iter().find(|(n, _)| n == name).map(|(_, l)| l.clone()).unwrap_or_default();
        labels.push(("kubernetes.io/metadata.name".to_owned(), name.to_owned()));
        labels
    }

    /// The cluster as one JSON List.
    pub fn text(&self) -> String {
        let mut items: Vec<Value> = Vec::new();
        for (name, labels) in &self.namespaces {
            items.push(
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": object(labels)}}),
            );
        }
        for pod in &self.pods {
            let ports: Vec<Value> = pod
                .ports
                .iter()
                .map(|(name, protocol, port)| json!({"name": name, "protocol": protocol, "containerPort": port}))
                .collect();
            items.push(json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": pod.name, "namespace": pod.namespace, "labels": object(&pod.labels)},
                "spec": {"hostNetwork": pod.on_node, "containers": [{"name": "c", "ports": ports}]},
                "status": {"podIP": pod.address.to_string()},
            }));
        }
        items.extend(self.policies.iter().chain(&self.admin).cloned());
        json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
    }
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) as usize % sides
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.roll(items.len())]
    }

    fn labels(&mut self) -> Vec<(String, String)> {
        let mut labels = Vec::new();
        for key in ["app", "tier"] {
            if !self.one_in(4) {
                labels.push((key.to_owned(), (*self.pick(&["a", "b", "c"])).to_owned()));
            }
        }
        labels
    }

    fn selector(&mut self) -> Value {
        let mut selector = Map::new();
        if self.one_in(3) {
            return json!({});
        }
        if self.one_in(2) {
            let key = *self.pick(&["app", "tier"]);
            selector.insert("matchLabels".to_owned(), json!({key: *self.pick(&["a", "b", "c"])}));
        } else {
            let many = 1 + self.roll(2);
            let expressions: Vec<Value> = (0..many).map(|_| self.expression()).collect();
            selector.insert("matchExpressions".to_owned(), json!(expressions));
        }
        Value::Object(selector)
    }

    fn expression(&mut self) -> Value {
        let key = *self.pick(&["app", "tier", "absent"]);
        let values: Vec<&str> = (0..=self.roll(2)).map(|_| *self.pick(&["a", "b", "c"])).collect();
        match self.roll(4) {
            0 => json!({"key": key, "operator": "In", "values": values}),
            1 => json!({"key": key, "operator": "NotIn", "values": values}),
            2 => json!({"key": key, "operator": "Exists"}),
            _ => json!({"key": key, "operator": "DoesNotExist"}),
        }
    }

    fn namespace_selector(&mut self) -> Value {
        if self.one_in(3) {
            return json!({"matchLabels": {"kubernetes.io/metadata.name": *self.pick(&NAMESPACES)}});
        }
        self.selector()
    }

    fn peer(&mut self) -> Value {
        match self.roll(5) {
            0 => json!({"podSelector": self.selector()}),
            1 => json!({"namespaceSelector": self.namespace_selector()}),
            2 => json!({"podSelector": self.selector(), "namespaceSelector": self.namespace_selector()}),
            _ => {
                let (cidr, inner) = *self.pick(&BLOCKS);
                let except: Vec<&str> = inner.iter().copied().filter(|_| self.one_in(2)).collect();
                if except.is_empty() && self.one_in(2) {
                    json!({"ipBlock": {"cidr": cidr}})
                } else {
                    json!({"ipBlock": {"cidr": cidr, "except": except}})
                }
            }
        }
    }

    fn port(&mut self) -> Value {
        let mut port = Map::new();
        if !self.one_in(3) {
            port.insert("protocol".to_owned(), json!(*self.pick(&["TCP", "TCP", "UDP", "SCTP"])));
        }
        match self.roll(6) {
            0 => {}
            1 => {
                port.insert("port".to_owned(), json!(*self.pick(&["web", "dns"])));
            }
            2 => {
                let first = *self.pick(&[1, 53, 80, 81, 90]);
                port.insert("port".to_owned(), json!(first));
                port.insert("endPort".to_owned(), json!(first + self.roll(30)));
            }
            _ => {
                port.insert("port".to_owned(), json!(*self.pick(&[80, 80, 81, 53, 65535])));
            }
        }
        Value::Object(port)
    }

    fn rules(&mut self, peers: &str) -> Value {
        let many = self.roll(3);
        let rules: Vec<Value> = (0..many)
            .map(|_| {
                let mut rule = Map::new();
                if !self.one_in(4) {
                    let many = self.roll(3);
                    rule.insert(peers.to_owned(), (0..many).map(|_| self.peer()).collect());
                }
                if !self.one_in(3) {
                    let many = self.roll(3);
                    rule.insert("ports".to_owned(), (0..many).map(|_| self.port()).collect());
                }
                Value::Object(rule)
            })
            .collect();
        json!(rules)
    }
}

impl Dice {
    fn pods(&mut self) -> Value {
        if self.one_in(2) {
            json!({"namespaces": self.namespace_selector()})
        } else {
            json!({"pods": {"namespaceSelector": self.namespace_selector(), "podSelector": self.selector()}})
        }
    }

    fn admin_rules(&mut self, peers: &str, actions: &[&str]) -> Value {
        let many = self.roll(4);
        let rules: Vec<Value> = (0..many)
            .map(|_| {
                let mut rule = Map::new();
                rule.insert("action".to_owned(), json!(*self.pick(actions)));
                let many = 1 + self.roll(2);
                let to = peers == "to";
                let named: Vec<Value> =
                    (0..many)
                        .map(|_| {
                            if to && self.one_in(3) { json!({"networks": [self.pick(&BLOCKS).0]}) } else { self.pods() }
                        })
                        .collect();
                rule.insert(peers.to_owned(), json!(named));
                if self.one_in(2) {
                    let protocol = *self.pick(&["TCP", "UDP"]);
                    let first = *self.pick(&[53, 80, 81]);
                    let port = match self.roll(3) {
                        0 => json!({"namedPort": *self.pick(&["web", "dns"])}),
                        1 => json!({"portNumber": {"protocol": protocol, "port": first}}),
                        _ => json!({"portRange": {"protocol": protocol, "start": first, "end": first + self.roll(20)}}),
                    };
                    rule.insert("ports".to_owned(), json!([port]));
                }
                Value::Object(rule)
            })
            .collect();
        json!(rules)
    }

    fn admin_policy(&mut self, name: &str, baseline: bool) -> Value {
        let actions: &[&str] = if baseline { &["Allow", "Deny"] } else { &["Allow", "Deny", "Pass"] };
        let mut spec = json!({
            "subject": self.pods(), "ingress": self.admin_rules("from", actions), "egress": self.admin_rules("to", actions),
        });
        if !baseline {
            spec["priority"] = json!(self.roll(100));
        }
        let kind = if baseline { "BaselineAdminNetworkPolicy" } else { "AdminNetworkPolicy" };
        json!({"apiVersion": "policy.networking.k8s.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
    }
}

/// The cluster of a seed.
pub fn world(seed: u64) -> World {
    let mut dice = Dice(seed.wrapping_mul(0xD134_2543_DE82_EF95));
    let namespaces: Vec<_> =
        NAMESPACES.iter().take(1 + dice.roll(3)).map(|name| ((*name).to_owned(), dice.labels())).collect();
    let pods = (0..2 + dice.roll(4))
        .map(|at| {
            let mut ports = Vec::new();
            if !dice.one_in(3) {
                ports.push(("web".to_owned(), "TCP".to_owned(), *dice.pick(&[80, 81, 90])));
            }
            if dice.one_in(3) {
                ports.push(("dns".to_owned(), (*dice.pick(&["TCP", "UDP"])).to_owned(), 53));
            }
            let address = if dice.one_in(6) {
                format!("2001:db8::{:x}", at + 16)
            } else {
                format!("10.0.{}.{}", dice.roll(3), at + 2)
            };
            Pod {
                name: format!("p{at}"),
                namespace: dice.pick(&namespaces).0.clone(),
                labels: dice.labels(),
                ports,
                address: address.parse().unwrap(),
                on_node: dice.one_in(10),
            }
        })
        .collect();
    let policies = (0..dice.roll(5))
        .map(|at| {
            let mut spec = Map::new();
            if !dice.one_in(10) {
                spec.insert("podSelector".to_owned(), dice.selector());
            }
            match dice.roll(4) {
                0 => {}
                1 => drop(spec.insert("policyTypes".to_owned(), json!(["Ingress"]))),
                2 => drop(spec.insert("policyTypes".to_owned(), json!(["Egress"]))),
                _ => drop(spec.insert("policyTypes".to_owned(), json!(["Egress", "Ingress"]))),
            }
            if !dice.one_in(4) {
                spec.insert("ingress".to_owned(), dice.rules("from"));
            }
            if !dice.one_in(3) {
                spec.insert("egress".to_owned(), dice.rules("to"));
            }
            let namespace = dice.pick(&namespaces).0.clone();
            json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"name": format!("policy{at}"), "namespace": namespace}, "spec": spec,
            })
        })
        .collect();
    let addresses = (0..2).map(|_| dice.pick(&ADDRESSES).parse().unwrap()).collect();
    let mut admin: Vec<Value> = Vec::new();
    if dice.one_in(2) {
        admin.extend((0..1 + dice.roll(2)).map(|at| dice.admin_policy(&format!("admin{at}"), false)));
        if dice.one_in(2) {
            admin.push(dice.admin_policy("default", true));
        }
    }
    World { namespaces, pods, policies, admin, addresses }
}
