//! The JSON schema of policies, for editors and other tools.

use meshveil_detect::{Kinds, looks::NAMED, net::LONGEST_PATTERN};
use meshveil_mask::{self as mask, Argument, CATALOGUE, MaskSpec};
use meshveil_plan::{Arrival, Reading};
use serde_json::{Map, Value, json};

use super::{Kind, OBJECTS, Object, POLICY};

/// The JSON schema (draft 2020-12) of a policy.
#[must_use]
pub fn json_schema() -> Value {
    let mut defs = Map::new();
    for object in OBJECTS.iter().filter(|object| object.id != POLICY.id) {
        defs.insert(object.id.to_owned(), self::object(object));
    }
    defs.insert("mask".to_owned(), mask());
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".to_owned(), "meshveil policy".into());
    if let Value::Object(policy) = object(&POLICY) {
        schema.extend(policy);
    }
    schema.insert("$defs".to_owned(), defs.into());
    schema.into()
}

fn object(object: &Object) -> Value {
    let mut properties = Map::new();
    for key in object.keys {
        let mut value = kind(&key.kind);
        if let Value::Object(value) = &mut value {
            value.insert("description".to_owned(), key.summary.into());
            if let Ok(default) = serde_json::from_str::<Value>(key.default) {
                value.insert("default".to_owned(), default);
            }
        }
        properties.insert(key.name.to_owned(), value);
    }
    let required: Vec<&str> = object.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({
        "type": "object",
        "description": object.summary,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    if !object.any_of.is_empty()
        && let Some(schema) = schema.as_object_mut()
    {
        let any_of = object.any_of.iter().map(|key| json!({ "required": [key] }));
        schema.insert("anyOf".to_owned(), any_of.collect());
    }
    schema
}

/// A header name (RFC 9110, section 5.6.2).
pub(super) const HEADER: &str = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$";

/// `namespace/name` of a ServiceAccount.
pub(super) const ACCOUNT: &str = "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$";
/// A name that can be part of metrics and Kubernetes objects.
pub(super) const NAME: &str = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$";
/// A media type, or all of a top-level type.
pub(super) const MEDIA_RANGE: &str = "^[^/*;\\s]+/([^/*;\\s]+|\\*)$";

fn kind(kind: &Kind) -> Value {
    match kind {
        Kind::Const(word) => json!({ "const": word }),
        Kind::Text | Kind::Cidr => json!({ "type": "string", "minLength": 1 }),
        Kind::Name => json!({ "type": "string", "pattern": NAME }),
        // `on` and `off` are booleans to some readers of YAML.
        Kind::Word(["on", "off"]) => json!({ "enum": ["on", "off", true, false] }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Port => json!({ "type": "integer", "minimum": 1, "maximum": 65535 }),
        Kind::Number(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Labels => {
            json!({ "type": "object", "additionalProperties": { "type": "string" }, "minProperties": 1 })
        }
        Kind::Unread => json!({}),
        Kind::Free => json!({ "type": "object" }),
        Kind::Query => json!({ "type": "string", "pattern": "^\\$" }),
        Kind::Mask => json!({ "$ref": "#/$defs/mask" }),
        Kind::MaskByField => json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/mask" } }),
        Kind::ServiceAccount => json!({ "type": "string", "pattern": ACCOUNT }),
        Kind::MediaRange => json!({ "type": "string", "pattern": MEDIA_RANGE }),
        Kind::ReadingByType => json!({
            "type": "object",
            "propertyNames": { "pattern": "^[^/*;\\s]+/[^/*;\\s]+$" },
            "additionalProperties": { "enum": Reading::NAMED.map(|(name, _)| name) },
        }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::QueriesByField => json!({
            "type": "object",
            "additionalProperties": { "type": "array", "items": self::kind(&Kind::Query), "minItems": 1 },
        }),
        Kind::HeaderName => json!({ "type": "string", "pattern": HEADER }),
        Kind::ArrivalByHeader => json!({
            "type": "object",
            "propertyNames": { "pattern": HEADER },
            "additionalProperties": { "enum": Arrival::NAMED.map(|(name, _)| name) },
        }),
        Kind::Detector => json!({ "enum": Kinds::words().chain([NAMED]).collect::<Vec<_>>() }),
        Kind::PatternByName => json!({
            "type": "object",
            "additionalProperties": { "type": "string", "minLength": 1, "maxLength": LONGEST_PATTERN },
        }),
        Kind::Sees => json!({ "anyOf": [{ "const": "all" }, { "type": "array", "items": { "type": "string" } }] }),
        Kind::Object(object) => json!({ "$ref": format!("#/$defs/{}", object.id) }),
        Kind::AccountOr(object) => json!({
            "anyOf": [{ "type": "string", "pattern": ACCOUNT }, { "$ref": format!("#/$defs/{}", object.id) }],
        }),
        Kind::List(inner) => json!({ "type": "array", "items": self::kind(inner) }),
    }
}

/// A mask by its name, or with parameters.
fn mask() -> Value {
    let mut forms = Vec::new();
    for entry in CATALOGUE {
        let mut parameters = Map::new();
        let defaults = MaskSpec::named(entry.id).map(|mask| mask.arguments()).unwrap_or_default();
        for (parameter, default) in entry.parameters.iter().zip(defaults) {
            let mut value = argument(&parameter.kind);
            if let Some(value) = value.as_object_mut() {
                value.insert("description".to_owned(), parameter.summary.into());
                value.insert("default".to_owned(), json(default));
            }
            parameters.insert(parameter.name.to_owned(), value);
        }
        forms.push(json!({ "const": entry.id, "description": entry.summary }));
        forms.push(json!({
            "type": "object",
            "description": entry.summary,
            "properties": {
                entry.id: { "type": "object", "properties": parameters, "additionalProperties": false },
            },
            "required": [entry.id],
            "additionalProperties": false,
        }));
    }
    // `mask: null` without quotes is read as the mask of that name.
    forms.push(json!({ "type": "null" }));
    json!({ "anyOf": forms })
}

/// What may be written for a parameter of a mask.
fn argument(kind: &mask::Kind) -> Value {
    let count = |least: u32, most: u32| json!({ "type": "integer", "minimum": least, "maximum": most });
    match *kind {
        mask::Kind::Count { least, most } => count(least, most),
        mask::Kind::CountOr { word, least, most } => json!({ "anyOf": [{ "const": word }, count(least, most)] }),
        mask::Kind::Boolean => json!({ "type": "boolean" }),
        mask::Kind::Character => json!({ "type": "string", "minLength": 1, "maxLength": 1 }),
        mask::Kind::Text => json!({ "type": "string" }),
        mask::Kind::ShortText { most } => json!({ "type": "string", "maxLength": most }),
        // Classes of Unicode are not known to every reader of patterns; letters outside ASCII are left to `check`.
        mask::Kind::Separators => json!({ "type": "string", "pattern": "^[^0-9A-Za-z]*$" }),
        mask::Kind::Word(words) => json!({ "enum": words }),
    }
}

fn json(argument: Argument) -> Value {
    match argument {
        Argument::Count(number) => number.into(),
        Argument::Boolean(boolean) => boolean.into(),
        Argument::Character(character) => character.to_string().into(),
        Argument::Text(text) => text.into(),
        Argument::Word(word) => word.into(),
    }
}
