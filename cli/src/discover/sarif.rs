//! What was found as SARIF 2.1.0 (OASIS), which code scanning reads.

use meshveil_discover::Item;
use serde_json::{Value, json};

use crate::{Failure, render::sarif};

/// Writes what was found. A place is where the name of the member stands first in the sources.
pub(super) fn write(texts: &[(String, String)], items: &[&Item], has_policy: bool) -> Result<(), Failure> {
    let (id, title) = if has_policy {
        ("unclassified", "a member that looks sensitive and that no path of the policy selects")
    } else {
        ("sensitive", "a member that looks sensitive")
    };
    let rules = vec![json!({ "id": id, "shortDescription": { "text": title } })];
    sarif::run(rules, items.iter().map(|item| result(texts, item, id)).collect())
}

fn result(texts: &[(String, String)], item: &Item, id: &str) -> Value {
    let places = if item.unclassified.is_empty() { &item.places } else { &item.unclassified };
    let message = format!("{} looks like {}, {}: {}", item.path, item.what, item.reasons.join("; "), places.join("; "));
    let location = texts.iter().find_map(|(name, text)| Some((name, place(text, last_name(&item.path)?)?)));
    let first = texts.first().map(|(name, _)| (name, (1, 1)));
    let locations: Vec<Value> = location
        .or(first)
        .into_iter()
        .map(|(name, (line, column))| {
            json!({ "physicalLocation": { "artifactLocation": { "uri": sarif::uri(name) }, "region": { "startLine": line, "startColumn": column } } })
        })
        .collect();
    json!({ "ruleId": id, "level": "warning", "message": { "text": message }, "locations": locations })
}

/// The last name of a query: `$..card.number`, `$..['e-mail']`.
fn last_name(path: &str) -> Option<&str> {
    let path = path.trim_end_matches("[*]");
    let name = match path.strip_suffix("']") {
        Some(front) => front.rsplit_once("['")?.1,
        None => path.rsplit('.').next()?,
    };
    (!name.is_empty() && name != "$").then_some(name)
}

/// Line and column where a name stands first as a key or a column.
fn place(text: &str, name: &str) -> Option<(usize, usize)> {
    let quoted = format!("\"{name}\"");
    for (number, line) in text.lines().enumerate() {
        let bare = || {
            let start = line.find(name)?;
            let (before, after) = (line.get(..start)?, line.get(start + name.len()..)?);
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
            (!before.ends_with(is_word) && !after.starts_with(is_word)).then_some(start)
        };
        if let Some(start) = line.find(&quoted).or_else(bare) {
            return Some((number + 1, line.get(..start)?.chars().count() + 1));
        }
    }
    None
}
