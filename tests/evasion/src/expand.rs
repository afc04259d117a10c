//! Short cuts of the data: `<<name>>` stands for a text, or for each value of a list of the case.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use toml::{Table, Value};

use crate::case::Case;

/// Every case that one entry stands for: all combinations of its lists.
///
/// # Errors
/// The entry is malformed, or a name is written that stands for nothing.
pub fn each(entry: Table, texts: &BTreeMap<String, String>) -> Result<Vec<Case>> {
    let lists: BTreeMap<String, Vec<String>> = match entry.get("each") {
        Some(lists) => lists.clone().try_into().context("`each` holds lists of texts")?,
        None => BTreeMap::new(),
    };
    let mut chosen: Vec<BTreeMap<&str, &str>> = vec![BTreeMap::new()];
    for (name, values) in &lists {
        let longer = chosen.iter().flat_map(|known| {
            values.iter().map(|value| {
                let mut known = known.clone();
                known.insert(name, value);
                known
            })
        });
        chosen = longer.collect();
    }
    let mut cases = Vec::new();
    for choice in chosen {
        let known = |name: &str| choice.get(name).copied().or_else(|| texts.get(name).map(String::as_str));
        let mut entry = entry.clone();
        entry.remove("each");
        let whole = replaced(Value::Table(entry), &known)?;
        cases.push(Case::deserialize(whole)?);
    }
    Ok(cases)
}

fn replaced<'t>(value: Value, known: &dyn Fn(&str) -> Option<&'t str>) -> Result<Value> {
    Ok(match value {
        Value::String(text) => Value::String(filled(&text, known)?),
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| replaced(item, known)).collect::<Result<_>>()?)
        }
        Value::Table(table) => {
            let members = table.into_iter().map(|(name, value)| Ok((name, replaced(value, known)?)));
            Value::Table(members.collect::<Result<_>>()?)
        }
        other => other,
    })
}

fn filled<'t>(text: &str, known: &dyn Fn(&str) -> Option<&'t str>) -> Result<String> {
    let mut parts = text.split("<<");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(">>").with_context(|| format!("`<<{part}` does not end"))?;
        let value = known(name).with_context(|| format!("`<<{name}>>` stands for nothing"))?;
        ensure!(!value.contains("<<"), "`<<{name}>>` holds another name");
        whole.push_str(value);
        whole.push_str(rest);
    }
    Ok(whole)
}
