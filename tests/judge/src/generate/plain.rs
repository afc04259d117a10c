//! Random clusters in the plain part of the API, which every analyser reads the same way: numbered ports, addresses
//! outside the cluster, `policyTypes` written out. Another analyser is compared on these.

use fastrand::Rng;
use serde_json::{Value, json};

use super::{Input, Style};

const NAMESPACES: [(&str, &str); 3] = [("shop", "prod"), ("data", "prod"), ("staging", "dev")];
const KINDS: [&str; 4] = ["Deployment", "StatefulSet", "DaemonSet", "Pod"];
const APPS: [&str; 3] = ["front", "back", "store"];
const TEAMS: [&str; 2] = ["red", "blue"];
/// Documentation addresses (RFC 5737): outside of any cluster.
const BLOCKS: [(&str, &str); 3] = [
    ("198.51.100.0/24", "198.51.100.64/26"),
    ("203.0.113.0/24", "203.0.113.0/28"),
    ("203.0.113.128/25", "203.0.113.192/32"),
];

/// The plain cluster of a seed.
#[must_use]
pub fn plain(seed: u64) -> Input {
    let mut rng = Rng::with_seed(seed ^ 0x0070_6c61_696e);
    let mut objects: Vec<Value> = NAMESPACES
        .iter()
        .map(|(name, env)| json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": { "env": env, "kubernetes.io/metadata.name": name } } }))
        .collect();
    for number in 0..rng.usize(3..7) {
        objects.push(workload(&mut rng, &format!("w{number}")));
    }
    for number in 0..rng.usize(3..9) {
        objects.push(policy(&mut rng, &format!("p{number}")));
    }
    // Namespaces stay first: NCA 2.1.0 overlooks the labels of those that come after their workloads.
    rng.shuffle(&mut objects[NAMESPACES.len()..]);
    Input { objects, style: Style::Blocks, pod_ranges: Vec::new(), seed }
}

fn one_of<T: Copy>(rng: &mut Rng, choice: &[T]) -> T {
    choice[rng.usize(..choice.len())]
}

fn workload(rng: &mut Rng, name: &str) -> Value {
    let kind = one_of(rng, &KINDS);
    let (namespace, _) = one_of(rng, &NAMESPACES);
    let mut labels = json!({ "app": one_of(rng, &APPS) });
    if rng.bool() {
        labels["team"] = json!(one_of(rng, &TEAMS));
    }
    let spec = json!({ "containers": [{ "name": "app", "image": "example.com/app:1" }] });
    if kind == "Pod" {
        let metadata = json!({ "name": name, "namespace": namespace, "labels": labels });
        return json!({ "apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec });
    }
    let template = json!({ "metadata": { "labels": labels }, "spec": spec });
    json!({
        "apiVersion": "apps/v1", "kind": kind, "metadata": { "name": name, "namespace": namespace },
        "spec": { "selector": { "matchLabels": labels }, "template": template }
    })
}

fn pods(rng: &mut Rng) -> Value {
    match rng.u8(..7) {
        0 => json!({}),
        1 => {
            json!({ "matchExpressions": [{ "key": "app", "operator": "In", "values": ["front", one_of(rng, &APPS)] }] })
        }
        2 => json!({ "matchExpressions": [{ "key": "app", "operator": "NotIn", "values": [one_of(rng, &APPS)] }] }),
        3 => json!({ "matchExpressions": [{ "key": "team", "operator": one_of(rng, &["Exists", "DoesNotExist"]) }] }),
        4 => json!({ "matchLabels": { "app": one_of(rng, &APPS), "team": one_of(rng, &TEAMS) } }),
        _ => json!({ "matchLabels": { "app": one_of(rng, &APPS) } }),
    }
}

fn namespaces(rng: &mut Rng) -> Value {
    match rng.u8(..4) {
        0 => json!({}),
        1 => json!({ "matchLabels": { "env": one_of(rng, &["prod", "dev"]) } }),
        2 => json!({ "matchExpressions": [{ "key": "env", "operator": "NotIn", "values": ["dev"] }] }),
        _ => json!({ "matchLabels": { "kubernetes.io/metadata.name": one_of(rng, &NAMESPACES).0 } }),
    }
}

fn peer(rng: &mut Rng) -> Value {
    match rng.u8(..5) {
        0 => {
            let (block, except) = one_of(rng, &BLOCKS);
            let mut block = json!({ "cidr": block });
            if rng.bool() {
                block["except"] = json!([except]);
            }
            json!({ "ipBlock": block })
        }
        1 => json!({ "namespaceSelector": namespaces(rng) }),
        2 => json!({ "podSelector": pods(rng) }),
        _ => {
            // NCA 2.1.0 looks for keys in the policy's own namespace only.
            let known = |pods: &Value| !pods.to_string().contains("Exist");
            let pods = std::iter::repeat_with(|| pods(rng)).find(known);
            json!({ "namespaceSelector": namespaces(rng), "podSelector": pods })
        }
    }
}

fn port(rng: &mut Rng) -> Value {
    let mut port = json!({});
    if rng.u8(..4) > 0 {
        port["protocol"] = json!(one_of(rng, &["TCP", "UDP", "SCTP"]));
    }
    if rng.u8(..5) > 0 {
        let first = one_of(rng, &[53, 80, 443, 8080, 65_535]);
        port["port"] = json!(first);
        if rng.u8(..4) == 0 {
            port["endPort"] = json!(rng.u16(first..=65_535));
        }
    }
    port
}

fn rules(rng: &mut Rng, peers: &str) -> Value {
    let rule = |rng: &mut Rng| {
        let mut rule = json!({});
        if rng.u8(..6) > 0 {
            rule[peers] = (0..rng.usize(1..3)).map(|_| peer(rng)).collect();
        }
        if rng.u8(..3) > 0 {
            rule["ports"] = (0..rng.usize(1..3)).map(|_| port(rng)).collect();
        }
        rule
    };
    (0..rng.usize(0..4)).map(|_| rule(rng)).collect()
}

fn policy(rng: &mut Rng, name: &str) -> Value {
    let mut spec = json!({ "podSelector": pods(rng), "policyTypes": [] });
    let which = rng.u8(..4);
    if which != 0 {
        spec["policyTypes"] = json!(["Ingress"]);
        spec["ingress"] = rules(rng, "from");
    }
    if which <= 1 {
        spec["policyTypes"] = if which == 0 { json!(["Egress"]) } else { json!(["Ingress", "Egress"]) };
        spec["egress"] = rules(rng, "to");
    }
    let metadata = json!({ "name": name, "namespace": one_of(rng, &NAMESPACES).0 });
    json!({ "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec })
}
