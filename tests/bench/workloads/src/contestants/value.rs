//! What most programs do: parse into `serde_json::Value`, change the tree, print it.

use crate::{MASK, Rule};
use serde_json::Value;

/// Appends the masked `text` to `out`.
///
/// # Errors
/// When `text` is not JSON.
pub fn mask(text: &[u8], rules: &[Rule], out: &mut Vec<u8>) -> Result<(), String> {
    let mut document: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    change(&mut document, None, rules);
    serde_json::to_writer(out, &document).map_err(|error| error.to_string())
}

fn change(value: &mut Value, parent: Option<&str>, rules: &[Rule]) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                if rules.iter().any(|rule| rule.selects(parent, key)) {
                    *member = Value::from(MASK);
                } else {
                    change(member, Some(key), rules);
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                change(element, None, rules);
            }
        }
        _ => {}
    }
}
