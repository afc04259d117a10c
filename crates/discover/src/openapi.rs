//! OpenAPI 3.0, 3.1 and Swagger 2: the schemas of JSON responses become places.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
};

use meshveil_detect::dictionary;

use serde_json::{Map, Value};

use crate::{
    Error, document,
    places::{Id, Places, ROOT, Step},
    shown::shown,
};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/// Schemas inside each other.
const DEPTH: usize = 64;
/// How often one schema is followed in the responses of one operation: a recursive one is seen once inside itself.
const TIMES: u32 = 2;
/// Schemas of a document that are followed.
const BUDGET: u64 = 2_000_000;
/// Hops from one reference to the next.
const HOPS: usize = 32;

/// Reads a document. What is not followed is a note.
pub(crate) fn read(name: &str, reader: impl Read, places: &mut Places, notes: &mut Vec<String>) -> Result<(), Error> {
    let document = document::read(name, reader, notes)?;
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
    let mut reader = Reader {
        document: &document,
        places,
        notes: BTreeSet::new(),
        numbers: BTreeMap::new(),
        left: BUDGET,
        operations: 0,
    };
    reader.paths();
    if reader.operations == 0 {
        reader.notes.insert("no response has a schema of JSON".to_owned());
    }
    if reader.left == 0 {
        reader.notes.insert("very many schemas: not all are followed in every response".to_owned());
    }
    notes.extend(reader.notes.into_iter().map(|note| format!("{name}: {note}")));
    Ok(())
}

struct Reader<'d> {
    document: &'d Value,
    places: &'d mut Places,
    notes: BTreeSet<String>,
    /// Schemas that are referred to, by reference.
    numbers: BTreeMap<&'d str, usize>,
    left: u64,
    /// Operations with a schema.
    operations: usize,
}

/// One response that is followed.
#[derive(Default)]
struct Visit {
    /// `GET /customers/{id}`.
    operation: String,
    /// How often each schema was followed.
    times: BTreeMap<usize, u32>,
    /// The schemas that are being followed.
    within: BTreeSet<usize>,
}

impl<'d> Reader<'d> {
    fn paths(&mut self) {
        let document = self.document;
        for (path, item) in object(document.get("paths")) {
            let item = self.resolve(item);
            for method in METHODS {
                let Some(operation) = item.get(method) else { continue };
                let title = format!("{} {}", method.to_uppercase(), shown(path));
                for response in object(operation.get("responses")).map(|(_, response)| response) {
                    let response = self.resolve(response);
                    for schema in schemas(response, operation, document) {
                        self.operations += 1;
                        let mut visit = Visit { operation: title.clone(), ..Visit::default() };
                        self.schema(schema, ROOT, &mut visit, 0);
                    }
                }
            }
        }
    }

    /// What a reference leads to; the value itself where it is none.
    fn resolve(&mut self, value: &'d Value) -> &'d Value {
        let mut value = value;
        for _ in 0..HOPS {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value };
            match self.target(reference) {
                Some(target) => value = target,
                None => return &Value::Null,
            }
        }
        self.notes.insert("a `$ref` that leads to itself is not followed".to_owned());
        &Value::Null
    }

