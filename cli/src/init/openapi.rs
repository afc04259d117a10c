//! Sensitive fields of an OpenAPI document: what its responses hold (OpenAPI 3.0 and 3.1; Swagger 2.0).

use std::path::Path;

use meshveil_source::{FileId, Files, Node, tree};
use serde_json::Value;

use super::{
    found::{Found, Step},
    sensitive::{self, Kind},
};
use crate::{
    Failure,
    render::{self, Output},
};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Schemas inside schemas are followed this far.
const DEPTH: usize = 32;

/// Schemas looked at in all: one that refers to itself in many places stays small.
const SCHEMAS: usize = 100_000;

/// Looks at every JSON response. References that lead nowhere are named in `notes`.
pub(super) fn read(path: &Path, found: &mut Found, notes: &mut Vec<String>) -> Result<(), Failure> {
    let text = std::fs::read_to_string(path).map_err(Failure::reading(path))?;
    let name = path.display().to_string();
    let mut findings = Vec::new();
    let documents = tree::parse(FileId(0), &text, &mut findings);
    if !findings.is_empty() {
        let mut files = Files::default();
        files.add(name, text);
        render::findings(Output::Text, &files, &findings)?;
        return Err(Failure::Findings);
    }
    let document = documents.first().map(Node::to_json).unwrap_or_default();
    if document.get("openapi").or_else(|| document.get("swagger")).is_none() {
        return Err(Failure::Usage(format!("`{name}` is no OpenAPI document: it has neither `openapi` nor `swagger`")));
    }
    let mut walk = Walk { document: &document, found, notes, left: SCHEMAS, chain: Vec::new(), why: String::new() };
    for (path, item) in members(document.get("paths")) {
        let item = walk.resolve(item);
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            walk.why = format!("{} {path}", method.to_uppercase());
            for (_, response) in members(operation.get("responses")) {
                walk.response(response);
            }
        }
    }
    if walk.left == 0 {
        notes.push(format!("`{name}`: only the first {SCHEMAS} schemas were looked at"));
    }
    Ok(())
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

struct Walk<'a> {
    document: &'a Value,
    found: &'a mut Found,
    notes: &'a mut Vec<String>,
    left: usize,
    /// References being followed.
    chain: Vec<String>,
    why: String,
}

impl<'a> Walk<'a> {
    /// What a reference means (RFC 6901), or the value itself.
    fn resolve(&mut self, value: &'a Value) -> &'a Value {
        let mut value = value;
        for _ in 0..DEPTH {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value };
            let target = reference.strip_prefix('#').and_then(|pointer| self.document.pointer(pointer));
            let Some(target) = target else {
                let note = format!("`{reference}` leads nowhere in this document, and was passed over");
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
                return &Value::Null;
            };
            value = target;
        }
        &Value::Null
    }

    fn response(&mut self, response: &'a Value) {
        let response = self.resolve(response);
        for (media, content) in members(response.get("content")) {
            if media.to_ascii_lowercase().contains("json") || media.contains('*') {
                self.root(content.get("schema"));
            }
        }
        // Swagger 2.0
        self.root(response.get("schema"));
    }

    fn root(&mut self, schema: Option<&'a Value>) {
        if let Some(schema) = schema {
            self.schema(schema, &mut Vec::new());
        }
    }

    fn schema(&mut self, schema: &'a Value, path: &mut Vec<Step>) {
        if self.left == 0 || self.chain.len() >= DEPTH {
            return;
        }
        self.left -= 1;
        let reference = schema.get("$ref").and_then(Value::as_str).unwrap_or_default().to_owned();
        // What it holds was looked at where it was met first.
        if !reference.is_empty() && self.chain.contains(&reference) {
            return;
        }
        let schema = self.resolve(schema);
        self.chain.push(reference);
        for (name, property) in members(schema.get("properties")) {
            path.push(Step::Member(name.clone()));
            self.property(property, path);
            path.pop();
        }
        for key in ["items", "additionalProperties"] {
            if let Some(inner) = schema.get(key).filter(|inner| inner.is_object()) {
                path.push(Step::Any);
                self.schema(inner, path);
                path.pop();
            }
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            for part in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
                self.schema(part, path);
            }
        }
        self.chain.pop();
    }

    fn property(&mut self, property: &'a Value, path: &mut Vec<Step>) {
        let why = self.why.clone();
        if self.found.look_at_name(path, &why) {
            return;
        }
        let target = self.resolve(property);
        if let Some((kind, what)) = declared(target) {
            self.found.add_place(kind, path, format!("{what}; {why}"));
            return;
        }
        self.schema(property, path);
    }
}

/// What a schema itself says of its values.
fn declared(schema: &Value) -> Option<(&'static Kind, &'static str)> {
    match schema.get("format").and_then(Value::as_str) {
        Some("email" | "idn-email") => return Some((sensitive::named("email")?, "its format")),
        Some("password") => return Some((sensitive::named("credential")?, "its format")),
        Some("ipv4" | "ipv6") => return Some((sensitive::named("ip")?, "its format")),
        _ => {}
    }
    let is_marked = |key: &str| schema.get(key).is_some_and(|mark| *mark != Value::Bool(false) && !mark.is_null());
    (is_marked("x-sensitive") || is_marked("x-pii")).then_some((&sensitive::DECLARED, "marked as sensitive"))
}
