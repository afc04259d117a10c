//! How much discovery proposes of what is sensitive in documents that were labelled by hand, and how much of what it proposes is.
//!
//! The files beside are public APIs of three kinds, written from what such APIs are known to answer: names, types and descriptions, each leaf with a label. `may` is what
//! people can decide either way; it does not count.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use meshveil_discover::Discovery;
use meshveil_json::{Masker, Query, Rule};
use meshveil_mask::{Keys, MaskSpec};
use meshveil_plan::Limits;
use serde_json::{Map, Value, json};

const DOCUMENTS: [(&str, &str); 3] = [
    ("payments", include_str!("labelled/payments.txt")),
    ("health", include_str!("labelled/health.txt")),
    ("hr", include_str!("labelled/hr.txt")),
];

/// One member of a schema.
struct Member {
    name: String,
    kind: String,
    label: Option<String>,
    description: Option<String>,
}

#[derive(Default)]
struct Labelled {
    /// Method, path and schema of each operation.
    operations: Vec<(String, String, String)>,
    schemas: BTreeMap<String, Vec<Member>>,
}

fn read(text: &str) -> Labelled {
    let mut labelled = Labelled::default();
    let mut schema = String::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("schema ") {
            schema = name.to_owned();
            labelled.schemas.insert(schema.clone(), Vec::new());
        } else if let Some((operation, answer)) = line.split_once(" -> ") {
            let (method, path) = operation.split_once(' ').unwrap();
            labelled.operations.push((method.to_lowercase(), path.to_owned(), answer.to_owned()));
        } else {
            let mut parts = line.split(" | ").map(str::to_owned);
            let mut next = || parts.next();
            let member = Member { name: next().unwrap(), kind: next().unwrap(), label: next(), description: next() };
            labelled.schemas.get_mut(&schema).unwrap().push(member);
        }
    }
    labelled
}

impl Labelled {
    fn inner(kind: &str) -> (&str, bool) {
        kind.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).map_or((kind, false), |inner| (inner, true))
    }

    fn openapi(&self) -> Value {
        let one = |kind: &str| {
            if self.schemas.contains_key(kind) {
                return json!({ "$ref": format!("#/components/schemas/{kind}") });
            }
            let (kind, more) = kind.split_once(':').unwrap_or((kind, ""));
            match (kind, more) {
                ("enum", words) => json!({ "type": "string", "enum": words.split(',').collect::<Vec<_>>() }),
                (kind, "") => json!({ "type": kind }),
                (kind, format) => json!({ "type": kind, "format": format }),
            }
        };
        let schema = |members: &Vec<Member>| {
            let properties = members.iter().map(|member| {
                let (kind, is_list) = Self::inner(&member.kind);
                let mut schema = if is_list { json!({ "type": "array", "items": one(kind) }) } else { one(kind) };
                if let (Some(text), Some(schema)) = (&member.description, schema.as_object_mut()) {
                    schema.insert("description".to_owned(), json!(text));
                }
                (member.name.clone(), schema)
            });
            json!({ "type": "object", "properties": properties.collect::<Map<_, _>>() })
        };
        let paths = self.operations.iter().map(|(method, path, answer)| {
            let content =
                json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{answer}") } } });
            (path.clone(), json!({ method: { "responses": { "200": { "description": "ok", "content": content } } } }))
        });
        let schemas = self.schemas.iter().map(|(name, members)| (name.clone(), schema(members)));
        json!({
            "openapi": "3.0.3",
            "info": { "title": "labelled", "version": "1" },
            "paths": paths.collect::<Map<_, _>>(),
            "components": { "schemas": schemas.collect::<Map<_, _>>() },
        })
    }

    /// A response in which each value says which member it is, and its label.
    fn answer(&self, schema: &str) -> Value {
        let members = self.schemas.get(schema).unwrap_or_else(|| panic!("no schema {schema}"));
        let value = |member: &Member| {
            let (kind, is_list) = Self::inner(&member.kind);
            let one = if self.schemas.contains_key(kind) {
                self.answer(kind)
            } else {
                let label = member.label.as_deref().unwrap_or_else(|| panic!("no label for {schema}.{}", member.name));
                assert!(["must", "may", "no"].contains(&label), "{label} of {schema}.{}", member.name);
                json!(format!("{label} {schema}.{}", member.name))
            };
            (member.name.clone(), if is_list { json!([one]) } else { one })
        };
        members.iter().map(value).collect::<Map<_, _>>().into()
    }
}

/// The leaves of a document, and whether each is as it was.
fn leaves(before: &Value, after: Option<&Value>, found: &mut BTreeMap<String, BTreeSet<bool>>) {
    match before {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| leaves(value, after.and_then(|after| after.get(name)), found));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at, value)| leaves(value, after.and_then(|after| after.get(at)), found));
        }
        leaf => {
            found.entry(leaf.as_str().unwrap().to_owned()).or_default().insert(after == Some(leaf));
        }
    }
}

/// What is proposed for a document, done to its answers: each leaf, and whether it is masked everywhere, or anywhere.
fn judged(labelled: &Labelled) -> BTreeMap<String, (bool, bool)> {
    let mut discovery = Discovery::default();
    discovery.openapi("labelled.json", labelled.openapi().to_string().as_bytes()).unwrap();
    let rule = |path: &str| Rule {
        id: path.to_owned(),
        query: Query::parse(path).unwrap(),
        mask: MaskSpec::named("redact").unwrap(),
    };
    let rules = discovery.report(None).proposed.iter().map(|item| rule(&item.path)).collect();
    let masker = Masker::compile(rules, &Keys::none(), Limits::default()).unwrap();
    let mut found = BTreeMap::new();
    for (_, _, answer) in &labelled.operations {
        let before = labelled.answer(answer);
        let (mut stream, mut out) = (masker.stream(), Vec::new());
        stream.push(before.to_string().as_bytes(), &mut out).unwrap();
        stream.finish(&mut out).unwrap();
        leaves(&before, Some(&serde_json::from_slice(&out).unwrap()), &mut found);
    }
    found.into_iter().map(|(leaf, clear)| (leaf, (!clear.contains(&true), clear.contains(&false)))).collect()
}

#[test]
fn most_of_what_is_sensitive_is_proposed_and_little_else() {
    let (mut right, mut missed, mut wrong) = (0_u32, Vec::new(), Vec::new());
    for (name, text) in DOCUMENTS {
        let (mut of_this, before) = (0, (missed.len(), wrong.len()));
        for (leaf, (everywhere, anywhere)) in judged(&read(text)) {
            match leaf.split_once(' ').unwrap() {
                ("must", _) if everywhere => of_this += 1,
                ("must", member) => missed.push(format!("{name} {member}")),
                ("no", member) if anywhere => wrong.push(format!("{name} {member}")),
                _ => {}
            }
        }
        let (missed, wrong) = (missed.len() - before.0, wrong.len() - before.1);
        println!("{name}: {of_this} right, {missed} missed, {wrong} wrong");
        right += of_this;
    }
    let share = |others: usize| f64::from(right) / (f64::from(right) + f64::from(u32::try_from(others).unwrap()));
    let (precision, recall) = (share(wrong.len()), share(missed.len()));
    println!("precision {precision:.3}, recall {recall:.3}\nmissed {missed:#?}\nwrong {wrong:#?}");
    assert!(precision >= 0.90 && recall >= 0.85, "precision {precision:.3}, recall {recall:.3}");
}
