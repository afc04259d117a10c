//! Descriptions of data other than OpenAPI: each becomes nodes of the graph.

pub(crate) mod avro;
pub(crate) mod csv;
pub(crate) mod graphql;
pub(crate) mod protobuf;
pub(crate) mod sql;

use std::path::Path;

use serde_json::Value;

use crate::{
    graph::{Graph, Id, Root},
    schema::{Schemas, object},
};

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    OpenApi,
    JsonSchema,
    GraphQl,
    Protobuf,
    Sql,
    Avro,
    Csv,
    Sample,
    /// Source text of protobuf, of which a compiler makes descriptors.
    Proto,
}

impl Format {
    /// By the end of the name; `None` where what the text says decides.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        let extension = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "graphql" | "graphqls" | "gql" => Self::GraphQl,
            "sql" | "ddl" => Self::Sql,
            "avsc" | "avpr" => Self::Avro,
            "pb" | "binpb" | "desc" | "fds" | "protoset" | "descriptor" => Self::Protobuf,
            "proto" => Self::Proto,
            "csv" | "tsv" => Self::Csv,
            "ndjson" | "jsonl" => Self::Sample,
            _ => return None,
        })
    }

    /// By the first bytes of a text that is neither JSON nor YAML with known members.
    pub(crate) fn by_text(text: &str) -> Option<Self> {
        let word = |line: &str, words: &[&str]| {
            let first = line.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
            words.contains(&first.as_str())
        };
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
        if lines().take(200).any(|line| word(line, &["create"]) && line.to_ascii_lowercase().contains("table")) {
            return Some(Self::Sql);
        }
        let graphql = |line: &str| {
            word(line, &["type", "interface", "enum", "input", "schema", "union", "extend", "scalar", "directive"])
                && (line.ends_with('{') || line.contains('@') || line.contains('='))
        };
        lines().take(200).any(graphql).then_some(Self::GraphQl)
    }

    /// By the members at the top of a document.
    pub(crate) fn by_members(document: &Value) -> Self {
        let has = |key: &str| document.get(key).is_some();
        let is_schema = |value: &Value| {
            value.get("type").is_some_and(|kind| kind.is_string() || kind.is_array()) || value.get("$ref").is_some()
        };
        let has_properties = document
            .get("properties")
            .is_some_and(|properties| object(Some(properties)).any(|(_, schema)| is_schema(schema)));
        // A document that only holds definitions.
        let holds_schemas = ["$defs", "definitions"].iter().any(|key| {
            object(document.get(*key)).any(|(_, schema)| {
                ["properties", "allOf", "oneOf", "anyOf"].iter().any(|key| schema.get(*key).is_some())
            })
        });
        if has("openapi") || has("swagger") {
            Self::OpenApi
        } else if document.get("type").and_then(Value::as_str) == Some("record") && has("fields")
            || has("protocol") && has("types")
        {
            Self::Avro
        } else if has("$schema") || holds_schemas || has_properties {
            Self::JsonSchema
        } else {
            Self::Sample
        }
    }
}

/// Reads a JSON Schema: the schema itself, or each of its definitions where it is only a place for them.
pub(crate) fn json_schema(name: &str, document: &Value, graph: &mut Graph, notes: &mut Vec<String>) {
    let mut schemas = Schemas::new(document, graph);
    let is_used = ["properties", "items", "$ref", "allOf", "anyOf", "oneOf", "additionalProperties", "type"]
        .iter()
        .any(|key| document.get(*key).is_some());
    let title = |schema: &Value| schema.get("title").and_then(Value::as_str).map(str::to_owned);
    let mut roots: Vec<(String, Id)> = Vec::new();
    if is_used {
        let node = schemas.node(document);
        if let Some(title) = title(document) {
            schemas.name(node, title);
        }
        roots.push((format!("schema {}", crate::shown(name)), node));
    } else {
        for (own, schema) in ["$defs", "definitions"].iter().flat_map(|key| object(document.get(*key))) {
            let node = schemas.node(schema);
            schemas.name(node, own.clone());
            roots.push((format!("schema {}", crate::shown(own)), node));
        }
    }
    schemas.finish();
    notes.extend(std::mem::take(&mut schemas.notes).into_iter().map(|note| format!("{name}: {note}")));
    add_roots(graph, roots);
}

/// Adds where documents begin.
pub(crate) fn add_roots(graph: &mut Graph, roots: Vec<(String, Id)>) {
    graph.roots.extend(roots.into_iter().map(|(title, node)| Root { title, node }));
}
