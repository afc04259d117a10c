//! What is generated from the schema and the codes is committed and current, and its examples are true.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{env, fs, path::Path};

use meshveil_policy::{Policies, schema};
use meshveil_text::{
    Value,
    codes::{Base, policy as codes},
};

/// Fails where a committed file is not `text`; writes it where `MESHVEIL_BLESS=1`.
fn is_committed(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    if env::var_os("MESHVEIL_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "{file} is out of date: run `MESHVEIL_BLESS=1 cargo test -p meshveil-policy`");
}

#[test]
fn the_reference_page_is_that_of_the_schema() {
    is_committed("docs/reference/policy.md", &schema::page());
}

#[test]
fn the_json_schema_is_committed() {
    is_committed("docs/reference/meshveil.schema.json", &format!("{:#}\n", schema::json_schema()));
}

#[test]
fn the_definition_for_clusters_is_committed() {
    is_committed("docs/reference/maskingpolicies.json", &format!("{:#}\n", schema::definition()));
}

/// Whether a schema is structural (Kubernetes, "Specifying a structural schema"): each node has a type or keeps what it does
/// not know, and conditions name no types.
fn structural(node: &serde_json::Value, place: &str) {
    let keeps = node.get("x-kubernetes-preserve-unknown-fields").is_some();
    assert!(keeps || node.get("type").is_some(), "{place}: {node}");
    for word in ["$ref", "const", "$defs", "patternProperties", "propertyNames", "default"] {
        assert!(node.get(word).is_none(), "{place}: {word}");
    }
    for (name, below) in node.get("properties").and_then(|below| below.as_object()).into_iter().flatten() {
        structural(below, &format!("{place}.{name}"));
    }
    for word in ["items", "additionalProperties"] {
        node.get(word).into_iter().for_each(|below| structural(below, &format!("{place}.{word}")));
    }
    for word in ["allOf", "anyOf"] {
        for condition in node.get(word).and_then(|below| below.as_array()).into_iter().flatten() {
            assert!(condition.get("type").is_none(), "{place}: {condition}");
        }
    }
}

#[test]
fn the_definition_for_clusters_has_every_key_of_a_policy() {
    let definition = schema::definition();
    let versions = definition.pointer("/spec/versions").unwrap().as_array().unwrap();
    let names: Vec<_> = versions.iter().map(|version| version["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["v1", "v1alpha1"]);
    for version in versions {
        let schema = version.pointer("/schema/openAPIV3Schema").unwrap();
        structural(schema, "");
        let keys = schema.pointer("/properties/spec/properties").unwrap().as_object().unwrap();
        assert_eq!(keys.len(), schema::SPEC.keys.len());
        assert!(schema::SPEC.keys.iter().all(|key| keys.contains_key(key.name)));
    }
}

#[test]
fn the_example_of_the_reference_page_has_no_errors_and_names_every_key() {
    let policies = Policies::from_texts([("policy.yaml", schema::EXAMPLE)]);
    // Each of them is about something that the example shows and that few policies need.
    let found: Vec<_> = policies.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(
        found,
        [&codes::WRITES_BACK, &codes::MASKING_OFF, &codes::EXCEPTS, &codes::PASSES, &codes::OBSERVES, &codes::PASSES]
    );
    let policy = policies.policies.first().unwrap();
    let plan = policy.plan();
    assert_eq!((plan.fields.len(), plan.callers.len(), plan.routes.len()), (3, 4, 7));
    let inbound: Vec<_> = policy.inbound().iter().map(|inbound| inbound.service_account.name.as_str()).collect();
    assert_eq!(inbound, ["billing", "support", "gateway"]);
    assert_eq!((policy.stores.len(), policy.egress.len(), policy.probes.len()), (1, 1, 1));
    for key in schema::SPEC.keys {
        assert!(schema::EXAMPLE.contains(&format!("\n  {}:", key.name)), "{}", key.name);
    }
}

/// The JSON schema, read by another implementation.
fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema::json_schema()).unwrap()
}

fn json(text: &str) -> serde_json::Value {
    let mut findings = Vec::new();
    let documents = meshveil_text::tree::parse(meshveil_text::FileId(0), text, &mut findings);
    assert_eq!(findings, []);
    assert_ne!(documents.first().unwrap().value, Value::Null);
    documents.first().unwrap().to_json()
}

#[test]
fn the_json_schema_takes_what_the_reader_takes() {
    let validator = validator();
    for text in [schema::EXAMPLE.to_owned(), Base::Policy.text().to_owned()] {
        assert_eq!(validator.iter_errors(&json(&text)).map(|error| error.to_string()).next(), None);
    }
    for code in codes::ALL.iter().filter(|code| code.example.base == Base::Policy) {
        let error =
            validator.iter_errors(&json(&Base::Policy.with(code.example.good))).map(|error| error.to_string()).next();
        assert_eq!(error, None, "{}", code.id);
    }
}

#[test]
fn the_json_schema_refuses_what_only_shape_can_say() {
    let validator = validator();
    let shape = [
        &codes::UNKNOWN_KEY,
        &codes::MISSING_KEY,
        &codes::WRONG_TYPE,
        &codes::BAD_VALUE,
        &codes::BAD_NAME,
        &codes::BAD_MASK,
        &codes::BAD_SERVICE_ACCOUNT,
        &codes::NOT_IDENTIFIED,
    ];
    for code in shape {
        assert!(!validator.is_valid(&json(&Base::Policy.with(code.example.bad))), "{code}");
    }
}
