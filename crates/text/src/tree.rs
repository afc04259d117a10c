//! YAML and JSON texts as trees whose every key and value knows its place.

use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span as ParserSpan};

use crate::codes;
use crate::finding::{FileId, Finding, Span};
use crate::scalars;
use crate::tabs;

/// Nodes that aliases may add to one file; a text that multiplies itself is refused.
const ALIAS_NODES: usize = 200_000;
/// What may be wrong with a text that is not YAML, or has maps for keys (`{{ }}`).
const TEMPLATE: &str = "template syntax must be rendered first (`helm template`)";
/// What may be wrong where a second document seems to begin.
const SEPARATOR: &str = "a line `---` must stand between two documents";
/// Depth at which a document is refused.
const DEPTH: usize = 200;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing. Kubernetes reads it as an absent key.
    Null,
    /// `true` or `false`, and the older spellings (`yes`, `on`, `y`) that Kubernetes' reader also takes.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the text.
    Map(Vec<(Key, Node)>),
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its place; for a block map or list, from its first entry.
    pub span: Span,
}

/// A key and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The key.
    pub name: String,
    /// Its place.
    pub span: Span,
}

static NO_NODES: [Node; 0] = [];
static NO_ENTRIES: [(Key, Node); 0] = [];

impl Node {
    /// The value under a key; an explicit `null` counts as absent, as in Kubernetes.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, node)| node).filter(|node| node.value != Value::Null)
    }

    /// The key and value under a key, `null` included.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&(Key, Node)> {
        self.entries().iter().find(|(k, _)| k.name == key)
    }

    /// The value at the end of a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries of a map; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[(Key, Node)] {
        if let Value::Map(entries) = &self.value { entries } else { &NO_ENTRIES }
    }

    /// The items of a list; none for anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        if let Value::List(items) = &self.value { items } else { &NO_NODES }
    }

    /// The text of a string.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// A whole number.
    #[must_use]
    pub fn int(&self) -> Option<i64> {
        match self.value {
            Value::Int(int) => Some(int),
            _ => None,
        }
    }

    /// A truth value.
    #[must_use]
    pub fn bool(&self) -> Option<bool> {
        if let Value::Bool(bool) = self.value { Some(bool) } else { None }
    }

    /// The text under a key.
    #[must_use]
    pub fn text_at(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::text)
    }

    /// What this is, for messages.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::Float(_) => "a number",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// The value as JSON, for settings that another reader owns (`pluginConfig`).
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(bool) => Json::Bool(*bool),
            Value::Int(int) => Json::from(*int),
            Value::Float(float) => Json::from(*float),
            Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Map(entries) => Json::Object(entries.iter().map(|(k, v)| (k.name.clone(), v.to_json())).collect()),
        }
    }

    fn count(&self) -> usize {
        1 + match &self.value {
            Value::List(items) => items.iter().map(Node::count).sum(),
            Value::Map(entries) => entries.iter().map(|(_, node)| node.count()).sum(),
            _ => 0,
        }
    }
}

/// Reads every document of a text. A document that cannot be read is a finding; the ones after it are still read.
pub fn parse(file: FileId, text: &str, findings: &mut Vec<Finding>) -> Vec<Node> {
    let blank = tabs::without(text);
    let mut builder = Builder::new(file, blank.as_deref().unwrap_or(text), None);
    let documents = builder.documents();
    findings.append(&mut builder.findings);
    documents
}

/// The same where words and numbers may be names: in descriptions of interfaces a property may be called `y`.
pub fn parse_with_keys_as_written(file: FileId, text: &str, findings: &mut Vec<Finding>) -> Vec<Node> {
    let mut builder = Builder::new(file, text, None);
    builder.keys_as_written = true;
    let documents = builder.documents();
    findings.append(&mut builder.findings);
    documents
}

/// Reads YAML that is the value of a string at `within`: every node gets that place.
pub fn parse_inner(within: Span, text: &str, findings: &mut Vec<Finding>) -> Vec<Node> {
    let mut builder = Builder::new(within.file, text, Some(within));
    let documents = builder.documents();
    findings.append(&mut builder.findings);
    documents
}

struct Builder<'t> {
    file: FileId,
    text: &'t str,
    within: Option<Span>,
    parser: Parser<'t, granit_parser::StrInput<'t>>,
    anchors: HashMap<usize, Node>,
    alias_budget: usize,
    findings: Vec<Finding>,
    keys_as_written: bool,
}

