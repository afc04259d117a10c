//! Single values: text, names, words from a list, numbers, labels, queries, masks.

use std::collections::BTreeMap;

use meshveil_json::Query;
use meshveil_text::{Cidr, Finding, Node, Span, Value, cidr::NotACidr, nearest};

use super::{Reader, map::list};
use crate::{ServiceAccount, Spanned, codes};

pub(super) fn text(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<String>> {
    match node.text() {
        Some(text) => Some(Spanned { value: text.to_owned(), span: node.span }),
        None => {
            let quoted = matches!(node.value, Value::Bool(_) | Value::Int(_) | Value::Float(_));
            let finding = reader.error(&codes::WRONG_TYPE, node, format!("expected text, not {}", node.what()));
            if quoted {
                finding.help = Some("put it in quotes".to_owned());
            }
            None
        }
    }
}

pub(super) fn name(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<String>> {
    let name = text(reader, node)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let starts = name.value.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts && name.value.len() <= 63 && name.value.chars().all(fits) {
        return Some(name);
    }
    reader.error(&codes::BAD_NAME, node, "invalid name").help =
        Some("letters, digits, `-`, `_` and `.`, at most 63 of them, beginning with a letter or digit".to_owned());
    None
}

/// One of a list of words.
pub(super) fn word<T: Copy>(reader: &mut Reader<'_>, node: &Node, words: &[(&str, T)]) -> Option<T> {
    // YAML reads `off` and `on` as booleans.
    let written = match node.value {
        Value::Bool(on) => if on { "on" } else { "off" }.to_owned(),
        _ => text(reader, node)?.value,
    };
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == written) {
        return Some(*value);
    }
    let known = || words.iter().map(|(word, _)| *word);
    let help = nearest(&written, known()).map(|word| format!("did you mean `{word}`?"));
    let message = format!("expected {}", list(known()).replace(", ", " or "));
    reader.error(&codes::BAD_VALUE, node, message).help = help;
    None
}

pub(super) fn port(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<u16>> {
    match node.int().and_then(|int| u16::try_from(int).ok()).filter(|&port| port > 0) {
        Some(value) => Some(Spanned { value, span: node.span }),
        None => {
            reader.error(&codes::WRONG_TYPE, node, "expected a port, a number from 1 to 65535");
            None
        }
    }
}

/// A list; anything else is a finding and an empty list.
pub(super) fn items<'n>(reader: &mut Reader<'_>, node: &'n Node) -> &'n [Node] {
    if !matches!(node.value, Value::List(_)) {
        let finding = reader.error(&codes::WRONG_TYPE, node, format!("expected a list, not {}", node.what()));
        if let Some(text) = node.text() {
            finding.help = Some(format!("write `[{text:?}]`"));
        }
    }
    node.items()
}

pub(super) fn labels(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<BTreeMap<String, String>>> {
    if !matches!(node.value, Value::Map(_)) || node.entries().is_empty() {
        reader.error(&codes::WRONG_TYPE, node, "expected labels, such as `{ app: customers }`");
        return None;
    }
    let mut labels = BTreeMap::new();
    for (key, value) in node.entries() {
        if let Some(value) = text(reader, value) {
            labels.insert(key.name.clone(), value.value);
        }
    }
    (labels.len() == node.entries().len()).then_some(Spanned { value: labels, span: node.span })
}

pub(super) fn service_account(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<ServiceAccount>> {
    let text = text(reader, node)?;
    let fits = |part: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        !part.is_empty() && part.len() <= 253 && part.chars().all(inner)
    };
    match text.value.split_once('/') {
        Some((namespace, name)) if fits(namespace) && fits(name) => {
            let value = ServiceAccount { namespace: namespace.to_owned(), name: name.to_owned() };
            Some(Spanned { value, span: node.span })
        }
        _ => {
            let message = "expected a ServiceAccount as `namespace/name`, in lower case";
            let help = (fits(&text.value) && !reader.namespace.is_empty())
                .then(|| format!("in this namespace: `{}/{}`", reader.namespace, text.value));
            reader.error(&codes::BAD_SERVICE_ACCOUNT, node, message).help = help;
            None
        }
    }
}

pub(super) fn query(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<Query>> {
    let text = text(reader, node)?;
    match Query::parse(&text.value) {
        Ok(value) => Some(Spanned { value, span: node.span }),
        Err(error) => {
            let span = inside(reader, node, &text.value, error.offset);
            let finding = Finding::new(&codes::BAD_QUERY, span, error.message);
            reader.findings.push(finding.help("paths are RFC 9535: see docs/reference/queries.md"));
            None
        }
    }
}

/// The character at `offset` of a scalar's text, where the text is written as it is read; else the whole scalar.
fn inside(reader: &Reader<'_>, node: &Node, text: &str, offset: usize) -> Span {
    let raw = reader.files.slice(node.span);
    let Some(before) = raw.find(text).filter(|before| raw.len() - before - text.len() == *before) else {
        return node.span;
    };
    let width = text.get(offset..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
    let column = text.get(..offset).map_or(0, |text| text.chars().count());
    let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let start = node.span.start + short(before + offset);
    let column = node.span.column + short(before + column);
    Span { start, end: (start + short(width)).min(node.span.end), column, ..node.span }
}

/// A number within bounds.
pub(super) fn number(reader: &mut Reader<'_>, node: &Node, least: u64, most: u64) -> Option<u64> {
    let number = node.int().and_then(|int| u64::try_from(int).ok()).filter(|number| (least..=most).contains(number));
    if number.is_none() {
        reader.error(&codes::WRONG_TYPE, node, format!("expected a number from {least} to {most}"));
    }
    number
}

/// An address block such as `10.0.0.0/8`.
pub(super) fn cidr(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<Cidr>> {
    match text(reader, node)?.value.parse() {
        Ok(value) => Some(Spanned { value, span: node.span }),
        Err(NotACidr) => {
            reader.error(&codes::BAD_CIDR, node, "expected an address block, such as `10.20.0.0/16`");
            None
        }
    }
}
