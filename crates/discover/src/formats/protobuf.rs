//! Descriptors of protobuf (`protoc --descriptor_set_out`), as messages are written in JSON (the JSON mapping of proto3).

use std::collections::{BTreeSet, HashMap};

use meshveil_detect::dictionary;
use prost::Message;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    field_descriptor_proto::{Label, Type},
};

use super::add_roots;
use crate::{
    Error,
    graph::{Graph, Id, Step},
    shown,
};

/// Reads a set of files.
pub(crate) fn read(name: &str, bytes: &[u8], graph: &mut Graph) -> Result<(), Error> {
    let wrong = |_| {
        let message = "not a set of protobuf descriptors: `protoc --include_imports --include_source_info --descriptor_set_out=FILE` writes one".to_owned();
        Error::At { name: name.to_owned(), line: 1, column: 1, message }
    };
    let set = FileDescriptorSet::decode(bytes).map_err(wrong)?;
    let mut reader = Reader { graph, types: HashMap::new() };
    for file in &set.file {
        let prefix = format!(".{}", file.package());
        let prefix = if file.package().is_empty() { String::new() } else { prefix };
        for own in &file.enum_type {
            reader.listed(own, &prefix);
        }
        for (at, message) in file.message_type.iter().enumerate() {
            let at = i32::try_from(at).unwrap_or_default();
            reader.message(message, &prefix, file, &[4, at]);
        }
    }
    let outputs: BTreeSet<&str> = set
        .file
        .iter()
        .flat_map(|file| &file.service)
        .flat_map(|service| &service.method)
        .map(prost_types::MethodDescriptorProto::output_type)
        .collect();
    let mut roots = Vec::new();
    let tops: Vec<String> = if outputs.is_empty() {
        let own = |file: &FileDescriptorProto| {
            let prefix = if file.package().is_empty() { String::new() } else { format!(".{}", file.package()) };
            file.message_type.iter().map(move |message| format!("{prefix}.{}", message.name())).collect::<Vec<_>>()
        };
        set.file.iter().filter(|file| !file.package().starts_with("google.")).flat_map(own).collect()
    } else {
        outputs.into_iter().map(str::to_owned).collect()
    };
    for top in tops {
        let node = reader.named(&top);
        roots.push((format!("message {}", shown(top.trim_start_matches('.'))), node));
    }
    add_roots(graph, roots);
    Ok(())
}

struct Reader<'g> {
    graph: &'g mut Graph,
    types: HashMap<String, Id>,
}

impl Reader<'_> {
    fn named(&mut self, name: &str) -> Id {
        if let Some(known) = self.types.get(name) {
            return *known;
        }
        let id = self.graph.add();
        if let Some(node) = self.graph.at(id) {
            node.titles.extend(name.rsplit('.').next().map(str::to_owned));
            node.facts.is_named = true;
            let facts = &mut node.facts;
            // Messages that JSON writes as something else.
            match name {
                ".google.protobuf.Timestamp" | ".google.protobuf.Duration" => {
                    facts.shapes.text = true;
                    facts.is_time = true;
                }
                ".google.protobuf.StringValue" | ".google.protobuf.BytesValue" => {
                    facts.shapes.text = true;
                    facts.is_free = true;
                }
                ".google.protobuf.BoolValue" => facts.shapes.bool = true,
                other if other.starts_with(".google.protobuf.") && other.ends_with("Value") => {
                    facts.shapes.number = true;
                    facts.is_free = true;
                }
                _ => {}
            }
        }
        self.types.insert(name.to_owned(), id);
        id
    }

    fn listed(&mut self, own: &EnumDescriptorProto, prefix: &str) {
        let id = self.named(&format!("{prefix}.{}", own.name()));
        if let Some(node) = self.graph.at(id) {
            node.facts.is_listed = true;
            node.facts.shapes.text = true;
        }
    }

    fn message(&mut self, message: &DescriptorProto, prefix: &str, file: &FileDescriptorProto, place: &[i32]) {
        let full = format!("{prefix}.{}", message.name());
        if full.starts_with(".google.protobuf.") {
            self.named(&full);
            return;
        }
        for own in &message.enum_type {
            self.listed(own, &full);
        }
        for (at, inner) in message.nested_type.iter().enumerate() {
            let place = [place, &[3, i32::try_from(at).unwrap_or_default()]].concat();
            self.message(inner, &full, file, &place);
        }
        let id = self.named(&full);
        if let Some(node) = self.graph.at(id) {
            node.facts.shapes.object = true;
        }
        for (at, field) in message.field.iter().enumerate() {
            let name = field.json_name.clone().unwrap_or_else(|| field.name().to_owned());
            let mut child = self.graph.child(id, &Step::Name(name));
            let place = [place, &[2, i32::try_from(at).unwrap_or_default()]].concat();
            let comments =
                file.source_code_info.iter().flat_map(|info| &info.location).find(|location| location.path == place);
            let comments =
                comments.map(|location| format!("{} {}", location.leading_comments(), location.trailing_comments()));
            if let Some(node) = self.graph.at(child) {
                node.facts.described = comments.and_then(|text| dictionary::by_text(text.trim()));
            }
            // A map is a list of messages in the descriptor, and an object in JSON.
            let entry = message.nested_type.iter().find(|inner| {
                inner.options.as_ref().is_some_and(|options| options.map_entry())
                    && field.type_name().ends_with(&format!(".{}", inner.name()))
            });
            if let Some(value) = entry.and_then(|entry| entry.field.iter().find(|field| field.name() == "value")) {
                if let Some(node) = self.graph.at(child) {
                    node.facts.shapes.object = true;
                }
                child = self.graph.child(child, &Step::Any);
                self.kind(value.r#type(), value.type_name(), child);
                continue;
            }
            if field.label() == Label::Repeated {
                child = self.graph.child(child, &Step::Items);
            }
            self.kind(field.r#type(), field.type_name(), child);
        }
    }

    fn kind(&mut self, kind: Type, name: &str, at: Id) {
        if matches!(kind, Type::Message | Type::Enum | Type::Group) {
            let part = self.named(name);
            self.graph.part(at, part, false);
            return;
        }
        let Some(node) = self.graph.at(at) else { return };
        let facts = &mut node.facts;
        match kind {
            Type::Bool => facts.shapes.bool = true,
            Type::String | Type::Bytes => facts.shapes.text = true,
            // Numbers of 64 bits are texts in JSON.
            Type::Int64 | Type::Uint64 | Type::Fixed64 | Type::Sfixed64 | Type::Sint64 => {
                facts.shapes.text = true;
                facts.shapes.number = true;
            }
            _ => facts.shapes.number = true,
        }
        facts.is_free = kind != Type::Bool;
    }
}
