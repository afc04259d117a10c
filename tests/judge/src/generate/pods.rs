//! Random pods: every kind of object that makes pods, with and without known addresses.

use serde_json::{Map, Value, json};

use super::{Maker, PORT_NAMES, PORTS, PROTOCOLS, Plan, object};

const KINDS: [(u32, &str); 9] = [
    (12, "Pod"),
    (4, "Deployment"),
    (3, "StatefulSet"),
    (2, "DaemonSet"),
    (2, "ReplicaSet"),
    (1, "ReplicationController"),
    (2, "Job"),
    (2, "CronJob"),
    (1, "PodTemplate"),
];

fn api_version(kind: &str) -> &'static str {
    match kind {
        "Pod" | "ReplicationController" | "PodTemplate" => "v1",
        "Job" | "CronJob" => "batch/v1",
        _ => "apps/v1",
    }
}

impl Maker {
    pub(super) fn pods(&mut self) {
        let count = self.weighted(&[(1, 2), (4, 3), (4, 4), (2, 5)]);
        let known = self.weighted(&[(5, 100), (2, 0), (3, 60)]);
        // One family of addresses per cluster: with two, the engine counts each side of a connection by itself.
        let is_v6 = self.chance(15);
        for number in 0..count {
            let name = format!("w{number}");
            let namespace = self.rng.usize(..self.homes.len());
            let is_known = self.chance(known);
            let kind = self.weighted(&KINDS);
            let is_on_node = self.chance(5);
            let labels = self.labels();
            let (containers, inits, ports) = self.containers();
            let mut addresses = Vec::new();
            if is_known {
                addresses.push(match (is_v6, is_on_node) {
                    (false, false) => format!("10.1.{}.{}", number % 2, number + 1),
                    (false, true) => format!("172.20.0.{}", number + 1),
                    (true, false) => format!("fd00:10::{}", number + 1),
                    (true, true) => format!("2001:db8:1::{}", number + 1),
                });
            }
            let mut spec = json!({ "containers": containers });
            if is_on_node {
                spec["hostNetwork"] = json!(true);
            } else if self.chance(4) {
                spec["hostNetwork"] = json!(false);
            }
            if !inits.is_empty() {
                spec["initContainers"] = Value::Array(inits);
            }
            let home = self.homes[namespace].name;
            let addresses = self.workload(kind, &name, home, &labels, &spec, addresses);
            self.plans.push(Plan { namespace, labels, ports, addresses });
        }
    }

    /// One or two containers, perhaps a sidecar, and the named ports. A name is unique for a protocol within a container, and
    /// nearly always within a pod.
    #[expect(clippy::type_complexity, reason = "containers, init containers, ports")]
    fn containers(&mut self) -> (Vec<Value>, Vec<Value>, Vec<(Option<&'static str>, u16, &'static str)>) {
        let mut all: Vec<(Option<&'static str>, u16, &'static str)> = Vec::new();
        let mut made: [Vec<Value>; 3] = [Vec::new(), Vec::new(), Vec::new()];
        let count = if self.chance(20) { 2 } else { 1 };
        let sidecar = self.chance(10);
        for (at, ports) in made.iter_mut().enumerate() {
            if at >= count && !(at == 2 && sidecar) {
                continue;
            }
            let mut names: Vec<&str> = Vec::new();
            for _ in 0..self.weighted(&[(2, 0), (5, 1), (3, 2)]) {
                let number = self.pick(&PORTS);
                let protocol = self.weighted(&[(7, PROTOCOLS[0]), (3, PROTOCOLS[1]), (1, PROTOCOLS[2])]);
                if all.iter().any(|(_, n, p)| (*n, *p) == (number, protocol)) {
                    continue;
                }
                let name = self.pick(&PORT_NAMES);
                let is_elsewhere = all.iter().any(|(n, _, p)| (*n, *p) == (Some(name), protocol));
                let is_taken = names.contains(&name) || (is_elsewhere && !self.chance(30));
                let name = (!is_taken && self.chance(80)).then_some(name);
                names.extend(name);
                all.push((name, number, protocol));
                let mut port = Map::new();
                port.insert("containerPort".to_owned(), json!(number));
                if let Some(name) = name {
                    port.insert("name".to_owned(), json!(name));
                }
                if protocol != "TCP" || self.chance(30) {
                    port.insert("protocol".to_owned(), json!(protocol));
                }
                ports.push(Value::Object(port));
            }
        }
        let container = |name: &str, ports: &Vec<Value>| {
            let mut container = json!({ "name": name, "image": "example.com/app:1" });
            if !ports.is_empty() {
                container["ports"] = Value::Array(ports.clone());
            }
            container
        };
        let containers = (0..count).map(|at| container(&format!("c{at}"), &made[at])).collect();
        let mut inits = Vec::new();
        if sidecar {
            let mut helper = container("sidecar", &made[2]);
            helper["restartPolicy"] = json!("Always");
            inits.push(helper);
        }
        (containers, inits, all)
    }

