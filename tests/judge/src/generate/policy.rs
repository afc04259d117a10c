//! Random NetworkPolicies, made for pods that are there.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value, json};

use super::{Maker, PORT_NAMES, PORTS, PROTOCOLS, Plan};

const BLOCKS: [&str; 12] = [
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.0.0/24",
    "172.20.0.0/16",
    "192.0.2.0/24",
    "198.51.100.128/25",
    "10.1.7.0/25",
    "0.0.0.0/0",
    "::/0",
    "fd00:10::/64",
    "2001:db8::/32",
    "2001:db8:1::/48",
];

impl Maker {
    pub(super) fn policy(&mut self, number: usize) {
        let target = self.pick(&self.plans.clone());
        // Mostly the target's own namespace.
        let home = if self.chance(90) { target.namespace } else { self.rng.usize(..self.homes.len()) };
        let home_name = self.homes[home].name;
        let mut spec = Map::new();
        let is_for = if self.chance(90) { Some(target.labels.clone()) } else { None };
        let selector = self.selector(is_for.as_deref(), None);
        if !selector.as_object().is_some_and(Map::is_empty) || self.chance(85) {
            spec.insert("podSelector".to_owned(), selector);
        }
        let (ingress, egress) =
            self.weighted(&[(6, (true, false)), (4, (false, true)), (3, (true, true)), (1, (false, false))]);
        if ingress {
            let rules = self.rules(&target, home, "from");
            spec.insert("ingress".to_owned(), rules);
        }
        if egress {
            let rules = self.rules(&target, home, "to");
            spec.insert("egress".to_owned(), rules);
        }
        let types = match (ingress, egress) {
            (true, false) => {
                self.weighted(&[(5, None), (4, Some(json!(["Ingress"]))), (1, Some(json!(["Ingress", "Egress"])))])
            }
            (false, true) => {
                self.weighted(&[(2, None), (6, Some(json!(["Egress"]))), (1, Some(json!(["Egress", "Ingress"])))])
            }
            _ => self.weighted(&[
                (3, None),
                (5, Some(json!(["Ingress", "Egress"]))),
                (1, Some(json!(["Ingress"]))),
                (1, Some(json!(["Egress"]))),
            ]),
        };
        match types {
            Some(types) => {
                spec.insert("policyTypes".to_owned(), types);
            }
            None if self.chance(8) => {
                let empty = self.empty(json!([]));
                spec.insert("policyTypes".to_owned(), empty);
            }
            None => {}
        }
        for key in ["podSelector", "ingress", "egress"] {
            self.seldom_null(&mut spec, key);
        }
        let mut metadata = json!({ "name": format!("p{number}"), "namespace": home_name });
        if home_name == "default" && self.chance(30) {
            metadata = json!({ "name": format!("p{number}") });
        }
        self.objects.push(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec,
        }));
    }

    /// Rules of one direction; `side` is the name of their list of peers.
    fn rules(&mut self, target: &Plan, home: usize, side: &str) -> Value {
        let count = self.weighted(&[(1, 0), (7, 1), (3, 2), (1, 3)]);
        let rules = (0..count).map(|_| self.rule(target, home, side)).collect();
        Value::Array(rules)
    }

    fn rule(&mut self, target: &Plan, home: usize, side: &str) -> Value {
        let other = self.pick(&self.plans.clone());
        let receiver = if side == "from" { target.clone() } else { other.clone() };
        let mut rule = Map::new();
        match self.rng.u8(..100) {
            0..12 => self.seldom_null(&mut rule, side),
            12..16 => {
                let empty = self.empty(json!([]));
                rule.insert(side.to_owned(), empty);
            }
            _ => {
                let count = self.weighted(&[(6, 1), (3, 2), (1, 3)]);
                let mut peers = Vec::new();
                for at in 0..count {
                    let wanted = if at == 0 { other.clone() } else { self.pick(&self.plans.clone()) };
                    peers.push(self.peer(&wanted, home));
                }
                rule.insert(side.to_owned(), Value::Array(peers));
            }
        }
        match self.rng.u8(..100) {
            0..15 => self.seldom_null(&mut rule, "ports"),
            15..19 => {
                let empty = self.empty(json!([]));
                rule.insert("ports".to_owned(), empty);
            }
            _ => {
                let count = self.weighted(&[(6, 1), (3, 2)]);
                let ports = (0..count).map(|_| self.port(&receiver)).collect();
                rule.insert("ports".to_owned(), Value::Array(ports));
            }
        }
        Value::Object(rule)
    }

    fn peer(&mut self, wanted: &Plan, home: usize) -> Value {
        let namespace = self.homes[wanted.namespace].clone();
        let labels = wanted.labels.clone();
        let form = match self.rng.u8(..100) {
            0..40 => "block",
            40..55 => "both",
            55..75 => "namespaces",
            // A podSelector alone is about the policy's own namespace.
            _ if wanted.namespace == home || self.chance(20) => "pods",
            _ => "both",
        };
        let mut peer = Map::new();
        if form == "block" {
            let block = self.block(wanted);
            peer.insert("ipBlock".to_owned(), block);
        }
        if form == "both" || form == "namespaces" {
            let selector = self.selector(Some(&namespace.labels), Some(namespace.name));
            peer.insert("namespaceSelector".to_owned(), selector);
        }
        if form == "both" || form == "pods" {
            let selector = self.selector(Some(&labels), None);
            peer.insert("podSelector".to_owned(), selector);
        }
        for key in ["podSelector", "namespaceSelector", "ipBlock"] {
            self.seldom_null(&mut peer, key);
        }
        Value::Object(peer)
    }

    fn block(&mut self, wanted: &Plan) -> Value {
        let address = wanted.addresses.first().and_then(|address| address.parse::<IpAddr>().ok());
        let text = match address {
            Some(IpAddr::V4(v4)) if self.chance(25) => format!("{v4}/{}", self.weighted(&[(2, 32), (1, 31), (1, 24)])),
            Some(_) if self.chance(30) => self.pick(&["10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0"]).to_owned(),
            _ => self.pick(&BLOCKS).to_owned(),
        };
        // The API server refuses bits after the prefix.
        let cidr = text.parse::<IpNet>().expect("a block").trunc();
        let text = cidr.to_string();
        let mut excepts: Vec<String> = Vec::new();
        if self.chance(55) && cidr.prefix_len() < cidr.max_prefix_len() {
            for _ in 0..self.weighted(&[(5, 1), (2, 2), (1, 3)]) {
                let except = self.except(cidr, address);
                excepts.push(except);
            }
        }
        if cidr.prefix_len() == 0 && self.chance(30) {
            let private: &[&str] = match cidr {
                IpNet::V4(_) => &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"],
                IpNet::V6(_) => &["fc00::/7"],
            };
            let left_out = if self.chance(30) { self.rng.usize(..private.len()) } else { private.len() };
            excepts.extend(private.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, p)| (*p).to_owned()));
        }
        let mut block = json!({ "cidr": text });
        if !excepts.is_empty() {
            block["except"] = json!(excepts);
        } else if self.chance(4) {
            block["except"] = self.empty(json!([]));
        }
        block
    }

    /// A smaller block inside: round the wanted address, at either end, or anywhere.
    fn except(&mut self, cidr: IpNet, wanted: Option<IpAddr>) -> String {
        let longest = cidr.max_prefix_len();
        let prefix = (cidr.prefix_len() + self.rng.u8(1..=9)).min(longest);
        let inside = wanted.filter(|address| cidr.contains(address));
        let address = match self.rng.u8(..4) {
            0 | 1 if inside.is_some() => inside.unwrap_or(cidr.network()),
            0 | 2 => cidr.network(),
            1 => cidr.broadcast(),
            _ => match cidr.network() {
                IpAddr::V4(v4) => IpAddr::V4((u32::from(v4) | (self.rng.u32(..) & host_mask_v4(cidr))).into()),
                IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) | (self.rng.u128(..) & host_mask_v6(cidr))).into()),
            },
        };
        IpNet::new(address, prefix).expect("a prefix").trunc().to_string()
    }

    pub(super) fn port(&mut self, receiver: &Plan) -> Value {
        let mut port = Map::new();
        let (name, number, protocol) = if !receiver.ports.is_empty() && self.chance(75) {
            self.pick(&receiver.ports)
        } else {
            let name = self.pick(&PORT_NAMES);
            (Some(name), self.pick(&PORTS), self.weighted(&[(5, PROTOCOLS[0]), (2, PROTOCOLS[1]), (1, PROTOCOLS[2])]))
        };
        if protocol != "TCP" || self.chance(40) {
            port.insert("protocol".to_owned(), json!(protocol));
        }
        match (self.rng.u8(..100), name) {
            (0..55, Some(name)) => {
                port.insert("port".to_owned(), json!(name));
            }
            (0..80, _) => {
                port.insert("port".to_owned(), json!(number));
            }
            (80..93, _) => {
                let first = number.saturating_sub(self.rng.u16(..3)).max(1);
                let last = number.saturating_add(self.weighted(&[(2, 0), (2, 1), (2, 400), (1, 65000)]));
                port.insert("port".to_owned(), json!(first));
                port.insert("endPort".to_owned(), json!(last));
            }
            _ => {}
        }
        for key in ["protocol", "port", "endPort"] {
            self.seldom_null(&mut port, key);
        }
        Value::Object(port)
    }
}

fn host_mask_v4(cidr: IpNet) -> u32 {
    u32::MAX.checked_shr(cidr.prefix_len().into()).unwrap_or(0)
}

fn host_mask_v6(cidr: IpNet) -> u128 {
    u128::MAX.checked_shr(cidr.prefix_len().into()).unwrap_or(0)
}
