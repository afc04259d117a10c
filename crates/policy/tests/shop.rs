//! The policy of the sample shop says what its Envoy does.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;

use meshveil_json::read_plan;
use meshveil_policy::Policies;
use meshveil_text::{FileId, Node, tree};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

/// The texts under `value` of every `StringValue` in a document.
fn string_values<'n>(node: &'n Node, found: &mut Vec<&'n str>) {
    if node.text_at("@type") == Some("type.googleapis.com/google.protobuf.StringValue") {
        found.extend(node.text_at("value"));
    }
    for (_, value) in node.entries() {
        string_values(value, found);
    }
    for item in node.items() {
        string_values(item, found);
    }
}

#[test]
fn the_shipped_envoy_runs_the_plan_of_the_policy() {
    let policies = Policies::from_texts([("shop/policy.yaml", read("shop/policy.yaml"))]);
    let found: Vec<_> = policies.findings.iter().map(|finding| finding.code.id).collect();
    assert_eq!(found, ["MV-P60", "MV-P46"], "the shop shows a pseudonym, and takes a card for one object");
    let envoy = read("envoy-config/envoy.yaml");
    let documents = tree::parse(FileId(0), &envoy, &mut Vec::new());
    let mut plans = Vec::new();
    for document in &documents {
        string_values(document, &mut plans);
    }
    assert_eq!(plans.len(), 1, "one filter");
    assert_eq!(read_plan(plans[0].as_bytes()).unwrap().into_plan(), policies.policies[0].plan());
}