    /// The object, and the Pod that it made where its address is known. Gives the addresses that the manifests tell.
    fn workload(
        &mut self,
        kind: &str,
        name: &str,
        namespace: &str,
        labels: &[(&'static str, &'static str)],
        spec: &Value,
        addresses: Vec<String>,
    ) -> Vec<String> {
        let mut metadata = json!({ "name": name, "namespace": namespace });
        if namespace == "default" && self.chance(50) {
            metadata = json!({ "name": name });
        }
        if kind == "Pod" {
            metadata["labels"] = object(labels);
            let pod = self.pod(&metadata, spec, &addresses);
            self.objects.push(pod);
            return addresses;
        }
        let object_metadata = metadata.clone();
        if self.chance(30) {
            // Labels of the object are not labels of its pods.
            metadata["labels"] = object(&self.labels());
        }
        let template = json!({ "metadata": { "labels": object(labels) }, "spec": spec });
        let restart = |mut template: Value| {
            template["spec"]["restartPolicy"] = json!("Never");
            template
        };
        let body = match kind {
            "Job" => json!({ "template": restart(template) }),
            "CronJob" => {
                json!({ "schedule": "0 3 * * *", "jobTemplate": { "spec": { "template": restart(template) } } })
            }
            "ReplicationController" => json!({ "selector": object(labels), "template": template }),
            _ => json!({ "selector": { "matchLabels": object(labels) }, "template": template }),
        };
        let mut made = json!({ "apiVersion": api_version(kind), "kind": kind, "metadata": metadata });
        if kind == "PodTemplate" {
            made["template"] = body["template"].clone();
        } else {
            made["spec"] = body;
        }
        self.objects.push(made);
        if addresses.is_empty() || !matches!(kind, "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job") {
            return Vec::new();
        }
        let mut all = Vec::new();
        for replica in 0..self.weighted(&[(3, 1), (1, 2)]) {
            let mut metadata = object_metadata.clone();
            metadata["name"] = json!(format!("{name}-{replica}"));
            metadata["labels"] = object(labels);
            metadata["ownerReferences"] = json!([{
                "apiVersion": api_version(kind), "kind": kind, "name": name, "uid": "5e1f", "controller": true,
            }]);
            let own: Vec<String> = addresses
                .iter()
                .map(|address| if replica == 0 { address.clone() } else { format!("{address}{replica}") })
                .collect();
            let pod = self.pod(&metadata, spec, &own);
            self.objects.push(pod);
            all.extend(own);
        }
        all
    }

    fn pod(&mut self, metadata: &Value, spec: &Value, addresses: &[String]) -> Value {
        let mut pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec });
        if let Some(first) = addresses.first() {
            pod["status"] = json!({ "podIP": first });
            if addresses.len() > 1 || self.rng.bool() {
                let all: Vec<Value> = addresses.iter().map(|address| json!({ "ip": address })).collect();
                pod["status"]["podIPs"] = Value::Array(all);
            }
        }
        pod
    }
}
