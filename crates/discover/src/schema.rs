//! JSON Schema, as OpenAPI 2.0 to 3.1 and the drafts write it: each schema becomes one node, wherever it is used.

use std::collections::{BTreeSet, HashMap, VecDeque};

use meshveil_detect::{Detector, dictionary};
use serde_json::{Map, Value};

use crate::{
    graph::{Graph, Id, Index, Step},
    shown::shown,
};

/// Hops from one reference to the next.
const HOPS: usize = 32;

/// Reads schemas of one document into the graph.
pub(crate) struct Schemas<'d> {
    pub(crate) document: &'d Value,
    pub(crate) graph: &'d mut Graph,
    pub(crate) notes: BTreeSet<String>,
    /// Nodes by the address of their schema.
    known: Index<usize>,
    open: VecDeque<(&'d Value, Id)>,
    /// Schemas by `$id` and `$anchor`, once one is asked for.
    anchors: Option<HashMap<String, &'d Value>>,
}

impl<'d> Schemas<'d> {
    pub(crate) fn new(document: &'d Value, graph: &'d mut Graph) -> Self {
        let (notes, known, open) = (BTreeSet::new(), Index::new(), VecDeque::new());
        Self { document, graph, notes, known, open, anchors: None }
    }

    /// The node of a schema, which is read when [`Schemas::finish`] is called.
    pub(crate) fn node(&mut self, schema: &'d Value) -> Id {
        let address = std::ptr::from_ref(schema) as usize;
        if let Some(known) = self.known.get(&address) {
            return *known;
        }
        let id = self.graph.add();
        self.known.insert(address, id);
        self.open.push_back((schema, id));
        id
    }

    /// Reads every schema that was asked for, and those that they use.
    pub(crate) fn finish(&mut self) {
        while let Some((schema, id)) = self.open.pop_front() {
            self.read(schema, id);
        }
    }

    /// Gives a node the name of its schema.
    pub(crate) fn name(&mut self, id: Id, name: String) {
        if let Some(node) = self.graph.at(id) {
            node.titles.insert(name);
            node.facts.is_named = true;
        }
    }

