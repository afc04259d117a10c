//! The closed key sets of the kinds that are read: unknown keys and values of the wrong type become findings.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use meshveil_text::{Finding, Key, Node, Value, codes, nearest};

use crate::refusal::Definitions;

/// The type of a value, as the table names it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Any,
    Text,
    Int,
    Number,
    Bool,
    IntOrText,
    Words(Vec<String>),
    List(Box<Form>),
    Map(Box<Form>),
    Object(String),
}

impl Form {
    fn parse(text: &str) -> Self {
        if let Some(inner) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            return Self::List(Box::new(Self::parse(inner)));
        }
        if let Some(inner) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
            return Self::Map(Box::new(Self::parse(inner)));
        }
        if let Some(name) = text.strip_prefix('@') {
            return Self::Object(name.to_owned());
        }
        match text {
            "any" => Self::Any,
            "string" => Self::Text,
            "int" => Self::Int,
            "number" => Self::Number,
            "bool" => Self::Bool,
            "intstr" => Self::IntOrText,
            words => Self::Words(words.split('|').map(str::to_owned).collect()),
        }
    }
}

/// The table of all kinds.
pub struct Schema {
    kinds: HashMap<String, String>,
    types: HashMap<String, BTreeMap<String, Form>>,
}

impl Schema {
    /// The table that comes with this crate.
    pub fn built_in() -> &'static Self {
        static SCHEMA: OnceLock<Schema> = OnceLock::new();
        SCHEMA.get_or_init(|| Self::load(include_str!("schema.json")))
    }

    fn load(text: &str) -> Self {
        let json: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let words = |value: &serde_json::Value| value.as_str().unwrap_or("any").to_owned();
        let entries = |key: &str| json.get(key).and_then(|v| v.as_object()).into_iter().flatten();
        let kinds = entries("kinds").map(|(kind, name)| (kind.clone(), words(name))).collect();
        let types = entries("types")
            .map(|(name, fields)| {
                let fields = fields.as_object().into_iter().flatten();
                (name.clone(), fields.map(|(key, form)| (key.clone(), Form::parse(&words(form)))).collect())
            })
            .collect();
        let mut schema = Self { kinds, types };
        schema.add_definitions();
        schema
    }

    /// Adds kinds whose keys only their definitions say.
    fn add_definitions(&mut self) {
        for (kind, spec) in Definitions::built_in().kinds() {
            if self.kinds.contains_key(&kind) {
                continue;
            }
            let own = format!("Definition.{kind}");
            let spec = self.form(&format!("{own}.spec"), spec);
            let known = |name: &str| (name.to_owned(), Form::Text);
            let mut fields: BTreeMap<String, Form> = [known("apiVersion"), known("kind")].into();
            fields.insert("metadata".to_owned(), Form::Object("ObjectMeta".to_owned()));
            fields.insert("spec".to_owned(), spec);
            fields.insert("status".to_owned(), Form::Any);
            self.types.insert(own.clone(), fields);
            self.kinds.insert(kind, own);
        }
    }

    /// The type that a JSON schema describes; objects get the name of their path.
    fn form(&mut self, path: &str, schema: &serde_json::Value) -> Form {
        let inner = |key: &str| schema.get(key).filter(|value| value.is_object());
        match schema.get("type").and_then(|kind| kind.as_str()) {
            Some("object") => {
                if let Some(values) = inner("additionalProperties") {
                    return Form::Map(Box::new(self.form(path, values)));
                }
                let Some(properties) = inner("properties").and_then(|p| p.as_object()) else { return Form::Any };
                let fields =
                    properties.iter().map(|(key, value)| (key.clone(), self.form(&format!("{path}.{key}"), value)));
                let fields = fields.collect();
                self.types.insert(path.to_owned(), fields);
                Form::Object(path.to_owned())
            }
            Some("array") => match inner("items") {
                Some(items) => Form::List(Box::new(self.form(path, items))),
                None => Form::List(Box::new(Form::Any)),
            },
            Some("string") => Form::Text,
            Some("integer") => Form::Int,
            Some("number") => Form::Number,
            Some("boolean") => Form::Bool,
            _ if schema.get("type").is_some_and(serde_json::Value::is_array) => Form::IntOrText,
            _ => Form::Any,
        }
    }

    /// Whether objects of this kind are read. An unknown version of a known kind is not.
    pub fn knows(&self, api_version: &str, kind: &str) -> bool {
        self.kinds.contains_key(&format!("{api_version}/{kind}"))
    }

    /// Version and kind of everything that is read.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut kinds: Vec<(&str, &str)> = self.kinds.keys().filter_map(|kind| kind.rsplit_once('/')).collect();
        kinds.sort_unstable();
        kinds.into_iter()
    }

    /// Checks an object of a known kind; whatever does not fit is a finding.
    pub fn check(&self, api_version: &str, kind: &str, object: &Node, findings: &mut Vec<Finding>) {
        if let Some(name) = self.kinds.get(&format!("{api_version}/{kind}")) {
            self.object(object, name, kind, findings);
        }
    }

    fn object(&self, node: &Node, name: &str, path: &str, findings: &mut Vec<Finding>) {
        let Some(fields) = self.types.get(name) else { return };
        if !matches!(node.value, Value::Map(_)) {
            wrong(node, path, "a map", findings);
            return;
        }
        for (key, value) in node.entries() {
            if let Some(form) = fields.get(&key.name) {
                self.value(value, form, &format!("{path}.{}", key.name), findings);
            } else if !fields.contains_key("*") {
                findings.push(unknown_key(key, path, fields));
            }
        }
    }

    fn value(&self, node: &Node, form: &Form, path: &str, findings: &mut Vec<Finding>) {
        if node.value == Value::Null {
            return;
        }
        match (form, &node.value) {
            (Form::Any, _)
            | (Form::Text, Value::Text(_))
            | (Form::Int, Value::Int(_))
            | (Form::Number, Value::Int(_) | Value::Float(_))
            | (Form::Bool, Value::Bool(_))
            | (Form::IntOrText, Value::Int(_) | Value::Float(_) | Value::Text(_)) => {}
            (Form::Words(words), Value::Text(text)) => {
                if !words.contains(text) {
                    let message = format!("`{path}` cannot be `{text}`");
                    let help = format!("one of {}", quoted(words));
                    findings.push(Finding::new(&codes::manifest::WRONG_TYPE, node.span, message).help(help));
                }
            }
            (Form::List(inner), Value::List(items)) => {
                for item in items {
                    self.value(item, inner, path, findings);
                }
            }
            (Form::Map(inner), Value::Map(entries)) => {
                for (key, value) in entries {
                    self.value(value, inner, &format!("{path}.{}", key.name), findings);
                }
            }
            (Form::Object(name), _) => self.object(node, name, path, findings),
            (Form::Text | Form::Words(_), _) => wrong(node, path, "a string", findings),
            (Form::Int | Form::Number, _) => wrong(node, path, "a number", findings),
            (Form::Bool, _) => wrong(node, path, "a boolean", findings),
            (Form::IntOrText, _) => wrong(node, path, "a number or a string", findings),
            (Form::List(_), _) => wrong(node, path, "a list", findings),
            (Form::Map(_), _) => wrong(node, path, "a map", findings),
        }
    }
}

