//! Masks: each fault at the name or parameter it is about.

use meshveil_mask::{CATALOGUE, Entry, MaskSpec};
use meshveil_text::{Finding, Key, Node, Span, Value, nearest};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::{Reader, map::list};
use crate::{Spanned, codes};

const HELP: &str = "masks and their parameters: docs/reference/masks.md";

pub(super) fn mask(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<MaskSpec>> {
    // `mask: null` says `null`, the mask, as everybody would read it.
    let json = if node.value == Value::Null { "null".into() } else { node.to_json() };
    match MaskSpec::deserialize(json) {
        Ok(value) => Some(Spanned { value, span: node.span }),
        Err(error) => {
            let before = reader.findings.len();
            explain(reader, node);
            if reader.findings.len() == before {
                fault(reader, node.span, message(&error.to_string()));
            }
            None
        }
    }
}

fn fault(reader: &mut Reader<'_>, span: Span, message: impl Into<String>) {
    reader.findings.push(Finding::new(&codes::BAD_MASK, span, message).help(HELP));
}

/// Looks for the parts that are wrong.
fn explain(reader: &mut Reader<'_>, node: &Node) {
    match &node.value {
        Value::Text(name) => {
            entry(reader, name, node.span);
        }
        Value::Map(entries) => {
            let Some(((name, parameters), more)) = entries.split_first() else {
                return fault(reader, node.span, "a mask without a name");
            };
            for (key, _) in more {
                fault(reader, key.span, format!("one mask expected, but `{}` follows `{}`", key.name, name.name));
            }
            if let Some(entry) = entry(reader, &name.name, name.span) {
                self::parameters(reader, entry, parameters);
            }
        }
        _ => fault(reader, node.span, format!("expected a mask, such as `redact`, not {}", node.what())),
    }
}

/// The catalogue's entry of a mask.
fn entry(reader: &mut Reader<'_>, name: &str, span: Span) -> Option<&'static Entry> {
    let found = CATALOGUE.iter().find(|entry| entry.id == name);
    if found.is_none() {
        unknown(reader, span, format!("unknown mask `{name}`"), name, CATALOGUE.iter().map(|entry| entry.id));
    }
    found
}

fn unknown(
    reader: &mut Reader<'_>,
    span: Span,
    message: String,
    word: &str,
    known: impl Iterator<Item = &'static str> + Clone,
) {
    let finding = Finding::new(&codes::BAD_MASK, span, message);
    reader.findings.push(match nearest(word, known.clone()) {
        Some(near) => finding.suggest(span, near, format!("did you mean `{near}`?")),
        None if known.clone().next().is_none() => finding,
        None => finding.help(format!("known: {}", list(known))),
    });
}

fn parameters(reader: &mut Reader<'_>, entry: &'static Entry, node: &Node) {
    if !matches!(node.value, Value::Map(_)) {
        return fault(reader, node.span, format!("expected the parameters of `{}`, not {}", entry.id, node.what()));
    }
    let names = || entry.parameters.iter().map(|parameter| parameter.name);
    let mut known: Vec<(&Key, Json)> = Vec::new();
    for (key, value) in node.entries() {
        if names().any(|name| name == key.name) {
            known.push((key, value.to_json()));
        } else {
            unknown(reader, key.span, format!("`{}` has no parameter `{}`", entry.id, key.name), &key.name, names());
        }
    }
    for (at, (key, value)) in known.iter().enumerate() {
        let Err(message) = check(entry, &[(key, value)]) else { continue };
        // Some parameters are right only beside another one.
        let beside = |(other, (name, with)): (usize, &(&Key, Json))| {
            other != at && check(entry, &[(key, value), (name, with)]).is_ok()
        };
        if !known.iter().enumerate().any(beside) {
            let span = node.entry(&key.name).map_or(key.span, |(_, node)| node.span);
            fault(reader, span, format!("`{}`: {message}", key.name));
        }
    }
}

/// Whether a mask with only these parameters can be.
fn check(entry: &Entry, parameters: &[(&Key, &Json)]) -> Result<(), String> {
    let parameters: Map<String, Json> =
        parameters.iter().map(|(key, value)| (key.name.clone(), (*value).clone())).collect();
    let spec = Map::from_iter([(entry.id.to_owned(), parameters.into())]);
    MaskSpec::deserialize(Json::Object(spec)).map(drop).map_err(|error| message(&error.to_string()))
}

/// What a reader of JSON says, without what it was given.
fn message(error: &str) -> String {
    match error.split_once(", expected ") {
        Some((_, expected)) if error.starts_with("invalid ") => format!("expected {expected}"),
        _ => error.to_owned(),
    }
}
