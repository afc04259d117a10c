//! GraphQL schemas (October 2021): types become nodes, what operations answer with is below `data`.

use std::collections::{BTreeSet, HashMap};

use apollo_parser::{
    Parser,
    cst::{Definition, Description, Directives, FieldsDefinition, Type},
};
use meshveil_detect::dictionary;

use super::add_roots;
use crate::{
    Error,
    graph::{Graph, Id, Step},
    shown,
};

/// Reads a schema.
pub(crate) fn read(name: &str, text: &str, graph: &mut Graph) -> Result<(), Error> {
    let tree = Parser::new(text).parse();
    if let Some(error) = tree.errors().next() {
        let before = text.get(..error.index()).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let message = format!("not a GraphQL schema: {}", shown(error.message()));
        return Err(Error::At { name: name.to_owned(), line, column, message });
    }
    let mut reader = Reader { graph, types: HashMap::new() };
    let mut tops: BTreeSet<String> = BTreeSet::new();
    for definition in tree.document().definitions() {
        reader.definition(&definition, &mut tops);
    }
    if tops.is_empty() {
        tops = ["Query", "Mutation", "Subscription"].map(str::to_owned).into();
    }
    let known: Vec<(String, Id)> = tops.iter().filter_map(|top| Some((top.clone(), *reader.types.get(top)?))).collect();
    let types: Vec<(String, Id)> = reader.types.iter().map(|(name, id)| (name.clone(), *id)).collect();
    let mut roots = Vec::new();
    for (name, id) in &known {
        // Without operations of their own, as in a part of a schema, types stand for themselves.
        let root = graph.add();
        graph.link(root, Step::Name("data".to_owned()), *id);
        roots.push((format!("operation {}", shown(name)), root));
    }
    if known.is_empty() {
        let mut types = types;
        types.sort();
        roots.extend(types.into_iter().map(|(name, id)| (format!("type {}", shown(&name)), id)));
    }
    add_roots(graph, roots);
    Ok(())
}

struct Reader<'g> {
    graph: &'g mut Graph,
    types: HashMap<String, Id>,
}

impl Reader<'_> {
    fn definition(&mut self, definition: &Definition, tops: &mut BTreeSet<String>) {
        match definition {
            Definition::SchemaDefinition(schema) => {
                let roots = schema.root_operation_type_definitions();
                tops.extend(roots.filter_map(|root| Some(root.named_type()?.name()?.text().to_string())));
            }
            Definition::ObjectTypeDefinition(own) => {
                self.object(own.name().map(|name| name.text().to_string()), own.fields_definition());
            }
            Definition::ObjectTypeExtension(own) => {
                self.object(own.name().map(|name| name.text().to_string()), own.fields_definition());
            }
            Definition::InterfaceTypeDefinition(own) => {
                self.object(own.name().map(|name| name.text().to_string()), own.fields_definition());
            }
            Definition::InterfaceTypeExtension(own) => {
                self.object(own.name().map(|name| name.text().to_string()), own.fields_definition());
            }
            Definition::UnionTypeDefinition(own) => {
                let Some(name) = own.name().map(|name| name.text().to_string()) else { return };
                let at = self.named(&name);
                for member in
                    own.union_member_types().into_iter().flat_map(|types| types.named_types().collect::<Vec<_>>())
                {
                    if let Some(name) = member.name() {
                        let part = self.named(&name.text());
                        self.graph.part(at, part, false);
                    }
                }
            }
            Definition::EnumTypeDefinition(own) => {
                let Some(name) = own.name().map(|name| name.text().to_string()) else { return };
                let at = self.named(&name);
                if let Some(node) = self.graph.at(at) {
                    node.facts.is_listed = true;
                    node.facts.shapes.text = true;
                }
            }
            Definition::ScalarTypeDefinition(own) => {
                let Some(name) = own.name().map(|name| name.text().to_string()) else { return };
                let at = self.named(&name);
                scalar(self.graph, at, &name);
            }
            _ => {}
        }
    }

    fn named(&mut self, name: &str) -> Id {
        if let Some(known) = self.types.get(name) {
            return *known;
        }
        let id = self.graph.add();
        if let Some(node) = self.graph.at(id) {
            node.titles.insert(name.to_owned());
            node.facts.is_named = true;
        }
        self.types.insert(name.to_owned(), id);
        if matches!(name, "String" | "ID" | "Int" | "Float" | "Boolean") {
            scalar(self.graph, id, name);
        }
        id
    }

    fn object(&mut self, name: Option<String>, fields: Option<FieldsDefinition>) {
        let Some(name) = name else { return };
        let at = self.named(&name);
        if let Some(node) = self.graph.at(at) {
            node.facts.shapes.object = true;
        }
        for field in fields.into_iter().flat_map(|fields| fields.field_definitions().collect::<Vec<_>>()) {
            let (Some(name), Some(kind)) = (field.name(), field.ty()) else { continue };
            let child = self.graph.child(at, &Step::Name(name.text().to_string()));
            self.kind(&kind, child, 0);
            if let Some(node) = self.graph.at(child) {
                node.facts.described = field.description().and_then(|text| described(&text));
                node.facts.mark = marked(field.directives());
            }
        }
    }

    fn kind(&mut self, kind: &Type, at: Id, depth: usize) {
        let list = |reader: &mut Self, inner: Option<Type>| {
            if let Some(inner) = inner.filter(|_| depth < 8) {
                let child = reader.graph.child(at, &Step::Items);
                reader.kind(&inner, child, depth + 1);
            }
        };
        let named = |reader: &mut Self, name: Option<apollo_parser::cst::Name>| {
            if let Some(name) = name {
                let part = reader.named(&name.text());
                reader.graph.part(at, part, false);
            }
        };
        match kind {
            Type::NamedType(own) => named(self, own.name()),
            Type::ListType(own) => list(self, own.ty()),
            Type::NonNullType(own) => match own.list_type() {
                Some(inner) => list(self, inner.ty()),
                None => named(self, own.named_type().and_then(|inner| inner.name())),
            },
        }
    }
}

fn described(text: &Description) -> Option<&'static dictionary::Kind> {
    let text = text.string_value().map(String::from)?;
    dictionary::by_text(&text)
}

/// A directive that marks a field, such as `@pii` or `@sensitive`.
fn marked(directives: Option<Directives>) -> Option<&'static str> {
    let mut names = directives?.directives().filter_map(|directive| Some(directive.name()?.text().to_lowercase()));
    names.find_map(|name| {
        dictionary::MARKS
            .iter()
            .find(|mark| {
                name == mark.trim_start_matches("x-").replace('-', "") || name == mark.trim_start_matches("x-")
            })
            .copied()
    })
}

fn scalar(graph: &mut Graph, at: Id, name: &str) {
    let Some(node) = graph.at(at) else { return };
    let facts = &mut node.facts;
    facts.is_free = name != "Boolean";
    match name {
        "Boolean" => facts.shapes.bool = true,
        "Int" | "Float" => facts.shapes.number = true,
        _ => facts.shapes.text = true,
    }
    let lower = name.to_ascii_lowercase();
    facts.is_time = matches!(lower.as_str(), "date" | "datetime" | "time" | "timestamp" | "localdate" | "instant");
    // `EmailAddress`, `IPv4`, ... are formats of their own.
    if !matches!(name, "String" | "ID" | "Int" | "Float" | "Boolean") && !facts.is_time {
        facts.format =
            dictionary::by_name(&[], &meshveil_detect::words::words(name)).map(|kind| (name.to_owned(), kind));
    }
}
