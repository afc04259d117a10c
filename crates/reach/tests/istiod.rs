//! What istiod says of random clusters, as `tests/oracles/istiod/record.py` recorded it: we never say that less arrives.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use meshveil_plan::{Form, Plan};
use meshveil_reach::network::Endpoint;
use meshveil_reach::{Manifests, Options, Reach};
use serde_json::{Map, Value, json};

const RECORDED: &str = include_str!("istiod/recorded.jsonl");
const NAMESPACE: &str = "c";

/// A recorded value with what stands for settings put back.
fn whole(value: &Value, settings: &Map<String, Value>) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('@').and_then(|name| settings.get(name)) {
            Some(meant) => whole(meant, settings),
            None => json!(text.replace("@ns", NAMESPACE)),
        },
        Value::Array(items) => items.iter().map(|item| whole(item, settings)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), whole(value, settings))).collect())
        }
        other => other.clone(),
    }
}

/// What each source of a cluster gets at worst, as istiod shows it and as we say it.
fn forms(cluster: &Value, settings: &Map<String, Value>) -> Vec<(String, String, Form)> {
    let objects = cluster["objects"].as_array().unwrap().iter().map(|object| whole(object, settings));
    let texts: Vec<String> = objects.map(|object| object.to_string()).collect();
    let manifests = Manifests::from_text("recorded", &texts.join("\n---\n"));
    assert!(manifests.is_sound(), "{}: {:#?}", cluster["cluster"], manifests.findings);
    let reach = Reach::new(&manifests, &Options::default());
    let mut plan = whole(&settings["plan"], settings);
    for caller in cluster["callers"].as_array().unwrap() {
        let principal = format!("spiffe://cluster.local/ns/{NAMESPACE}/sa/{}", caller.as_str().unwrap());
        let known = json!({ "name": caller, "match": [{ "principal": principal }], "sees": ["ssn"] });
        plan["callers"].as_array_mut().unwrap().push(known);
    }
    let plan: Plan = serde_json::from_value(plan).unwrap();
    let find = |name: &str| reach.find(NAMESPACE, name, None).unwrap();
    let shown = cluster["shown"].as_object().unwrap().iter();
    shown
        .map(|(name, shown)| {
            let source = match name.parse::<meshveil_text::Cidr>() {
                Ok(_) => reach.network.range_of("203.0.113.9".parse().unwrap()).unwrap(),
                Err(_) => Endpoint::Workload(find(name)),
            };
            let said = reach.exposure(source, find("store"), &plan)["ssn"].form;
            (name.clone(), shown.as_str().unwrap().to_owned(), said)
        })
        .collect()
}

#[test]
fn nothing_that_istiod_shows_is_hidden() {
    let mut lines = RECORDED.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let settings = lines.next().unwrap().as_object().unwrap().clone();
    let (mut count, mut equal, mut wrong) = (0, 0, Vec::new());
    for cluster in lines {
        for (source, shown, said) in forms(&cluster, &settings) {
            let all = [Form::Unreachable, Form::Denied, Form::Masked, Form::Clear];
            let form = all.into_iter().find(|form| shown == form.name()).unwrap();
            count += 1;
            equal += usize::from(said == form);
            if said != Form::Unknown && said < form {
                wrong.push(format!("{} {source}: istiod shows {shown}, we say {}", cluster["cluster"], said.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Elsewhere we say more: what manifests do not say counts against us, and a refused connection is a denied request.
    assert!(count >= 500 && equal * 100 >= count * 75, "{equal} of {count} are the same");
}
