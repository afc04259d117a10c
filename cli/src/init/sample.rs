//! Sensitive fields of sample responses: by name, and by what values look like. No value leaves this file.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Deserializer, Value};

use super::{
    found::{Found, Step},
    sensitive::{self, Kind},
};
use crate::Failure;

/// Larger files are refused: they are read as a whole.
const LARGEST: u64 = 64 << 20;

/// Texts at one path: how many, and how many of each kind.
#[derive(Default)]
struct Seen {
    texts: usize,
    kinds: BTreeMap<&'static str, usize>,
}

/// Looks at one file: JSON, or a line of JSON each.
pub(super) fn read(path: &Path, found: &mut Found) -> Result<(), Failure> {
    let bytes = fs::read(path).map_err(Failure::reading(path))?;
    let name = path.display();
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(Failure::Usage(format!("`{name}` has more than {} MiB: cut a part out of it", LARGEST >> 20)));
    }
    let why = format!("in {name}");
    let mut seen = BTreeMap::new();
    let mut count = 0;
    for document in Deserializer::from_slice(&bytes).into_iter::<Value>() {
        let document = document.map_err(|error| {
            // Not the parser's own words, which could quote.
            Failure::Usage(format!("`{name}` is not JSON at {}:{}", error.line(), error.column()))
        })?;
        walk(&document, &mut Vec::new(), found, &mut seen, &why);
        count += 1;
    }
    if count == 0 {
        return Err(Failure::Usage(format!("`{name}` is empty")));
    }
    for (path, Seen { texts, kinds }) in seen {
        for (kind, times) in kinds {
            // One that happens to look so is not enough.
            if let (true, Some(kind)) = (times * 2 >= texts, sensitive::named(kind)) {
                found.add_place(kind, &path, format!("what it looks like, {times} of {texts} times; {why}"));
            }
        }
    }
    Ok(())
}

fn walk(value: &Value, path: &mut Vec<Step>, found: &mut Found, seen: &mut BTreeMap<Vec<Step>, Seen>, why: &str) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                path.push(Step::Member(name.clone()));
                if !found.look_at_name(path, why) {
                    walk(value, path, found, seen, why);
                }
                path.pop();
            }
        }
        Value::Array(elements) => {
            path.push(Step::Any);
            for element in elements {
                walk(element, path, found, seen, why);
            }
            path.pop();
        }
        Value::String(text) => {
            let seen = seen.entry(path.clone()).or_default();
            seen.texts += 1;
            if let Some(Kind { name, .. }) = sensitive::by_value(text) {
                *seen.kinds.entry(name).or_default() += 1;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
