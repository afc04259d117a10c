//! The CustomResourceDefinition of policies, for folders that a GitOps tool applies: the API server then refuses what the
//! schema refuses. Nothing in the cluster reads the objects.
//!
//! A structural schema cannot say all that the JSON schema says: it has no references, no forbidden keys and no types below
//! alternatives (Kubernetes, "Specifying a structural schema"). Where a text or a map may stand, the node has no type, and
//! conditions that hold for one type only say the rest. What neither can say, `meshveil check` says.

use meshveil_detect::{Kinds, looks::NAMED, net::LONGEST_PATTERN};
use meshveil_mask::CATALOGUE;
use meshveil_plan::{Arrival, Reading};
use serde_json::{Map, Value, json};

use super::{
    Kind, Object, SPEC,
    json::{ACCOUNT, HEADER, MEDIA_RANGE, NAME},
};
use crate::version::{VERSIONS, Version};

/// The CustomResourceDefinition (`apiextensions.k8s.io/v1`).
#[must_use]
pub fn definition() -> Value {
    let mut spec = object(&SPEC);
    rules(&mut spec, &[STAGE]);
    let schema = json!({
        "type": "object",
        "description": "Which workload holds sensitive data, which fields are sensitive, and which callers may see them.",
        "required": ["spec"],
        "properties": {
            "apiVersion": { "type": "string" },
            "kind": { "type": "string" },
            "metadata": { "type": "object" },
            "spec": spec,
        },
        "x-kubernetes-validations": [{
            "rule": "self.metadata.name.size() <= 63",
            "message": "the name of a policy is part of names of generated objects: at most 63 characters",
        }],
    });
    let versions: Vec<Value> = VERSIONS
        .iter()
        .map(|version| {
            let is_newest = version == Version::newest();
            json!({
                "name": version.name.rsplit('/').next(),
                "served": true,
                "storage": is_newest,
                "schema": { "openAPIV3Schema": schema },
                "additionalPrinterColumns": [
                    { "name": "Stage", "type": "string", "jsonPath": ".spec.stage" },
                    { "name": "Until", "type": "string", "jsonPath": ".spec.until" },
                    { "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp" },
                ],
            })
        })
        .collect();
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "maskingpolicies.meshveil.dev" },
        "spec": {
            "group": "meshveil.dev",
            "scope": "Namespaced",
            "names": {
                "kind": "MaskingPolicy",
                "listKind": "MaskingPolicyList",
                "plural": "maskingpolicies",
                "singular": "maskingpolicy",
            },
            "versions": versions,
        },
    })
}

/// The rules of maps that the reader has too.
const STAGE: (&str, &str) =
    ("!has(self.until) || (has(self.stage) && self.stage != 'enforce')", "`until` is for a `stage` before `enforce`");
const IDENTIFIED: (&str, &str) = (
    "has(self.serviceAccount) || has(self.jwt) || has(self.header)",
    "nothing identifies the caller: add `serviceAccount`, `jwt` or `header`",
);
const KEYS: (&str, &str) = (
    "!has(self.previous) || (self.previous.env != self.env && (!has(self.id) || self.previous.id != self.id))",
    "the previous key has the `env` or the `id` of the current one",
);

fn rules(schema: &mut Value, rules: &[(&str, &str)]) {
    if let Some(schema) = schema.as_object_mut() {
        let rules = rules.iter().map(|(rule, message)| json!({ "rule": rule, "message": message }));
        schema.insert("x-kubernetes-validations".to_owned(), rules.collect());
    }
}

fn object(object: &Object) -> Value {
    let mut properties = Map::new();
    for key in object.keys {
        let mut value = kind(&key.kind);
        if let Some(value) = value.as_object_mut() {
            value.insert("description".to_owned(), key.summary.into());
        }
        properties.insert(key.name.to_owned(), value);
    }
    let required: Vec<&str> = object.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if let Some(schema) = schema.as_object_mut() {
        if !required.is_empty() {
            schema.insert("required".to_owned(), required.into());
        }
        if !object.any_of.is_empty() {
            let any_of = object.any_of.iter().map(|key| json!({ "required": [key] }));
            schema.insert("anyOf".to_owned(), any_of.collect());
        }
    }
    match object.id {
        "route" => rules(&mut schema, &[STAGE]),
        "caller" => rules(&mut schema, &[IDENTIFIED]),
        "key" => rules(&mut schema, &[KEYS]),
        _ => {}
    }
    schema
}

