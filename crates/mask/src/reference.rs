//! Renders the catalogue as the reference page `docs/reference/masks.md`. Not built for WebAssembly.

use std::fmt::Write;

use super::Entry;

/// Key and field name under which the examples of keyed masks were computed.
pub const EXAMPLE_KEY: &str = "0123456789abcdef0123456789abcdef";
/// See [`EXAMPLE_KEY`].
pub const EXAMPLE_FIELD: &str = "customer";

/// The reference page of these masks, in Markdown.
#[must_use]
pub fn render(catalogue: &[Entry]) -> String {
    let mut page = String::from(
        "<!-- Generated from the catalogue in crates/mask/src/ by `MESHVEIL_BLESS=1 cargo test -p meshveil-mask`; do not \
         edit. -->\n# Masks\n\n\
         A mask is spelled by its name (`\"redact\"`: every parameter has its default) or as an object of one member, \
         its name and its parameters (`{\"redact\": {\"with\": \"#\"}}`). Names and parameters that are not listed here are \
         errors.\n\n\
         Where several rules match one value, the mask that hides most wins: `drop`, `null`, `redact`, `default`, \
         `pseudonym`, then `partial` and `email` by the most characters they may show (a domain counts as 253). Among equal \
         ones the rule that was written first wins.\n\n\
         A scalar longer than `limits.value` becomes `\"***\"` under `partial`, `email` and `pseudonym`, which must see the \
         whole value; the report counts it.\n\n",
    );
    page.push_str("| mask | an object or array that is matched |\n|---|---|\n");
    for entry in catalogue {
        row(&mut page, &[&format!("[`{0}`](#{0})", entry.id), entry.container]);
    }
    for entry in catalogue {
        section(&mut page, entry);
    }
    page
}

fn section(page: &mut String, entry: &Entry) {
    let _ = write!(page, "\n## {}\n\n{}\n", entry.id, entry.summary);
    if entry.parameters.is_empty() {
        page.push_str("\nNo parameters.\n");
    } else {
        page.push_str("\n| parameter | value | default | |\n|---|---|---|---|\n");
        for parameter in entry.parameters {
            row(page, &[&code(parameter.name), parameter.kind, &code(parameter.default), parameter.summary]);
        }
    }
    if entry.id == "pseudonym" {
        let _ = write!(page, "\nThe examples use the key `{EXAMPLE_KEY}` and a field named `{EXAMPLE_FIELD}`.\n");
    }
    page.push_str("\n| parameters | value | becomes | |\n|---|---|---|---|\n");
    for example in entry.examples {
        let output = if example.output.is_empty() { "(nothing)".to_owned() } else { code(example.output) };
        row(page, &[&code(example.parameters), &code(example.input), &output, example.note]);
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// One line of a table; a bar would end the cell.
fn row(page: &mut String, cells: &[&str]) {
    for cell in cells {
        let _ = write!(page, "| {} ", cell.replace('|', "\\|"));
    }
    page.push_str("|\n");
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use serde_json::Value;

    use super::*;
    use crate::{CATALOGUE, Container, Keys, Leaf, Mask, MaskSpec};

    /// What the stream does with a value, the naive way; empty where the value disappears.
    fn apply(mask: &dyn Mask, value: &str) -> String {
        let mut out = Vec::new();
        match (mask.container(), serde_json::from_str::<Value>(value).unwrap()) {
            (Container::Drop, _) => {}
            (Container::Whole, Value::Array(_) | Value::Object(_)) => mask.whole(&mut out),
            (Container::Leaves, Value::Array(elements)) => {
                let elements: Vec<_> = elements.iter().map(|element| apply(mask, &element.to_string())).collect();
                return format!("[{}]", elements.join(","));
            }
            (Container::Leaves, Value::Object(members)) => {
                let member = |(key, value): (&String, &Value)| format!("{key:?}:{}", apply(mask, &value.to_string()));
                return format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","));
            }
            (_, Value::String(_)) => {
                let content = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
                mask.leaf(Leaf::String(content), &mut out);
            }
            (_, Value::Number(_)) => mask.leaf(Leaf::Number(value), &mut out),
            (_, Value::Bool(boolean)) => mask.leaf(Leaf::Boolean(boolean), &mut out),
            (_, Value::Null) => mask.leaf(Leaf::Null, &mut out),
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_example_is_true() {
        for entry in CATALOGUE {
            assert!(!entry.examples.is_empty(), "{}", entry.id);
            for example in entry.examples {
                let spec: MaskSpec =
                    serde_json::from_str(&format!("{{\"{}\":{}}}", entry.id, example.parameters)).unwrap();
                let mask = spec.compile(EXAMPLE_FIELD, &Keys::new(EXAMPLE_KEY.as_bytes())).unwrap();
                assert_eq!(apply(mask.as_ref(), example.input), example.output, "{} {example:?}", entry.id);
            }
        }
    }

    #[test]
    fn committed_page_is_the_rendered_one() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/masks.md");
        let page = render(CATALOGUE);
        if env::var_os("MESHVEIL_BLESS").is_some_and(|value| value == "1") {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &page).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == page,
            "docs/reference/masks.md is out of date: run `MESHVEIL_BLESS=1 cargo test -p meshveil-mask`"
        );
    }

    #[test]
    fn bars_do_not_end_a_cell() {
        let mut page = String::new();
        row(&mut page, &["a|b", "c"]);
        assert_eq!(page, "| a\\|b | c |\n");
    }
}
