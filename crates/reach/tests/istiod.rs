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

/// What a caller gets at worst.
fn worst(cluster: &Value, settings: &Map<String, Value>) -> Form {
    let labels = match cluster["waypoint"] == true {
        true => json!({ "istio.io/dataplane-mode": "ambient" }),
        false => json!({ "istio-injection": "enabled" }),
    };
    let namespace =
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE, "labels": labels } });
    let objects = cluster["objects"].as_array().unwrap().iter().map(|object| whole(object, settings));
    let texts: Vec<String> = std::iter::once(namespace).chain(objects).map(|object| object.to_string()).collect();
    let manifests = Manifests::from_text("recorded", &texts.join("\n---\n"));
    assert!(manifests.is_sound(), "{}: {:#?}", cluster["seed"], manifests.findings);
    let reach = Reach::new(&manifests, &Options::default());
    let plan: Plan = serde_json::from_value(whole(&settings["plan"], settings)).unwrap();
    let find = |name: &str| reach.find(NAMESPACE, name, None).unwrap();
    reach.exposure(Endpoint::Workload(find("caller")), find("store"), &plan)["ssn"].form
}

#[test]
fn nothing_that_istiod_shows_is_hidden() {
    let mut lines = RECORDED.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let settings = lines.next().unwrap().as_object().unwrap().clone();
    let (mut count, mut equal, mut wrong) = (0, 0, Vec::new());
    for cluster in lines {
        let shown = [Form::Unreachable, Form::Denied, Form::Masked, Form::Clear];
        let shown = shown.into_iter().find(|form| cluster["caller"] == form.name()).unwrap();
        let said = worst(&cluster, &settings);
        count += 1;
        equal += usize::from(said == shown);
        if said < shown {
            wrong.push(format!("cluster {}: istiod shows {}, we say {}", cluster["seed"], shown.name(), said.name()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Elsewhere we say more: what manifests do not say counts against us.
    assert!(count >= 200 && equal * 100 >= count * 90, "{equal} of {count} are the same");
}
