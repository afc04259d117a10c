//! OpenAPI 3.0, 3.1 and Swagger 2: the schemas of JSON responses, and the media types of all responses.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    Error,
    graph::{Graph, Root},
    media::{self, Media},
    schema::{Schemas, list, object},
    shown::shown,
};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Reads a document. What is not followed is a note.
pub(crate) fn read(
    name: &str,
    document: &Value,
    graph: &mut Graph,
    media: &mut Media,
    notes: &mut Vec<String>,
) -> Result<(), Error> {
    let version =
        |key: &str| document.get(key).map(|version| version.as_str().map_or(version.to_string(), str::to_owned));
    match (version("openapi"), version("swagger")) {
        (Some(version), _) if version.starts_with("3.") => {}
        (None, Some(version)) if version.starts_with('2') => {}
        (Some(version), _) | (None, Some(version)) => {
            return Err(Error::Version { name: name.to_owned(), version: shown(&version) });
        }
        (None, None) => {
            let hint = "samples are given with `--sample`, manifests with `--manifests`";
            let message = format!("no OpenAPI document: neither `openapi` nor `swagger` at the top ({hint})");
            return Err(Error::At { name: name.to_owned(), line: 1, column: 1, message });
        }
    }
    let mut reader = Reader { document, schemas: Schemas::new(document, graph), media, operations: 0 };
    reader.paths();
    let none = reader.operations == 0;
    let mut found: BTreeSet<String> = std::mem::take(&mut reader.schemas.notes);
    if none {
        found.insert("no response has a schema of JSON".to_owned());
    }
    notes.extend(found.into_iter().map(|note| format!("{name}: {note}")));
    Ok(())
}

struct Reader<'d> {
    document: &'d Value,
    schemas: Schemas<'d>,
    media: &'d mut Media,
    /// Operations with a schema.
    operations: usize,
}

impl<'d> Reader<'d> {
    fn paths(&mut self) {
        let document = self.document;
        for (path, item) in object(document.get("paths")) {
            let item = self.schemas.resolve(item);
            for method in METHODS {
                let Some(operation) = item.get(method) else { continue };
                let title = format!("{} {}", method.to_uppercase(), shown(path));
                for (status, response) in object(operation.get("responses")) {
                    let response = self.schemas.resolve(response);
                    let bodies = self.bodies(response, operation);
                    let types: Vec<&str> = bodies.iter().flat_map(|(types, _)| types.iter().copied()).collect();
                    self.media.note(method, path, &types, status.starts_with('2') || status == "default");
                    for (types, schema) in bodies {
                        if types.is_empty() || types.iter().any(|name| media::holds_json(name)) {
                            self.root(&title, schema);
                        }
                    }
                }
            }
        }
        self.schemas.finish();
    }

    fn root(&mut self, title: &str, schema: Option<&'d Value>) {
        let Some(schema) = schema else { return };
        self.operations += 1;
        let node = self.schemas.node(schema);
        self.schemas.graph.roots.push(Root { title: title.to_owned(), node });
    }

    /// The media types of a response, each with its schema; none where a type is not said.
    fn bodies(&self, response: &'d Value, operation: &'d Value) -> Vec<(Vec<&'d str>, Option<&'d Value>)> {
        if let Some(content) = response.get("content") {
            let schema = |media: &'d Value| media.get("schema").or_else(|| media.get("itemSchema"));
            return object(Some(content)).map(|(name, media)| (vec![name.as_str()], schema(media))).collect();
        }
        // Swagger 2: one schema for every media type of the operation. An empty list, as some generators write it, says nothing.
        let said = |value: &'d Value| Some(list(value.get("produces"))).filter(|types| !types.is_empty());
        let produces = said(operation).or_else(|| said(self.document)).unwrap_or_default();
        let types: Vec<&str> = produces.iter().filter_map(Value::as_str).collect();
        let schema = response.get("schema");
        if schema.is_none() {
            return Vec::new();
        }
        vec![(types, schema)]
    }
}
