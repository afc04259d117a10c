//! Samples of responses: their values are looked at as they pass, and never kept.

use std::{
    fmt,
    hash::{BuildHasher, Hasher},
    io::{BufRead, BufReader, Read},
};

use meshveil_detect::{Detector, dictionary, find, looks_sensitive, words::words};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{
    Error, document,
    facts::Facts,
    graph::{Graph, Id, Root, Step},
};

/// Bytes of one sample that are read.
const MOST: u64 = 1 << 30;
/// Members of one object that are told apart; further ones are taken for keys of a map.
const MEMBERS: usize = 256;
/// Bytes of a text that is read as JSON.
const LONGEST: usize = 1 << 20;
/// Texts of a place that may be names of fields.
const NAMES: u64 = 2_000;
/// Texts in texts that are read.
const DEEPEST: usize = 4;
/// Values that are told apart.
const DISTINCT: usize = 20;

/// Reads documents one after the other. Memory grows with the places in them and the longest string, not with their number.
pub(crate) fn read(name: &str, reader: impl Read, graph: &mut Graph) -> Result<Id, Error> {
    let failed = |error| Error::Read { name: name.to_owned(), error };
    let mut reader = BufReader::with_capacity(256 << 10, reader.take(MOST));
    let start = reader.fill_buf().map_err(failed)?;
    if start.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    let root = graph.add();
    let mut input = serde_json::Deserializer::from_reader(&mut reader);
    let mut documents = 0_u64;
    let mut objects = 0;
    let result = loop {
        match input.end() {
            Ok(()) => break Ok(()),
            Err(error) if error.is_io() => break Err(error),
            // Something follows: the next document.
            Err(_) => {}
        }
        if let Err(error) = (Node { graph, objects: &mut objects, at: root }).deserialize(&mut input) {
            break Err(error);
        }
        documents += 1;
    };
    if let Err(error) = result {
        if error.is_io() {
            return Err(failed(error.into()));
        }
        if reader.get_ref().limit() == 0 {
            return Err(Error::TooLong {
                name: name.to_owned(),
                mebibytes: MOST >> 20,
                hint: ": a part of it is enough",
            });
        }
        let (line, column) = (error.line(), error.column());
        let message = format!("neither JSON nor NDJSON: {}", document::json_message(&error));
        return Err(Error::At { name: name.to_owned(), line, column, message });
    }
    if documents == 0 {
        let message = "the sample is empty".to_owned();
        return Err(Error::At { name: name.to_owned(), line: 1, column: 1, message });
    }
    graph.roots.push(Root { title: String::new(), node: root });
    Ok(root)
}

/// Notes what a text looks like.
pub(crate) fn note(facts: &mut Facts, text: &str, is_number: bool) {
    facts.shapes.text |= !is_number;
    facts.shapes.number |= is_number;
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return;
    }
    facts.counts.values += 1;
    facts.counts.plain += u64::from(is_plain(trimmed, is_number));
    let mut looks: Vec<Detector> = Detector::of(text).into_iter().collect();
    if looks.is_empty() && !is_number && is_dressed(trimmed) {
        looks.push(Detector::TextWithSecrets);
    }
    if looks.is_empty() {
        let weak: Vec<Detector> = Detector::weak(trimmed).collect();
        if !weak.is_empty() && facts.counts.distinct.len() < DISTINCT {
            let mut hasher = std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default().build_hasher();
            hasher.write(trimmed.as_bytes());
            facts.counts.distinct.insert(hasher.finish());
        }
        for look in weak {
            facts.counts.weak.entry(look.what()).or_insert((look, 0)).1 += 1;
        }
    }
    for look in looks {
        facts.counts.like.entry(look.what()).or_insert((look, 0)).1 += 1;
    }
    if is_number {
        return;
    }
    // Short texts may be names of fields, in a list of names and values.
    if trimmed.len() < 48
        && facts.counts.values < NAMES
        && !trimmed.contains(['@', '/'])
        && let Some(kind) = dictionary::by_name(&[], &words(trimmed))
    {
        facts.names.insert(kind.id);
    }
    facts.says_secret |= matches!(trimmed, "Secret" | "SecretList");
    if trimmed.len() < LONGEST {
        facts.inside.extend(inside(trimmed, DEEPEST));
    }
}

/// Whether escapes or base64 in a text hold something.
fn is_dressed(text: &str) -> bool {
    text.len() < 8192
        && (text.contains('%') || text.len() > 15 && !text.contains(' '))
        && looks_sensitive(text.as_bytes())
}

