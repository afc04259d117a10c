//! Avro schemas and protocols (Avro 1.12).

use std::collections::HashMap;

use meshveil_detect::dictionary;
use serde_json::Value;

use super::add_roots;
use crate::{
    graph::{Graph, Id, Step},
    schema::{list, object},
    shown,
};

/// Types inside each other.
const DEEPEST: usize = 64;

/// Reads a schema: a record, or a union or protocol of several.
pub(crate) fn read(document: &Value, graph: &mut Graph) {
    let mut reader = Reader { graph, named: HashMap::new() };
    let tops: Vec<&Value> = match document {
        Value::Array(several) => several.iter().collect(),
        other if other.get("types").is_some() => list(other.get("types")).iter().collect(),
        other => vec![other],
    };
    let mut roots = Vec::new();
    for top in tops {
        let node = reader.graph.add();
        reader.read(top, node, "", 0);
        let name = top.get("name").and_then(Value::as_str).unwrap_or_default();
        roots.push((format!("record {}", shown(name)), node));
    }
    add_roots(graph, roots);
}

struct Reader<'g> {
    graph: &'g mut Graph,
    /// Records by full name.
    named: HashMap<String, Id>,
}

impl Reader<'_> {
    fn read(&mut self, schema: &Value, at: Id, namespace: &str, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match schema {
            Value::String(name) => self.primitive(name, at, namespace),
            Value::Array(union) => {
                for part in union {
                    let node = self.graph.add();
                    self.read(part, node, namespace, depth + 1);
                    self.graph.part(at, node, true);
                }
            }
            Value::Object(map) => {
                let space = map.get("namespace").and_then(Value::as_str).unwrap_or(namespace);
                self.complex(schema, at, space, depth);
                let logical = map.get("logicalType").and_then(Value::as_str).unwrap_or_default();
                if let Some(node) = self.graph.at(at) {
                    node.facts.is_time |= ["date", "time-", "timestamp", "local-timestamp"]
                        .iter()
                        .any(|begin| logical.starts_with(begin));
                }
            }
            _ => {}
        }
    }

    fn complex(&mut self, schema: &Value, at: Id, namespace: &str, depth: usize) {
        let name = schema.get("name").and_then(Value::as_str).unwrap_or_default();
        match schema.get("type") {
            Some(Value::String(kind)) if matches!(kind.as_str(), "record" | "error") => {
                self.named.insert(full(name, namespace), at);
                if let Some(node) = self.graph.at(at) {
                    node.titles.insert(name.to_owned());
                    node.facts.is_named = true;
                    node.facts.shapes.object = true;
                }
                for field in list(schema.get("fields")) {
                    let Some(own) = field.get("name").and_then(Value::as_str) else { continue };
                    let child = self.graph.child(at, &Step::Name(own.to_owned()));
                    if let Some(node) = self.graph.at(child) {
                        node.facts.described = field.get("doc").and_then(Value::as_str).and_then(dictionary::by_text);
                        node.facts.mark = dictionary::MARKS
                            .iter()
                            .find(|mark| {
                                object(Some(field)).any(|(key, value)| key == **mark && value != &Value::Bool(false))
                            })
                            .copied();
                    }
                    self.read(field.get("type").unwrap_or(&Value::Null), child, namespace, depth + 1);
                }
            }
            Some(Value::String(kind)) if kind == "array" => {
                let child = self.graph.child(at, &Step::Items);
                self.read(schema.get("items").unwrap_or(&Value::Null), child, namespace, depth + 1);
            }
            Some(Value::String(kind)) if kind == "map" => {
                if let Some(node) = self.graph.at(at) {
                    node.facts.shapes.object = true;
                }
                let child = self.graph.child(at, &Step::Any);
                self.read(schema.get("values").unwrap_or(&Value::Null), child, namespace, depth + 1);
            }
            Some(Value::String(kind)) if kind == "enum" => {
                if let Some(node) = self.graph.at(at) {
                    node.facts.shapes.text = true;
                    node.facts.is_listed = true;
                    node.titles.insert(name.to_owned());
                }
                self.named.insert(full(name, namespace), at);
            }
            Some(Value::String(kind)) => self.primitive(kind, at, namespace),
            Some(other) => self.read(other, at, namespace, depth + 1),
            None => {}
        }
    }

    fn primitive(&mut self, name: &str, at: Id, namespace: &str) {
        let known = self.named.get(name).or_else(|| self.named.get(&full(name, namespace))).copied();
        if let Some(known) = known {
            self.graph.part(at, known, false);
            return;
        }
        let Some(node) = self.graph.at(at) else { return };
        let facts = &mut node.facts;
        match name {
            "string" | "bytes" | "fixed" => facts.shapes.text = true,
            "int" | "long" | "float" | "double" => facts.shapes.number = true,
            "boolean" => facts.shapes.bool = true,
            _ => {}
        }
        facts.is_free |= !matches!(name, "boolean" | "null");
    }
}

fn full(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") }
}
