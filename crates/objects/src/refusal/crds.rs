//! Definitions of custom resources as JSON schema, evaluated by the crate `jsonschema`. Rules in CEL are among them where
//! they can be said in JSON schema (`schema/crds.py`).

use std::collections::HashMap;
use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::paths::LocationSegment;
use jsonschema::{Draft, ValidationError, ValidationOptions, Validator};
use meshveil_text::{Finding, Node, Value};
use serde_json::{Value as Json, json};

use super::refuse;
use crate::meta::Meta;

/// The definitions that come with this crate, by `group/Kind`.
pub(crate) struct Definitions(HashMap<String, Definition>);

struct Definition {
    versions: Vec<String>,
    /// A schema that stands for the one of `spec`, which is its member [`SPEC`]. A schema is compared with the schema of its draft
    /// each time it is compiled, which takes longer than everything else; what stands at a place that the draft does not know is
    /// not. A test compares them once.
    schema: Json,
    validator: OnceLock<Option<Validator>>,
}

const SPEC: &str = "x-spec";

impl Definition {
    fn read(value: &mut Json) -> Self {
        let versions = value["versions"].as_array().into_iter().flatten().filter_map(text).collect();
        let schema = json!({ "$ref": format!("#/{SPEC}"), SPEC: value["spec"].take() });
        Self { versions, schema, validator: OnceLock::new() }
    }

    fn spec(&self) -> &Json {
        self.schema.get(SPEC).unwrap_or(&Json::Null)
    }

    fn validator(&self) -> Option<&Validator> {
        let build = || options().build(&self.schema).ok();
        self.validator.get_or_init(build).as_ref()
    }
}

/// Definitions say nothing that is newer than draft 7.
fn options() -> ValidationOptions {
    jsonschema::options().with_draft(Draft::Draft7).should_validate_formats(false)
}

impl Definitions {
    pub fn built_in() -> &'static Self {
        static DEFINITIONS: OnceLock<Definitions> = OnceLock::new();
        DEFINITIONS.get_or_init(|| {
            let mut json: Json = serde_json::from_str(include_str!("../crds.json")).unwrap_or_default();
            let kinds = json.as_object_mut().into_iter().flatten();
            Self(kinds.map(|(kind, value)| (kind.clone(), Definition::read(value))).collect())
        })
    }

    /// Every version and kind, with the schema of `spec`.
    pub fn kinds(&self) -> impl Iterator<Item = (String, &Json)> {
        self.0.iter().flat_map(|(kind, definition)| {
            let (group, name) = kind.split_once('/').unwrap_or_default();
            definition.versions.iter().map(move |version| (format!("{group}/{version}/{name}"), definition.spec()))
        })
    }

    /// Checks the `spec` of an object, if its kind is among the definitions.
    pub fn check(&self, meta: &Meta, object: &Node, findings: &mut Vec<Finding>) {
        let group = meta.api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let Some(definition) = self.0.get(&format!("{group}/{}", meta.kind)) else { return };
        let Some(spec) = object.get("spec") else {
            if definition.spec().get("x-needed").is_some() {
                refuse(findings, meta.span, format!("a {} needs `spec`", meta.kind));
            }
            return;
        };
        let Some(validator) = definition.validator() else { return };
        let instance = without_nulls(spec);
        // One finding for each place is enough.
        let mut places = Vec::new();
        for error in validator.iter_errors(&instance) {
            let (node, path) = place(spec, &error);
            if !places.contains(&node.span) {
                places.push(node.span);
                let path = format!("{}.spec{path}", meta.kind);
                refuse(findings, node.span, message(&path, &error));
            }
        }
    }
}

fn text(value: &Json) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The API server drops members that are null.
fn without_nulls(node: &Node) -> Json {
    match &node.value {
        Value::Map(entries) => {
            let present = entries.iter().filter(|(_, value)| value.value != Value::Null);
            Json::Object(present.map(|(key, value)| (key.name.clone(), without_nulls(value))).collect())
        }
        Value::List(items) => Json::Array(items.iter().map(without_nulls).collect()),
        _ => node.to_json(),
    }
}

/// The node that an error is about, and its path: the nearest one that the text has.
fn place<'n>(spec: &'n Node, error: &ValidationError<'_>) -> (&'n Node, String) {
    let (mut node, mut path) = (spec, String::new());
    for segment in &error.instance_path {
        let next = match &segment {
            LocationSegment::Property(name) => {
                path += &format!(".{name}");
                node.get(name)
            }
            LocationSegment::Index(at) => node.items().get(*at),
        };
        let Some(next) = next else { break };
        node = next;
    }
    (node, path)
}

/// What is wrong, without the value.
fn message(path: &str, error: &ValidationError<'_>) -> String {
    let number = |limit: &Json| limit.to_string();
    match &error.kind {
        Kind::Required { property } => format!("`{path}` needs `{}`", property.as_str().unwrap_or_default()),
        Kind::MinItems { limit } => format!("`{path}` needs at least {limit} {}", plural(*limit, "item")),
        Kind::MaxItems { limit } => format!("`{path}` takes at most {limit} {}", plural(*limit, "item")),
        Kind::MinProperties { limit } => format!("`{path}` needs at least {limit} {}", plural(*limit, "member")),
        Kind::MaxProperties { limit } => format!("`{path}` takes at most {limit} {}", plural(*limit, "member")),
        Kind::MinLength { limit: 1 } => format!("`{path}` must not be empty"),
        Kind::MinLength { limit } => format!("`{path}` needs at least {limit} characters"),
        Kind::MaxLength { limit: 0 } => format!("`{path}` must be empty"),
        Kind::MaxLength { limit } => format!("`{path}` takes at most {limit} characters"),
        Kind::Minimum { limit } => format!("`{path}` must be at least {}", number(limit)),
        Kind::Maximum { limit } => format!("`{path}` must be at most {}", number(limit)),
        Kind::Enum { options } => {
            let words = options.as_array().into_iter().flatten().filter_map(text).filter(|word| !word.is_empty());
            let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
            format!("`{path}` must be one of {}", words.join(", "))
        }
        Kind::Not { schema } => match schema["required"].as_array() {
            Some(names) if names.len() > 1 => {
                let names: Vec<String> = names.iter().filter_map(text).map(|name| format!("`{name}`")).collect();
                format!("`{path}` cannot have both {}", names.join(" and "))
            }
            Some(names) => {
                let name = names.first().and_then(text).unwrap_or_default();
                format!("`{path}` cannot have `{name}` beside what else it has")
            }
            None => format!("`{path}` is invalid"),
        },
        Kind::OneOfMultipleValid { .. } | Kind::OneOfNotValid { .. } | Kind::AnyOf { .. } => {
            format!("`{path}` needs exactly one of the members that exclude each other")
        }
        Kind::PropertyNames { .. } => format!("`{path}` has an invalid key"),
        Kind::UniqueItems => format!("`{path}` has an item twice"),
        Kind::Type { .. } => format!("`{path}` has a value of the wrong type"),
        _ => format!("`{path}` has an invalid value"),
    }
}

fn plural(count: u64, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_definition_is_a_schema() {
        let definitions = &Definitions::built_in().0;
        assert!(definitions.len() > 10, "{}", definitions.len());
        for (kind, definition) in definitions {
            assert!(definition.spec().is_object(), "{kind}");
            // Here it is compared with the draft's own schema.
            let whole = options().build(definition.spec());
            assert!(whole.is_ok() && definition.validator().is_some(), "{kind}: {:?}", whole.err());
        }
    }
}
