//! Random clusters as manifests. Policies are made for the pods that are there, so that most rules match something.

mod admin;
mod plain;
mod pods;
mod policy;

use fastrand::Rng;
use ipnet::IpNet;
use serde_json::{Map, Value, json};

pub use plain::plain;

/// What a random cluster may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    /// NetworkPolicies.
    Network,
    /// NetworkPolicies and administrators' policies.
    Admin,
}

/// How the manifests are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// YAML documents.
    Blocks,
    /// JSON in YAML documents.
    Json,
    /// One List.
    List,
}

/// A random cluster.
#[derive(Debug, Clone)]
pub struct Input {
    /// The manifests.
    pub objects: Vec<Value>,
    /// How they are written.
    pub style: Style,
    /// Where pods get addresses, if that is known.
    pub pod_ranges: Vec<IpNet>,
    /// The seed, which the choice of addresses and ports to ask about depends on too.
    pub seed: u64,
}

impl Input {
    /// The manifests as text.
    #[must_use]
    pub fn text(&self) -> String {
        let documents: Vec<String> = match self.style {
            Style::Blocks => self.objects.iter().map(|object| serde_norway::to_string(object).expect("YAML")).collect(),
            Style::Json => self.objects.iter().map(|object| format!("{object}\n")).collect(),
            Style::List => {
                vec![format!("{:#}\n", json!({ "apiVersion": "v1", "kind": "List", "items": self.objects }))]
            }
        };
        documents.join("---\n")
    }
}

/// What is known of a pod while policies are made for it.
#[derive(Debug, Clone)]
struct Plan {
    namespace: usize,
    labels: Vec<(&'static str, &'static str)>,
    ports: Vec<(Option<&'static str>, u16, &'static str)>,
    addresses: Vec<String>,
}

/// A namespace.
#[derive(Debug, Clone)]
struct Home {
    name: &'static str,
    labels: Vec<(&'static str, &'static str)>,
}

/// The state of making one cluster.
struct Maker {
    rng: Rng,
    homes: Vec<Home>,
    plans: Vec<Plan>,
    objects: Vec<Value>,
}

const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];
const PORT_NAMES: [&str; 3] = ["web", "dns", "db"];
const PORTS: [u16; 5] = [80, 81, 443, 5353, 65535];
const VALUES: [(&str, [&str; 3]); 3] =
    [("app", ["a", "b", "true"]), ("tier", ["front", "back", ""]), ("env", ["dev", "prod", "1"])];

/// The cluster of a seed.
#[must_use]
pub fn input(seed: u64, kinds: Kinds) -> Input {
    let mut maker =
        Maker { rng: Rng::with_seed(seed ^ 0x6d65_7368), homes: Vec::new(), plans: Vec::new(), objects: Vec::new() };
    maker.homes();
    maker.pods();
    let policies = maker.weighted(&[(1, 0), (4, 1), (6, 2), (5, 3), (3, 5)]);
    for number in 0..policies {
        maker.policy(number);
    }
    if kinds == Kinds::Admin {
        maker.admin_policies();
    }
    let style = maker.weighted(&[(2, Style::Blocks), (7, Style::Json), (1, Style::List)]);
    let mut pod_ranges: Vec<IpNet> = Vec::new();
    if maker.rng.u8(..) < 40 {
        pod_ranges.push("10.1.0.0/16".parse().expect("a block"));
        if maker.rng.bool() {
            pod_ranges.push("fd00:10::/64".parse().expect("a block"));
        }
    }
    maker.rng.shuffle(&mut maker.objects);
    Input { objects: maker.objects, style, pod_ranges, seed }
}

impl Maker {
    /// True in `percent` of 100 cases.
    fn chance(&mut self, percent: u8) -> bool {
        self.rng.u8(..100) < percent
    }

    fn weighted<T: Clone>(&mut self, choices: &[(u32, T)]) -> T {
        let total: u32 = choices.iter().map(|(weight, _)| weight).sum();
        let mut left = self.rng.u32(..total);
        for (weight, choice) in choices {
            if left < *weight {
                return choice.clone();
            }
            left -= weight;
        }
        choices[0].1.clone()
    }

    fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.rng.usize(..choices.len())].clone()
    }

    /// Namespaces: with labels, without labels, and implied by what lies in them.
    fn homes(&mut self) {
        let mut names = ["default", "shop", "dev"];
        self.rng.shuffle(&mut names);
        let count = self.weighted(&[(2, 1), (5, 2), (3, 3)]);
        for name in &names[..count] {
            let form = self.weighted(&[(6, 0), (2, 1), (2, 2)]);
            let labels = if form == 0 { self.labels() } else { Vec::new() };
            let mut metadata = json!({ "name": name });
            if form == 0 {
                metadata["labels"] = object(&labels);
            }
            if form < 2 {
                self.objects.push(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": metadata }));
            }
            self.homes.push(Home { name, labels });
        }
    }

    fn labels(&mut self) -> Vec<(&'static str, &'static str)> {
        let mut labels = Vec::new();
        for (key, values) in VALUES {
            if self.chance(55) {
                labels.push((key, self.pick(&values)));
            }
        }
        labels
    }

    /// A selector; with `labels`, one that usually matches them.
    fn selector(&mut self, labels: Option<&[(&'static str, &'static str)]>, name: Option<&str>) -> Value {
        let mut selector = Map::new();
        let count = self.weighted(&[(25, 0), (50, 1), (20, 2), (5, 3)]);
        let mut exact = Map::new();
        let mut expressions = Vec::new();
        for _ in 0..count {
            if let Some(name) = name.filter(|_| self.rng.u8(..) < 60) {
                exact.insert("kubernetes.io/metadata.name".to_owned(), json!(name));
                continue;
            }
            let (key, values) = self.pick(&VALUES);
            let truth = labels.map(|labels| labels.iter().find(|(k, _)| *k == key).map(|(_, v)| *v));
            // What the wanted pod has; sometimes something else.
            let is_wrong = truth.is_none() || self.chance(10);
            let has = if is_wrong { self.chance(60).then(|| self.pick(&values)) } else { truth.flatten() };
            let other = self.pick(&values);
            match has {
                Some(value) if self.chance(45) => {
                    exact.insert(key.to_owned(), json!(value));
                }
                Some(value) => {
                    let others: Vec<&str> = values.iter().copied().filter(|v| *v != value).collect();
                    expressions.push(match self.rng.u8(..4) {
                        0 => json!({ "key": key, "operator": "Exists" }),
                        1 => json!({ "key": key, "operator": "NotIn", "values": [self.pick(&others)] }),
                        2 => json!({ "key": key, "operator": "NotIn", "values": others }),
                        _ => json!({ "key": key, "operator": "In", "values": [other, value] }),
                    });
                }
                None if self.rng.bool() => {
                    expressions.push(json!({ "key": key, "operator": "NotIn", "values": [other] }));
                }
                None => expressions.push(json!({ "key": key, "operator": "DoesNotExist" })),
            }
        }
        if !exact.is_empty() {
            selector.insert("matchLabels".to_owned(), Value::Object(exact));
        } else if self.chance(4) {
            selector.insert("matchLabels".to_owned(), self.empty(json!({})));
        }
        if !expressions.is_empty() {
            selector.insert("matchExpressions".to_owned(), Value::Array(expressions));
        } else if self.chance(4) {
            selector.insert("matchExpressions".to_owned(), self.empty(json!([])));
        }
        Value::Object(selector)
    }

    /// Nothing, in one of two ways of writing it.
    fn empty(&mut self, empty: Value) -> Value {
        if self.rng.bool() { Value::Null } else { empty }
    }

    /// `null` for a key that is absent, seldom: it means the same.
    fn seldom_null(&mut self, map: &mut Map<String, Value>, key: &str) {
        if !map.contains_key(key) && self.chance(3) {
            map.insert(key.to_owned(), Value::Null);
        }
    }
}

fn object(labels: &[(&'static str, &'static str)]) -> Value {
    Value::Object(labels.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect())
}