fn wrong(node: &Node, path: &str, wanted: &str, findings: &mut Vec<Finding>) {
    let message = format!("`{path}` must be {wanted}, not {}", node.what());
    let mut finding = Finding::new(&codes::manifest::WRONG_TYPE, node.span, message);
    if wanted == "a string" && matches!(node.value, Value::Bool(_) | Value::Int(_) | Value::Float(_)) {
        finding = finding.help("put it in quotes");
    }
    findings.push(finding);
}

fn unknown_key(key: &Key, path: &str, fields: &BTreeMap<String, Form>) -> Finding {
    let message = format!("unknown key `{}` in `{path}`", key.name);
    let finding = Finding::new(&codes::manifest::UNKNOWN_KEY, key.span, message);
    match nearest(&key.name, fields.keys()) {
        Some(known) => finding.help(format!("the API server silently drops unknown keys; did you mean `{known}`?")),
        None => finding.help("the API server silently drops unknown keys"),
    }
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_named_in_the_table_exists() {
        let schema = Schema::built_in();
        fn names<'f>(form: &'f Form, into: &mut Vec<&'f str>) {
            match form {
                Form::Object(name) => into.push(name),
                Form::List(inner) | Form::Map(inner) => names(inner, into),
                _ => {}
            }
        }
        let mut all: Vec<&str> = schema.kinds.values().map(String::as_str).collect();
        for form in schema.types.values().flat_map(BTreeMap::values) {
            names(form, &mut all);
        }
        assert!(all.len() > 300, "the table is too small: {}", all.len());
        for name in all {
            assert!(schema.types.contains_key(name), "{name}");
        }
    }
}