    fn target(&mut self, reference: &str) -> Option<&'d Value> {
        let found = reference
            .strip_prefix('#')
            .filter(|pointer| pointer.is_empty() || pointer.starts_with('/'))
            .and_then(|pointer| {
                let pointer = decode(pointer);
                self.document.pointer(&pointer)
            });
        if found.is_none() {
            let why = if reference.starts_with('#') {
                "there is no such place"
            } else {
                "only references into the same file are"
            };
            self.notes.insert(format!("`$ref: {}` is not followed: {why}", shown(reference)));
        }
        found
    }

    fn schema(&mut self, schema: &'d Value, at: Id, visit: &mut Visit, depth: usize) {
        let Some(map) = schema.as_object() else { return };
        if depth > DEPTH || self.left == 0 {
            self.places.open.extend(visit.within.iter().copied());
            return;
        }
        self.left -= 1;
        if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
            self.reference(reference, at, visit, depth);
        }
        self.note(map, at, visit);
        for key in ["allOf", "oneOf", "anyOf"] {
            for part in list(map.get(key)) {
                self.schema(part, at, visit, depth + 1);
            }
        }
        for part in ["if", "then", "else"].into_iter().filter_map(|key| map.get(key)) {
            self.schema(part, at, visit, depth + 1);
        }
        for (_, part) in object(map.get("dependentSchemas")) {
            self.schema(part, at, visit, depth + 1);
        }
        for (_, reference) in object(map.get("discriminator").and_then(|discriminator| discriminator.get("mapping"))) {
            if let Some(reference) = reference.as_str().filter(|reference| reference.starts_with('#')) {
                self.reference(reference, at, visit, depth);
            }
        }
        for (name, part) in object(map.get("properties")) {
            self.child(part, at, &Step::Name(name.clone()), visit, depth);
        }
        for key in ["additionalProperties", "unevaluatedProperties"] {
            if let Some(part) = map.get(key).filter(|part| part.is_object()) {
                self.child(part, at, &Step::Any, visit, depth);
            }
        }
        for (_, part) in object(map.get("patternProperties")) {
            self.child(part, at, &Step::Any, visit, depth);
        }
        // `items` of older drafts may be a list.
        let items = ["items", "prefixItems", "contains", "unevaluatedItems"].into_iter().filter_map(|key| map.get(key));
        for part in items.flat_map(|items| items.as_array().map_or(std::slice::from_ref(items), Vec::as_slice)) {
            self.child(part, at, &Step::Items, visit, depth);
        }
    }

    fn child(&mut self, schema: &'d Value, at: Id, step: &Step, visit: &mut Visit, depth: usize) {
        let Some(child) = self.places.child(at, step) else { return };
        if let Some(place) = self.places.at(child) {
            place.operations.insert(visit.operation.clone());
            place.within.extend(visit.within.iter().copied());
        }
        self.schema(schema, child, visit, depth + 1);
    }

    fn reference(&mut self, reference: &'d str, at: Id, visit: &mut Visit, depth: usize) {
        let Some(target) = self.target(reference) else { return };
        let next = self.numbers.len();
        let number = *self.numbers.entry(reference).or_insert(next);
        let times = visit.times.entry(number).or_default();
        if *times >= TIMES {
            self.places.open.insert(number);
            return;
        }
        *times += 1;
        if let Some(place) = self.places.at(at) {
            place.schemas.extend(reference.rsplit('/').next().map(decode));
        }
        let is_new = visit.within.insert(number);
        self.schema(target, at, visit, depth + 1);
        if is_new {
            visit.within.remove(&number);
        }
    }

    /// What a schema says about its own place.
    fn note(&mut self, map: &Map<String, Value>, at: Id, visit: &Visit) {
        let types: Vec<&str> = match map.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let is = |name: &str| types.contains(&name);
        let owner = self.places.owner(at);
        let is_object = is("object") || map.contains_key("properties") || map.contains_key("additionalProperties");
        for id in [at, owner] {
            if let Some(place) = self.places.at(id) {
                let shapes = &mut place.shapes;
                shapes.text |= is("string");
                shapes.number |= is("number") || is("integer");
                shapes.bool |= is("boolean");
                shapes.object |= is_object;
                shapes.list |= is("array") || map.contains_key("items") || id != at;
            }
        }
        let Some(place) = self.places.at(owner) else { return };
        if owner == ROOT {
            place.operations.insert(visit.operation.clone());
        }
        if let Some(format) = map.get("format").and_then(Value::as_str)
            && let Some(kind) = dictionary::by_format(format)
        {
            place.format = Some((format.to_owned(), kind));
        }
        let says_yes = |value: &Value| match value {
            Value::Null | Value::Bool(false) => false,
            Value::String(text) => !dictionary::NO.contains(&text.to_ascii_lowercase().as_str()),
            _ => true,
        };
        if let Some(mark) = dictionary::MARKS.iter().find(|mark| map.get(**mark).is_some_and(says_yes)) {
            place.mark = Some(mark);
        }
        place.write_only |= map.get("writeOnly").and_then(Value::as_bool) == Some(true);
    }
}

/// The schemas of a response that is JSON.
fn schemas<'d>(response: &'d Value, operation: &'d Value, document: &'d Value) -> Vec<&'d Value> {
    if let Some(content) = response.get("content") {
        let json = object(Some(content)).filter(|(media, _)| is_json(media));
        return json.filter_map(|(_, media)| media.get("schema").or_else(|| media.get("itemSchema"))).collect();
    }
    // Swagger 2: one schema for every media type of the operation.
    let produces = operation.get("produces").or_else(|| document.get("produces"));
    let produced = produces.is_none() || list(produces).iter().filter_map(Value::as_str).any(is_json);
    response.get("schema").filter(|_| produced).into_iter().collect()
}

fn is_json(media: &str) -> bool {
    let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let words =
        essence.split(['/', '+', '.', '-']).any(|word| matches!(word, "json" | "ndjson" | "jsonl" | "jsonlines"));
    words || matches!(essence.as_str(), "*/*" | "application/*" | "text/event-stream")
}

fn object(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Percent-encoding of a URI fragment (RFC 3986, section 2.1); `~1` and `~0` are left to the pointer.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes().iter();
    while let Some(&byte) = rest.next() {
        let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
        let mut ahead = rest.clone();
        match (byte, hex(ahead.next()), hex(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(byte));
                rest = ahead;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
