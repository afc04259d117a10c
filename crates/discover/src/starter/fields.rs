//! The fields of a starter policy, and why each of their paths is there.

use std::fmt::Write;

use meshveil_text::{
    FileId, Node, Value, block, flow, tree,
    yaml::{List, Map, Yaml, quoted},
};

use super::Sources;
use crate::{
    graph,
    propose::{Field, Open, Path, Place, reason},
    shown,
};

/// Places that a comment names, for each path.
const SHOWN: usize = 3;

pub(super) fn fields(spec: &mut Map, sources: &Sources<'_>) {
    let proposal = sources.proposal;
    if proposal.fields.is_empty() {
        spec.comment("TODO: nothing looked sensitive, or nothing said what responses hold. For example:");
        spec.comment("- { name: email, paths: [\"$..email\"], mask: email }");
    } else {
        spec.comment("What looks sensitive. The masks are proposals: docs/reference/masks.md says what each shows.");
    }
    let mut fields = List::default();
    for field in &proposal.fields {
        comment_field(&mut fields, sources, field);
        fields.push(self::field(field));
    }
    spec.set("fields", fields);
    for open in &proposal.undecided {
        undecided(spec, sources, open);
    }
    if !proposal.ask.is_empty() {
        let count = proposal.ask.len();
        spec.comment(format!(
            "{count} more {} tell of a person, or not: `meshveil discover` lists them.",
            if count == 1 { "place may" } else { "places may" }
        ));
    }
    for path in &proposal.left_out {
        spec.comment(format!("TODO: no path can say where this is: {path}"));
    }
    if let Some(names) = proposal.root_names {
        spec.comment(format!("TODO: names of members at the root look like {names}; masks hide values, not names."));
    }
}

/// What a field is, and why each of its paths is in it.
fn comment_field(fields: &mut List, sources: &Sources<'_>, field: &Field) {
    fields.comment(format!("{}:", capital(field.what)));
    for path in &field.paths {
        let why: Vec<String> = path.why.iter().map(reason).collect();
        fields.comment(format!("  {}: {}", path.query, why.join("; ")));
        for place in path.places.iter().take(SHOWN) {
            fields.comment(format!("    {}", evidence(sources, place)));
        }
        if path.places.len() > SHOWN {
            fields.comment(format!("    and {} more places", path.places.len() - SHOWN));
        }
        for place in path.also.iter().take(SHOWN) {
            fields
                .comment(format!("    TODO: also selects {}, which did not look sensitive", evidence(sources, place)));
        }
    }
}

/// What people have to decide, as a path would select something else, too.
fn undecided(spec: &mut Map, sources: &Sources<'_>, open: &Open) {
    spec.comment(format!("TODO: {} may be {}, {}:", open.query, open.what, open.reason));
    for place in open.places.iter().take(SHOWN) {
        spec.comment(format!("    {}", evidence(sources, place)));
    }
    for place in open.also.iter().take(SHOWN) {
        spec.comment(format!("    but the path also selects {}", evidence(sources, place)));
    }
}

fn field(field: &Field) -> Map {
    let Field { name, paths, mask, .. } = field;
    match paths.as_slice() {
        [Path { query, .. }] => flow!({ name: name, paths: [quoted(query)], mask: again(mask) }),
        several => {
            let paths = several.iter().map(|path| quoted(&path.query));
            block!({ name: name, paths: [..paths], mask: again(mask) })
        }
    }
}

/// YAML of the dictionary, to be written again.
fn again(text: &str) -> Yaml {
    fn of(node: &Node) -> Yaml {
        match &node.value {
            Value::Int(number) => (*number).into(),
            Value::Bool(bool) => (*bool).into(),
            Value::Map(entries) => flow!({ ..entries.iter().map(|(key, value)| (&key.name, of(value))) }).into(),
            Value::List(items) => flow!([..items.iter().map(of)]).into(),
            _ => node.text().unwrap_or_default().into(),
        }
    }
    tree::parse(FileId(0), text, &mut Vec::new()).first().map_or_else(|| text.into(), of)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Where a place is, and what samples say about it: counts, never values.
pub(crate) fn evidence(sources: &Sources<'_>, place: &Place) -> String {
    let mut text = graph::query(&place.steps, false);
    let (roots, count) = match place.source {
        Some(source) => sources.ways.roots(source),
        None => sources.ways.tops(place.node),
    };
    let titles: Vec<&str> =
        roots.iter().filter_map(|root| sources.graph.roots.get(*root)).map(|root| root.title.as_str()).collect();
    if !titles.is_empty() {
        let _ = write!(text, " of {}", titles.join(", "));
        if count > titles.len() {
            let _ = write!(text, " and {} more", count - titles.len());
        }
    }
    let schemas = sources.graph.get(place.node).into_iter().flat_map(|node| &node.titles);
    if let Some(schema) = schemas.min_by_key(|title| title.len()).filter(|_| !titles.is_empty()) {
        let _ = write!(text, " (`{}`)", shown(schema));
    }
    let facts = sources.graph.facts(place.child);
    if facts.write_only {
        text.push_str("; the schema says `writeOnly`: it should not be in responses at all");
    }
    let above = sources.graph.get(place.node).map_or(0, |above| above.facts.counts.objects);
    if facts.counts.present > 0 {
        let _ = write!(text, "; in {} of {above} sampled objects", facts.counts.present);
    }
    if let Some((detector, count)) = facts.counts.like.values().max_by_key(|(_, count)| *count) {
        let _ = write!(text, ", {count} of {} values like {}", facts.counts.values, detector.what());
    }
    text
}