    /// What a reference leads to; the value itself where it is none.
    pub(crate) fn resolve(&mut self, value: &'d Value) -> &'d Value {
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
        let document = self.document;
        let pointer = reference.strip_prefix('#').filter(|pointer| pointer.is_empty() || pointer.starts_with('/'));
        let found = pointer.and_then(|pointer| document.pointer(&decode(pointer))).or_else(|| self.anchor(reference));
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

    /// A schema by its `$id` or `$anchor`, as bundled documents refer to them.
    fn anchor(&mut self, reference: &str) -> Option<&'d Value> {
        let document = self.document;
        let anchors = self.anchors.get_or_insert_with(|| {
            let mut anchors = HashMap::new();
            let mut open = vec![document];
            while let Some(value) = open.pop() {
                match value {
                    Value::Object(map) => {
                        for key in ["$id", "id"] {
                            if let Some(id) = map.get(key).and_then(Value::as_str) {
                                anchors.entry(id.trim_end_matches('#').to_owned()).or_insert(value);
                            }
                        }
                        for key in ["$anchor", "$dynamicAnchor"] {
                            if let Some(anchor) = map.get(key).and_then(Value::as_str) {
                                anchors.entry(format!("#{anchor}")).or_insert(value);
                            }
                        }
                        open.extend(map.values());
                    }
                    Value::Array(items) => open.extend(items),
                    _ => {}
                }
            }
            anchors
        });
        let (base, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let by_id = |base: &str| {
            let end = format!("/{base}");
            anchors
                .get(base)
                .or_else(|| anchors.iter().find(|(id, _)| id.ends_with(&end)).map(|(_, schema)| schema))
                .copied()
        };
        anchors.get(reference).copied().or_else(|| by_id(base).filter(|_| !base.is_empty())?.pointer(&decode(pointer)))
    }

    fn read(&mut self, schema: &'d Value, id: Id) {
        let Some(map) = schema.as_object() else { return };
        for key in ["$ref", "$dynamicRef", "$recursiveRef"] {
            if let Some(reference) = map.get(key).and_then(Value::as_str) {
                self.reference(reference, id);
            }
        }
        self.note(map, id);
        for key in ["allOf", "oneOf", "anyOf"] {
            for part in list(map.get(key)) {
                self.part(part, id);
            }
        }
        for part in ["if", "then", "else"].into_iter().filter_map(|key| map.get(key)) {
            self.part(part, id);
        }
        for key in ["dependentSchemas", "dependencies"] {
            for (_, part) in object(map.get(key)).filter(|(_, part)| part.is_object()) {
                self.part(part, id);
            }
        }
        for (_, reference) in object(map.get("discriminator").and_then(|discriminator| discriminator.get("mapping"))) {
            if let Some(reference) = reference.as_str().filter(|reference| reference.starts_with('#')) {
                self.reference(reference, id);
            }
        }
        for (name, part) in object(map.get("properties")) {
            self.child(part, id, Step::Name(name.clone()));
        }
        for key in ["additionalProperties", "unevaluatedProperties"] {
            if let Some(part) = map.get(key).filter(|part| part.is_object()) {
                self.child(part, id, Step::Any);
            }
        }
        for (_, part) in object(map.get("patternProperties")) {
            self.child(part, id, Step::Any);
        }
        // `items` of older drafts may be a list.
        let keys = ["items", "prefixItems", "contains", "unevaluatedItems", "additionalItems"];
        let items = keys.into_iter().filter_map(|key| map.get(key));
        for part in items.flat_map(|items| items.as_array().map_or(std::slice::from_ref(items), Vec::as_slice)) {
            if part.is_object() {
                self.child(part, id, Step::Items);
            }
        }
    }

    fn part(&mut self, schema: &'d Value, id: Id) {
        let part = self.node(schema);
        self.graph.part(id, part, true);
    }

    fn child(&mut self, schema: &'d Value, id: Id, step: Step) {
        let child = self.node(schema);
        self.graph.link(id, step, child);
    }

    fn reference(&mut self, reference: &'d str, id: Id) {
        let Some(target) = self.target(reference) else { return };
        let target = self.node(target);
        if let Some(name) = reference.rsplit(['/', '#']).next().filter(|name| !name.is_empty()) {
            self.name(target, decode(name));
        }
        self.graph.part(id, target, false);
    }

    /// What a schema says about its own place.
    fn note(&mut self, map: &Map<String, Value>, id: Id) {
        let types: Vec<&str> = match map.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let is = |name: &str| types.contains(&name);
        let Some(node) = self.graph.at(id) else { return };
        let facts = &mut node.facts;
        let shapes = &mut facts.shapes;
        let listed = map.get("enum").and_then(Value::as_array).is_some_and(|values| !values.is_empty())
            || map.contains_key("const");
        shapes.text |= is("string") || is("file");
        shapes.number |= is("number") || is("integer");
        shapes.bool |= is("boolean");
        shapes.object |=
            is("object") || ["properties", "additionalProperties"].iter().any(|key| map.contains_key(*key));
        shapes.list |= is("array") || map.contains_key("items");
        facts.is_listed |= listed;
        // What a list of names and values may name.
        let names = list(map.get("enum")).iter().filter_map(Value::as_str).filter(|name| name.len() < 48);
        facts.names.extend(
            names.filter_map(|name| dictionary::by_name(&[], &meshveil_detect::words::words(name))).map(|kind| kind.id),
        );
        facts.is_free |= (is("string") || is("number") || is("integer")) && !listed;
        if let Some(format) = map.get("format").and_then(Value::as_str) {
            facts.is_time |=
                matches!(format, "date" | "date-time" | "time" | "duration" | "timestamp" | "unix-time" | "unixtime");
            if let Some(kind) = dictionary::by_format(format) {
                facts.format = Some((format.to_owned(), kind));
            }
        }
        let says_yes = |value: &Value| match value {
            Value::Null | Value::Bool(false) => false,
            Value::String(text) => !dictionary::NO.contains(&text.to_ascii_lowercase().as_str()),
            _ => true,
        };
        if let Some(mark) = dictionary::MARKS.iter().find(|mark| map.get(**mark).is_some_and(says_yes)) {
            facts.mark = Some(mark);
        }
        facts.write_only |= map.get("writeOnly").and_then(Value::as_bool) == Some(true);
        facts.example = example(map);
        let texts = ["description", "title"].into_iter().filter_map(|key| map.get(key).and_then(Value::as_str));
        facts.described = texts.filter_map(dictionary::by_text).next();
    }
}

/// What examples or a pattern look like.
fn example(map: &Map<String, Value>) -> Option<(&'static str, &'static dictionary::Kind)> {
    let lists = map.get("examples").and_then(Value::as_array).into_iter().flatten();
    let values = ["example", "default", "x-example"].into_iter().filter_map(|key| map.get(key)).chain(lists);
    let mut texts = values.filter_map(|value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.as_u64().is_some_and(|number| number > 99_999_999) => Some(number.to_string()),
        _ => None,
    });
    let by_value = |text: String| {
        let detector = Detector::of(&text).filter(|detector| *detector != Detector::TextWithSecrets)?;
        Some((detector.what(), dictionary::by_value(detector)?))
    };
    let by_pattern = || {
        let pattern = map.get("pattern").and_then(Value::as_str)?;
        let bare: String =
            pattern.chars().filter(|letter| !matches!(letter, '^' | '$' | '(' | ')' | '\\' | '?' | ':')).collect();
        let is_ssn = matches!(bare.as_str(), "d{3}-d{2}-d{4}" | "[0-9]{3}-[0-9]{2}-[0-9]{4}" | "ddd-dd-dddd");
        let is_mail = bare.contains('@') && bare.len() > 4;
        let detector = if is_ssn {
            Detector::Ssn
        } else if is_mail {
            Detector::Email
        } else {
            return None;
        };
        Some((detector.what(), dictionary::by_value(detector)?))
    };
    texts.find_map(by_value).or_else(by_pattern)
}

pub(crate) fn object(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

pub(crate) fn list(value: Option<&Value>) -> &[Value] {
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