/// A document broke off.
struct Broken;

impl<'t> Builder<'t> {
    fn new(file: FileId, text: &'t str, within: Option<Span>) -> Self {
        Self {
            file,
            text,
            within,
            parser: Parser::new_from_str(text),
            anchors: HashMap::new(),
            alias_budget: ALIAS_NODES,
            findings: Vec::new(),
            keys_as_written: false,
        }
    }

    fn documents(&mut self) -> Vec<Node> {
        let mut documents = Vec::new();
        loop {
            match self.document() {
                Ok(Some(node)) => documents.push(node),
                Ok(None) => return documents,
                Err(Broken) => match self.parser.proceed_next_document() {
                    Ok(true) => {}
                    Ok(false) | Err(_) => return documents,
                },
            }
        }
    }

    fn document(&mut self) -> Result<Option<Node>, Broken> {
        self.anchors.clear();
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(None),
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => return self.node(event, span, 0).map(Some),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, ParserSpan), Broken> {
        loop {
            match self.parser.next() {
                Some(Ok((Event::Comment(..) | Event::Anchor(..), _))) => {}
                Some(Ok(pair)) => return Ok(pair),
                None => return Ok((Event::StreamEnd, ParserSpan::default())),
                Some(Err(error)) => {
                    let span = self.place(*error.marker(), *error.marker());
                    let message = error.info().to_ascii_lowercase();
                    let message = message.trim_end_matches('.');
                    let finding =
                        Finding::new(&codes::manifest::INVALID_YAML, span, format!("invalid YAML: {message}"));
                    let is_template = self.text.contains("{{") || self.text.contains("{%");
                    let is_next = message.contains("expected <document start>");
                    self.findings.push(match (is_template, is_next) {
                        (true, _) => finding.help(TEMPLATE),
                        (false, true) => finding.help(SEPARATOR),
                        (false, false) => finding,
                    });
                    return Err(Broken);
                }
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: ParserSpan, depth: usize) -> Result<Node, Broken> {
        let place = self.place(span.start, span.end);
        if depth > DEPTH {
            return self.refuse(place, "nested too deep");
        }
        let anchor = match &event {
            Event::Scalar(_, _, id, _) | Event::SequenceStart(_, id, _) | Event::MappingStart(_, id, _) => *id,
            _ => 0,
        };
        let node = match event {
            Event::Scalar(text, style, _, tag) => {
                let value = self.scalar(text.into_owned(), style, tag.as_ref().map(|tag| tag.suffix()), place)?;
                Node { value, span: place }
            }
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                let mut end = place;
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, last) => {
                            end = self.place(last.start, last.end).max_end(end);
                            break;
                        }
                        (event, span) => items.push(self.node(event, span, depth + 1)?),
                    }
                }
                let end = items.last().map_or(end, |item| if is_flow(self.text, place) { end } else { item.span });
                Node { value: Value::List(items), span: place.to(end) }
            }
            Event::MappingStart(..) => self.map(place, depth)?,
            Event::Alias(id) => self.alias(id, place)?,
            _ => return self.refuse(place, "unexpected end of the document"),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    // Kept out of `node`, which recurses: its frame decides how deep a text may be on a small stack.
    #[inline(never)]
    fn scalar(&mut self, text: String, style: ScalarStyle, tag: Option<&str>, place: Span) -> Result<Value, Broken> {
        if let Some(tag) = tag.filter(|tag| !is_meaning_known(tag, style)) {
            return self.refuse(place, &format!("the tag `{}` is not read", tag.escape_debug()));
        }
        let plain = style == ScalarStyle::Plain && tag != Some("str");
        Ok(if plain { scalars::resolve(&text) } else { Value::Text(text) })
    }

    #[inline(never)]
    fn alias(&mut self, id: usize, place: Span) -> Result<Node, Broken> {
        let Some(node) = self.anchors.get(&id).cloned() else {
            return self.refuse(place, "alias of an anchor that is not defined");
        };
        let count = node.count();
        if count > self.alias_budget {
            return self.refuse(place, "aliases multiply the document");
        }
        self.alias_budget -= count;
        Ok(node)
    }

