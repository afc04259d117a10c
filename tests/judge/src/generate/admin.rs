//! Random AdminNetworkPolicies and a BaselineAdminNetworkPolicy.

use serde_json::{Map, Value, json};

use super::{Maker, PORT_NAMES, PORTS, PROTOCOLS, Plan};

impl Maker {
    pub(super) fn admin_policies(&mut self) {
        let count = self.weighted(&[(1, 0), (3, 1), (4, 2), (4, 3)]);
        let mut priorities: Vec<u32> = (0..1000).step_by(111).collect();
        self.rng.shuffle(&mut priorities);
        let shared = if self.chance(30) { priorities.first().copied() } else { None };
        for (number, priority) in priorities.into_iter().take(count).enumerate() {
            let priority = shared.filter(|_| self.rng.bool()).unwrap_or(priority);
            let spec = self.admin_spec(Some(priority));
            self.objects.push(json!({
                "apiVersion": "policy.networking.k8s.io/v1alpha1",
                "kind": "AdminNetworkPolicy",
                "metadata": { "name": format!("admin{number}") },
                "spec": spec,
            }));
        }
        if count == 0 || self.chance(50) {
            let spec = self.admin_spec(None);
            self.objects.push(json!({
                "apiVersion": "policy.networking.k8s.io/v1alpha1",
                "kind": "BaselineAdminNetworkPolicy",
                "metadata": { "name": "default" },
                "spec": spec,
            }));
        }
    }

    fn admin_spec(&mut self, priority: Option<u32>) -> Value {
        let target = self.pick(&self.plans.clone());
        let mut spec = json!({ "subject": self.admin_pods(&target) });
        if let Some(priority) = priority {
            spec["priority"] = json!(priority);
        }
        let (ingress, egress) = self.weighted(&[(5, (true, false)), (4, (false, true)), (3, (true, true))]);
        for (is_given, key) in [(ingress, "ingress"), (egress, "egress")] {
            if is_given {
                let count = self.weighted(&[(4, 1), (3, 2), (2, 3)]);
                let rules = (0..count).map(|_| self.admin_rule(&target, key, priority.is_none())).collect();
                spec[key] = Value::Array(rules);
            }
        }
        spec
    }

    fn admin_pods(&mut self, plan: &Plan) -> Value {
        let home = self.homes[plan.namespace].clone();
        let namespaces = self.selector(Some(&home.labels), Some(home.name));
        if self.rng.bool() {
            return json!({ "namespaces": namespaces });
        }
        let pods = self.selector(Some(&plan.labels.clone()), None);
        json!({ "pods": { "namespaceSelector": namespaces, "podSelector": pods } })
    }

    fn admin_rule(&mut self, target: &Plan, direction: &str, is_baseline: bool) -> Value {
        let other = self.pick(&self.plans.clone());
        let receiver = if direction == "ingress" { target.clone() } else { other.clone() };
        let mut rule = Map::new();
        let action =
            if is_baseline { self.pick(&["Allow", "Deny", "Deny"]) } else { self.pick(&["Allow", "Deny", "Pass"]) };
        rule.insert("action".to_owned(), json!(action));
        let mut peers = Vec::new();
        for _ in 0..self.weighted(&[(4, 1), (1, 2)]) {
            peers.push(if direction == "egress" && self.chance(30) {
                let networks: Vec<&str> = (0..self.weighted(&[(2, 1), (1, 2)]))
                    .map(|_| {
                        self.pick(&[
                            "10.1.0.0/16",
                            "10.1.0.0/24",
                            "0.0.0.0/0",
                            "0.0.0.0/1",
                            "128.0.0.0/1",
                            "::/0",
                            "192.0.2.0/24",
                            "fd00:10::/64",
                        ])
                    })
                    .collect();
                json!({ "networks": networks })
            } else {
                self.admin_pods(&other)
            });
        }
        rule.insert(if direction == "ingress" { "from" } else { "to" }.to_owned(), Value::Array(peers));
        if self.chance(60) {
            let ports = (0..self.weighted(&[(3, 1), (1, 2)])).map(|_| self.admin_port(&receiver)).collect();
            rule.insert("ports".to_owned(), Value::Array(ports));
        }
        Value::Object(rule)
    }

    fn admin_port(&mut self, receiver: &Plan) -> Value {
        let (name, number, protocol) = if !receiver.ports.is_empty() && self.chance(75) {
            self.pick(&receiver.ports)
        } else {
            (Some(self.pick(&PORT_NAMES)), self.pick(&PORTS), self.pick(&PROTOCOLS))
        };
        match (self.rng.u8(..100), name) {
            (0..45, Some(name)) => json!({ "namedPort": name }),
            (0..75, _) => json!({ "portNumber": { "protocol": protocol, "port": number } }),
            _ => {
                let start = number.saturating_sub(self.rng.u16(1..3));
                json!({ "portRange": { "protocol": protocol, "start": start, "end": number } })
            }
        }
    }
}