/// A node that may be of several types: what is not said is kept as it is.
fn untyped(conditions: Value) -> Value {
    let mut schema = conditions;
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("x-kubernetes-preserve-unknown-fields".to_owned(), true.into());
    }
    schema
}

fn map_of(values: Value) -> Value {
    json!({ "type": "object", "additionalProperties": values })
}

fn kind(kind: &Kind) -> Value {
    match kind {
        Kind::Const(word) => json!({ "type": "string", "enum": [word] }),
        Kind::Text | Kind::Cidr => json!({ "type": "string", "minLength": 1 }),
        Kind::Name => json!({ "type": "string", "pattern": NAME }),
        // What YAML reads as a boolean arrives as one.
        Kind::Word(["on", "off"]) => untyped(json!({ "enum": ["on", "off", true, false] })),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Port => json!({ "type": "integer", "minimum": 1, "maximum": 65535 }),
        Kind::Number(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Labels => json!({ "type": "object", "additionalProperties": { "type": "string" }, "minProperties": 1 }),
        Kind::Free | Kind::Unread => untyped(json!({})),
        Kind::Query => json!({ "type": "string", "pattern": "^\\$" }),
        Kind::Mask => mask(),
        Kind::MaskByField => map_of(mask()),
        Kind::ServiceAccount => json!({ "type": "string", "pattern": ACCOUNT }),
        Kind::MediaRange => json!({ "type": "string", "pattern": MEDIA_RANGE }),
        Kind::ReadingByType => map_of(json!({ "type": "string", "enum": Reading::NAMED.map(|(name, _)| name) })),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::QueriesByField => map_of(json!({ "type": "array", "items": self::kind(&Kind::Query), "minItems": 1 })),
        Kind::HeaderName => json!({ "type": "string", "pattern": HEADER }),
        Kind::ArrivalByHeader => map_of(json!({ "type": "string", "enum": Arrival::NAMED.map(|(name, _)| name) })),
        Kind::Detector => json!({ "type": "string", "enum": Kinds::words().chain([NAMED]).collect::<Vec<_>>() }),
        Kind::PatternByName => map_of(json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_PATTERN })),
        Kind::Sees => untyped(json!({ "allOf": [{ "pattern": "^all$" }, no_number(), no_map()] })),
        Kind::Object(object) => self::object(object),
        Kind::AccountOr(object) => {
            let required = object.keys.iter().filter(|key| key.required).map(|key| key.name);
            let required = json!({ "required": required.collect::<Vec<_>>() });
            untyped(json!({ "allOf": [{ "pattern": ACCOUNT }, required, no_number(), no_list()] }))
        }
        Kind::List(inner) => json!({ "type": "array", "items": self::kind(inner) }),
    }
}

/// A mask: one of the names, or a map with one of them as its only key.
fn mask() -> Value {
    let names: Vec<&str> = CATALOGUE.iter().map(|entry| entry.id).collect();
    let as_text = json!({ "pattern": format!("^({})$", names.join("|")) });
    let only = json!({ "minProperties": 1, "maxProperties": 1 });
    let of_these = json!({ "anyOf": names.iter().map(|name| json!({ "required": [name] })).collect::<Vec<_>>() });
    untyped(json!({ "nullable": true, "allOf": [as_text, only, of_these, no_number(), no_list()] }))
}

/// Conditions that one type cannot fulfil, and every other does.
fn no_number() -> Value {
    json!({ "minimum": 1, "maximum": 0 })
}

fn no_map() -> Value {
    json!({ "minProperties": 1, "maxProperties": 0 })
}

fn no_list() -> Value {
    json!({ "minItems": 1, "maxItems": 0 })
}