    fn map(&mut self, place: Span, depth: usize) -> Result<Node, Broken> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut merged: Vec<(Key, Node)> = Vec::new();
        let flow = is_flow(self.text, place);
        let mut end = place;
        let mut next_began = false;
        loop {
            let (event, span) = self.next()?;
            let is_plain = matches!(&event, Event::Scalar(_, ScalarStyle::Plain, ..));
            let (name, key_span) = match event {
                Event::MappingEnd => {
                    if flow || entries.is_empty() {
                        end = self.place(span.start, span.end).max_end(end);
                    }
                    break;
                }
                Event::Scalar(name, ..) => (name.into_owned(), self.place(span.start, span.end)),
                _ => return Err(self.not_a_key(&event, span)),
            };
            let name = match scalars::key(&name).filter(|_| is_plain && !self.keys_as_written) {
                Some(meant) => meant,
                None if is_plain && !self.keys_as_written => {
                    return self.refuse(key_span, "a key that is not a string");
                }
                None => name,
            };
            let (event, span) = self.next()?;
            let node = self.node(event, span, depth + 1)?;
            end = node.span.max_end(key_span);
            if is_plain && name == "<<" {
                match node.value {
                    Value::Map(inner) => merged.extend(inner),
                    Value::List(items) => {
                        merged.extend(items.into_iter().flat_map(|item| item.entries().to_vec()));
                    }
                    _ => return self.refuse(key_span, "a merge key whose value is not a map"),
                }
                continue;
            }
            if let Some((first, _)) = entries.iter().find(|(key, _)| key.name == name) {
                // What follows a second `apiVersion` of a document belongs to another one: it is said once.
                let is_next = |name: &str| depth == 0 && name == "apiVersion";
                if is_next(&name) || !next_began {
                    let help = if is_next(&name) { SEPARATOR } else { "only one of the two would count" };
                    self.findings.push(duplicate(&name, key_span, first.span, help));
                }
                next_began |= is_next(&name);
                continue;
            }
            entries.push((Key { name, span: key_span }, node));
        }
        for (key, node) in merged {
            if !entries.iter().any(|(known, _)| known.name == key.name) {
                entries.push((key, node));
            }
        }
        Ok(Node { value: Value::Map(entries), span: place.to(end) })
    }

    #[cold]
    fn not_a_key(&mut self, event: &Event<'t>, span: ParserSpan) -> Broken {
        let place = self.place(span.start, span.end);
        let is_template = is_flow(self.text, place) && matches!(event, Event::MappingStart(..));
        let finding = Finding::new(&codes::manifest::INVALID_YAML, place, "a key that is not a string");
        self.findings.push(if is_template { finding.help(TEMPLATE) } else { finding });
        Broken
    }

    #[cold]
    fn refuse<T>(&mut self, span: Span, message: &str) -> Result<T, Broken> {
        self.findings.push(Finding::new(&codes::manifest::INVALID_YAML, span, message));
        Err(Broken)
    }

    fn place(&self, start: Marker, end: Marker) -> Span {
        if let Some(within) = self.within {
            return within;
        }
        let byte = |marker: Marker| {
            let offset = marker.byte_offset().unwrap_or_else(|| {
                self.text.char_indices().nth(marker.index()).map_or(self.text.len(), |(byte, _)| byte)
            });
            u32::try_from(offset).unwrap_or(u32::MAX)
        };
        let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Span {
            file: self.file,
            start: byte(start),
            end: byte(end),
            line: short(start.line()),
            column: short(start.col().saturating_add(1)),
        }
    }
}

impl Span {
    fn to(self, other: Span) -> Span {
        Span { end: self.end.max(other.end), ..self }
    }

    fn max_end(self, other: Span) -> Span {
        if self.end >= other.end { self } else { other }
    }
}

#[cold]
fn duplicate(name: &str, key: Span, first: Span, help: &str) -> Finding {
    Finding::new(&codes::manifest::DUPLICATE_KEY, key, format!("duplicate key `{name}`"))
        .label(first, "first defined here")
        .help(help)
}

fn is_flow(text: &str, place: Span) -> bool {
    matches!(text.as_bytes().get(place.start as usize), Some(b'{' | b'['))
}

/// Whether a tag leaves a scalar what it is anyway, or makes it text.
fn is_meaning_known(tag: &str, style: ScalarStyle) -> bool {
    tag == "str" || (style == ScalarStyle::Plain && ["int", "float", "bool", "null"].contains(&tag))
}