/// What is said by names of members, and looks like something, in JSON, or by names of parameters in a query.
fn inside(text: &str, depth: usize) -> Vec<&'static str> {
    let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
    if !text.starts_with(['{', '[']) {
        let is_query = text.contains('=') && !text.contains(char::is_whitespace);
        let pairs = text
            .split(['&', ';', '?'])
            .filter_map(|pair| pair.split_once('='))
            .filter(|(_, value)| is_query && !value.is_empty());
        return pairs.filter_map(|(name, _)| dictionary::by_name(&[], &words(name))).map(|kind| kind.id).collect();
    }
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return Vec::new() };
    let mut found = Vec::new();
    let mut open = vec![(Vec::new(), &value)];
    while let Some((context, value)) = open.pop() {
        match value {
            serde_json::Value::Object(map) => {
                let is_secret = map.get("kind").and_then(serde_json::Value::as_str) == Some("Secret");
                found.extend(is_secret.then_some("secret-data"));
                open.extend(map.iter().map(|(name, value)| {
                    let name = words(name);
                    let kind = dictionary::by_name(&context, &name)
                        .filter(|_| !value.is_object() && !value.is_array() && !value.is_boolean());
                    found.extend(kind.map(|kind| kind.id));
                    (name, value)
                }));
            }
            serde_json::Value::Array(items) => open.extend(items.iter().map(|item| (context.clone(), item))),
            serde_json::Value::String(text) => {
                found.extend(inside(text, depth));
                found.extend(
                    find(text).next().and_then(|found| dictionary::by_value(found.detector)).map(|kind| kind.id),
                );
            }
            _ => {}
        }
    }
    found
}

/// A time, a word for yes and no, a small number: nothing that a person is known by.
fn is_plain(text: &str, is_number: bool) -> bool {
    if is_number {
        return text.len() < 4;
    }
    let is_time = text.len() >= 10
        && text
            .bytes()
            .take(10)
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
        && matches!(text.as_bytes().get(10), None | Some(b'T' | b' '));
    let lower = text.to_ascii_lowercase();
    is_time
        || matches!(
            lower.as_str(),
            "true"
                | "false"
                | "yes"
                | "no"
                | "y"
                | "n"
                | "on"
                | "off"
                | "none"
                | "null"
                | "n/a"
                | "unknown"
                | "enabled"
                | "disabled"
        )
}

/// A value that is read at a place.
struct Node<'p> {
    graph: &'p mut Graph,
    /// Objects that were read.
    objects: &'p mut u64,
    at: Id,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Node<'_> {
    fn value(self, text: &str, is_number: bool) {
        if let Some(node) = self.graph.at(self.at) {
            note(&mut node.facts, text, is_number);
        }
    }
}

/// The place of a member. A name that is a value itself, or one of very many, is not kept: the object is a map.
fn member(graph: &mut Graph, id: Id, name: &str) -> Id {
    let known =
        graph.get(id).map(|node| (node.edges.len() >= MEMBERS, node.edges.contains_key(&Step::Name(name.to_owned()))));
    let (is_many, is_known) = known.unwrap_or_default();
    if let Some(detector) = Detector::of(name).filter(|_| !name.contains("{{")) {
        if let Some(node) = graph.at(id) {
            *node.facts.names_like.entry(detector.what()).or_default() += 1;
        }
        return graph.child(id, &Step::Any);
    }
    let is_number =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ':' | 'T' | 'Z'));
    if is_number || is_id(name) || (is_many && !is_known) {
        return graph.child(id, &Step::Any);
    }
    graph.child(id, &Step::Name(name.to_owned()))
}

/// Whether a name is one that a program gave out: a UUID, many hexadecimal digits, letters and digits mixed.
fn is_id(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let is_uuid = parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let is_hex = name.len() >= 16
        && name.bytes().all(|byte| byte.is_ascii_hexdigit())
        && name.bytes().any(|byte| byte.is_ascii_digit());
    // `cus_NffrFeUfNV2Hib`, `ord-10045`: a short word and a run of digits.
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let is_numbered = name.bytes().any(|byte| matches!(byte, b'-' | b'_'))
        && digits >= 3
        && name
            .rsplit(['-', '_'])
            .next()
            .is_some_and(|last| last.bytes().filter(u8::is_ascii_digit).count() >= 2 && last.len() > 2);
    is_uuid || is_hex || is_numbered && !dictionary::is_usual(name)
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.value(text, false);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.value(&number.to_string(), true);
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.value("-", true);
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.value("-", true);
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        if let Some(node) = self.graph.at(self.at) {
            node.facts.shapes.bool = true;
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        if let Some(node) = self.graph.at(self.at) {
            node.facts.shapes.list = true;
        }
        let child = self.graph.child(self.at, &Step::Items);
        while elements
            .next_element_seed(Node { graph: &mut *self.graph, objects: &mut *self.objects, at: child })?
            .is_some()
        {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        *self.objects += 1;
        let object = *self.objects;
        if let Some(node) = self.graph.at(self.at) {
            node.facts.counts.objects += 1;
            node.facts.shapes.object = true;
        }
        while let Some(name) = members.next_key::<String>()? {
            let child = member(self.graph, self.at, &name);
            // Duplicates count once.
            if let Some(counts) =
                self.graph.at(child).map(|node| &mut node.facts.counts).filter(|counts| counts.last != object)
            {
                counts.last = object;
                counts.present += 1;
            }
            members.next_value_seed(Node { graph: &mut *self.graph, objects: &mut *self.objects, at: child })?;
        }
        Ok(())
    }
}
