//! Renders the catalogue as the reference page `docs/reference/masks.md`. Not built for WebAssembly.

use std::fmt::Write;

use crate::{Argument, CATALOGUE, Entry, Keys, MaskSpec, Reveals};

/// Key and field name under which the examples of keyed masks were computed.
pub const EXAMPLE_KEY: &str = "0123456789abcdef0123456789abcdef";
/// See [`EXAMPLE_KEY`].
pub const EXAMPLE_FIELD: &str = "customer";

/// The reference page of all masks, in Markdown.
#[must_use]
pub fn render() -> String {
    let masks: Vec<(&Entry, MaskSpec)> =
        CATALOGUE.iter().filter_map(|entry| Some((entry, MaskSpec::named(entry.id)?))).collect();
    let mut page = String::from(
        "<!-- Generated from the masks in crates/mask/src/masks/ by `MESHVEIL_BLESS=1 cargo test -p meshveil-mask`; do not \
         edit. -->\n# Masks\n\n\
         A mask is spelled by its name (`\"redact\"`: every parameter has its default) or as an object of one member, \
         its name and its parameters (`{\"redact\": {\"with\": \"#\"}}`). Names and parameters that are not listed here are \
         errors.\n\n",
    );
    order(&mut page, &masks);
    page.push_str(
        "| mask | an object or array that is matched | keeps the type | a reader can learn |\n|---|---|---|---|\n",
    );
    for (entry, mask) in &masks {
        let learn = match mask.reveals() {
            Reveals::Characters(_) => "characters of the value".to_owned(),
            less => less.to_string(),
        };
        let keeps = if mask.type_kept() { "yes" } else { "no" };
        row(&mut page, &[&format!("[`{0}`](#{0})", entry.id), &mask.container().to_string(), keeps, &learn]);
    }
    for (entry, mask) in &masks {
        section(&mut page, entry, mask);
    }
    page
}

/// Which mask wins, and which must see the whole value.
fn order(page: &mut String, masks: &[(&Entry, MaskSpec)]) {
    let keys = Keys::new(EXAMPLE_KEY.as_bytes());
    let mut sorted: Vec<&MaskSpec> = masks.iter().map(|(_, mask)| mask).collect();
    sorted.sort_by_key(|mask| mask.reveals());
    let (show, hide): (Vec<&MaskSpec>, _) = sorted.iter().partition(|mask| mask.reveals().shows_part());
    let see = masks.iter().map(|(_, mask)| mask);
    let see = see.filter(|mask| mask.compile(EXAMPLE_FIELD, &keys).is_ok_and(|mask| mask.needs_text()));
    let _ = write!(
        page,
        "Where several rules match one value, the mask that reveals least wins: {}; after them {}, by the most characters they may \
         show (a domain counts as 253). Among equal ones the rule that was written first wins.\n\n\
         A scalar longer than `limits.value` becomes `\"***\"` under {}, which must see the whole value; the report counts \
         it.\n\n",
        names(hide),
        names(show),
        names(see.collect()),
    );
}

/// `a`, `b` and `c`.
fn names(masks: Vec<&MaskSpec>) -> String {
    let names: Vec<String> = masks.into_iter().map(|mask| code(mask.id())).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn section(page: &mut String, entry: &Entry, mask: &MaskSpec) {
    let _ = write!(page, "\n## {}\n\n{}\n", entry.id, entry.summary);
    if entry.parameters.is_empty() {
        page.push_str("\nNo parameters.\n");
    } else {
        page.push_str("\n| parameter | value | default | |\n|---|---|---|---|\n");
        for (parameter, default) in entry.parameters.iter().zip(mask.arguments()) {
            row(page, &[&code(parameter.name), &parameter.kind.to_string(), &code(&json(&default)), parameter.summary]);
        }
    }
    if entry.keyed {
        let _ = write!(page, "\nThe examples use the key `{EXAMPLE_KEY}` and a field named `{EXAMPLE_FIELD}`.\n");
    }
    page.push_str("\n| parameters | value | becomes | |\n|---|---|---|---|\n");
    for example in entry.examples {
        let output = if example.output.is_empty() { "(nothing)".to_owned() } else { code(example.output) };
        row(page, &[&code(example.parameters), &code(example.input), &output, example.note]);
    }
}

/// The default of a parameter as it is written in JSON; defaults need no escapes.
fn json(argument: &Argument) -> String {
    match argument {
        Argument::Count(number) => number.to_string(),
        Argument::Boolean(boolean) => boolean.to_string(),
        Argument::Character(character) => format!("\"{character}\""),
        Argument::Text(text) => format!("\"{text}\""),
        Argument::Word(word) => format!("\"{word}\""),
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
    use crate::{Container, Mask, Output, Value as Scalar, tests::masked};

    /// What a mask wrote, as JSON.
    fn json((output, characters): (Output, String)) -> String {
        match (output, characters) {
            (Output::Text, text) => Value::from(text).to_string(),
            (Output::Number, number) => number,
            (Output::Boolean(boolean), _) => boolean.to_string(),
            (Output::Null | Output::Absent, _) => "null".to_owned(),
        }
    }

    /// What becomes of a value, the naive way; empty where the value disappears.
    fn apply(container: Container, mask: &dyn Mask, value: &str) -> String {
        let inside = |value: &Value| apply(container, mask, &value.to_string());
        match (container, serde_json::from_str::<Value>(value).unwrap()) {
            (Container::Drop, _) => String::new(),
            (Container::Whole, Value::Array(_) | Value::Object(_)) => {
                let mut characters = String::new();
                json((mask.unseen(&mut characters), characters))
            }
            (Container::Leaves, Value::Array(elements)) => {
                format!("[{}]", elements.iter().map(inside).collect::<Vec<_>>().join(","))
            }
            (Container::Leaves, Value::Object(members)) => {
                let member = |(key, value): (&String, &Value)| format!("{key:?}:{}", inside(value));
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
            }
            (_, Value::String(text)) => json(masked(mask, Scalar::Text(&text))),
            (_, Value::Number(_)) => json(masked(mask, Scalar::Number(value))),
            (_, Value::Bool(boolean)) => json(masked(mask, Scalar::Boolean(boolean))),
            (_, Value::Null) => json(masked(mask, Scalar::Null)),
        }
    }

    #[test]
    fn every_example_is_true() {
        for entry in CATALOGUE {
            assert!(!entry.examples.is_empty(), "{}", entry.id);
            for example in entry.examples {
                let spec: MaskSpec =
                    serde_json::from_str(&format!("{{\"{}\":{}}}", entry.id, example.parameters)).unwrap();
                let mask = spec.compile(EXAMPLE_FIELD, &Keys::new(EXAMPLE_KEY.as_bytes())).unwrap();
                assert_eq!(
                    apply(spec.container(), mask.as_ref(), example.input),
                    example.output,
                    "{} {example:?}",
                    entry.id
                );
            }
        }
    }

    #[test]
    fn committed_page_is_the_rendered_one() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/masks.md");
        let page = render();
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
