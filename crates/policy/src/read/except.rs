//! `except` of a route: values that a field selects and does not mask there.

use std::collections::BTreeSet;

use meshveil_json::Query;
use meshveil_text::{Finding, Node, Value};

use super::{Reader, scalar, spec::known_field};
use crate::{Spanned, codes};

/// Paths by field.
pub(super) fn read(
    reader: &mut Reader<'_>,
    node: &Node,
    fields: &BTreeSet<String>,
) -> Vec<(Spanned<String>, Vec<Spanned<Query>>)> {
    if !matches!(node.value, Value::Map(_)) {
        reader.error(&codes::WRONG_TYPE, node, format!("expected paths by field, not {}", node.what())).help =
            Some("write `{ field: [\"$.errors.field\"] }`".to_owned());
    }
    let mut except = Vec::new();
    for (key, value) in node.entries() {
        let key = Node { value: Value::Text(key.name.clone()), span: key.span };
        let name = known_field(reader, &key, fields);
        if matches!(&value.value, Value::List(items) if items.is_empty()) {
            reader.error(&codes::MISSING_KEY, value, "an exception has at least one path");
        }
        let paths: Vec<_> = scalar::items(reader, value).iter().filter_map(|node| path(reader, node)).collect();
        except.extend(name.map(|name| (name, paths)));
    }
    except
}

/// A path that does not look ahead: where it cannot be decided whether a filter selects, it does.
pub(super) fn path(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<Query>> {
    let path = scalar::query(reader, node)?;
    if path.value.needs_lookahead().is_none() {
        return Some(path);
    }
    let message = "an exception cannot have a filter or count from the end";
    reader.findings.push(
        Finding::new(&codes::BAD_EXCEPTION, path.span, message).help("name members and elements: `$.errors.ssn`"),
    );
    None
}
