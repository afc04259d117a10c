//! What a place is taken for, and why.

use std::{collections::HashMap, rc::Rc};

use meshveil_detect::{
    Detector, Kind,
    dictionary::{self, KINDS, NOT_TEXT, Whole},
    words::words,
};

use crate::{
    facts::{Facts, Shapes},
    graph::{Graph, Holder, Id, Step},
    maps::PERSON_NAMES,
};

/// Words at the end of a schema's name that say nothing about what it holds.
const SUFFIXES: &[&str] = &[
    "response", "dto", "model", "view", "item", "list", "page", "data", "object", "detail", "details", "resource",
    "result", "schema", "out", "read", "base", "entity", "type", "nullable", "override", "summary", "info",
];
/// Names of members that name what stands beside them, and of those that hold it.
const NAMES: &[&str] = &[
    "name",
    "key",
    "field",
    "label",
    "code",
    "type",
    "system",
    "id",
    "attribute",
    "property",
    "header",
    "param",
    "parameter",
    "tag",
    "question",
    "kind",
    "k",
    "n",
    "claim",
    "claim type",
];
const VALUES: &[&str] =
    &["value", "val", "v", "content", "text", "data", "values", "answer", "string value", "value string", "body"];
/// Names that tell nothing without what holds them.
const GENERIC: &[&str] = &[
    "identifier",
    "identifiers",
    "value",
    "values",
    "data",
    "items",
    "item",
    "list",
    "entry",
    "entries",
    "details",
    "content",
    "results",
    "records",
    "attributes",
    "id number",
];

/// Why a place is taken for something sensitive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// An extension of its schema.
    Mark(&'static str),
    /// Its name.
    Name,
    /// Its name with the one of what holds it.
    Context(String),
    /// The format of its schema.
    Format(String),
    /// What samples hold there.
    Values(&'static str),
    /// What names of its members look like.
    Names(&'static str),
    /// An example or a pattern of its schema.
    Example(&'static str),
    /// The description of its schema.
    Described,
    /// What stands beside it names it.
    Beside,
    /// The JSON that its texts hold.
    Inside,
    /// It is the data of a Secret.
    Secret,
}

impl Why {
    /// Whether it is sure enough to mask something else of the same path, too. What only a holder tells is not.
    pub(crate) const fn is_worth_others(&self) -> bool {
        matches!(self, Self::Mark(_) | Self::Name | Self::Format(_) | Self::Values(_) | Self::Names(_) | Self::Inside)
    }

    /// Whether the place itself says so, wherever it is.
    pub(crate) const fn is_own(&self) -> bool {
        !matches!(self, Self::Context(_) | Self::Beside | Self::Secret)
    }
}

/// What a place is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing sensitive.
    Clear,
    /// Looked at, as its name says something, and not proposed.
    Passed(usize, &'static str),
    /// People should decide.
    Ask(usize, Why),
    /// Sensitive: index of the kind, and the mask.
    Field(usize, &'static str, Why),
}

/// Judges places, and remembers what names say.
#[derive(Debug)]
pub(crate) struct Judge<'g> {
    graph: &'g Graph,
    has_key: bool,
    facts: HashMap<Id, Rc<Facts>>,
    said: HashMap<(String, String), Option<&'static Kind>>,
    asked: HashMap<(String, String), Option<&'static Kind>>,
}

/// A place: a member of a node, or any member where it is a map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'p> {
    pub(crate) holder: &'p Holder,
    /// Nodes that the holder is a member of.
    pub(crate) sources: &'p std::collections::BTreeSet<Id>,
    pub(crate) node: Id,
    pub(crate) step: &'p Step,
    pub(crate) child: Id,
}

impl<'g> Judge<'g> {
    pub(crate) fn new(graph: &'g Graph, has_key: bool) -> Self {
        Self { graph, has_key, facts: HashMap::new(), said: HashMap::new(), asked: HashMap::new() }
    }

    fn facts(&mut self, id: Id) -> Rc<Facts> {
        let graph = self.graph;
        Rc::clone(self.facts.entry(id).or_insert_with(|| Rc::new(graph.facts(id))))
    }

    pub(crate) fn judge(&mut self, spot: Spot<'_>) -> Verdict {
        let facts = self.facts(spot.child);
        let Some((kind, why)) = self.evidence(spot, &facts) else { return self.debatable(spot, &facts) };
        let Some(index) = KINDS.iter().position(|known| known.id == kind.id) else { return Verdict::Clear };
        let is_sure = matches!(why, Why::Mark(_) | Why::Names(_) | Why::Secret | Why::Beside);
        if !is_sure && let Some(reason) = not_data(kind, &facts) {
            return Verdict::Passed(index, reason);
        }
        if kind.ask {
            return Verdict::Ask(index, why);
        }
        // A description alone is not much to go by, unless the name is none.
        let is_told = !matches!(why, Why::Described) || is_generic(spot.step);
        if !is_told {
            return Verdict::Ask(index, why);
        }
        Verdict::Field(index, self.mask(kind, &facts), why)
    }

    fn mask(&self, kind: &'static Kind, facts: &Facts) -> &'static str {
        let shapes = facts.shapes;
        let text = kind.keyed.filter(|_| self.has_key).unwrap_or(kind.mask);
        // Of values of several looks one mask would show too much.
        let looks = facts
            .counts
            .like
            .values()
            .filter(|(detector, _)| dictionary::by_value(*detector).is_some_and(|other| other.id != kind.id))
            .count();
        let text = if looks > 0 && !facts.shapes.list { "redact" } else { text };
        let is_text = !shapes.object && !shapes.number && (shapes.text || !shapes.bool);
        // A constant in place of an array would change its type; the others mask each element.
        if is_text && !(shapes.list && text == "redact") { text } else { NOT_TEXT }
    }

    fn debatable(&mut self, spot: Spot<'_>, facts: &Facts) -> Verdict {
        let Step::Name(name) = spot.step else { return Verdict::Clear };
        let context = spot.holder.name.clone().unwrap_or_default();
        let key = (context, name.clone());
        let asked = self
            .asked
            .entry(key)
            .or_insert_with_key(|(context, name)| dictionary::to_ask(&words(context), &words(name)));
        let Some(kind) = *asked else { return Verdict::Clear };
        let index = KINDS.iter().position(|known| known.id == kind.id);
        let is_data = (facts.shapes.text || !facts.shapes.object) && not_data(kind, facts).is_none();
        index.filter(|_| is_data).map_or(Verdict::Clear, |index| Verdict::Ask(index, Why::Name))
    }

    fn named(&mut self, context: &str, name: &str) -> Option<&'static Kind> {
        let key = (context.to_owned(), name.to_owned());
        *self.said.entry(key).or_insert_with_key(|(context, name)| {
            let mut context = words(context);
            while context.len() > 1 && context.last().is_some_and(|last| SUFFIXES.contains(&last.as_str())) {
                context.pop();
            }
            dictionary::by_name(&context, &words(name))
        })
    }

    fn evidence(&mut self, spot: Spot<'_>, facts: &Facts) -> Option<(&'static Kind, Why)> {
        // The names of its members are values; so that nothing of it may stay.
        if let Some(names) = facts.names_like.keys().next().copied().filter(|_| facts.shapes.object) {
            let kind = if names == PERSON_NAMES {
                dictionary::by_id("person-name")
            } else {
                by_what(names).and_then(dictionary::by_value)
            };
            if let Some(kind) = kind {
                return Some((kind, Why::Names(names)));
            }
        }
        if self.is_secret_data(spot) {
            return Some((dictionary::by_id("secret-data")?, Why::Secret));
        }
        let name = match spot.step {
            Step::Name(name) => name.as_str(),
            Step::Items | Step::Any => "",
        };
        let own = if name.is_empty() { None } else { self.named("", name) };
        if let Some(mark) = facts.mark {
            return Some((own.unwrap_or_else(dictionary::marked), Why::Mark(mark)));
        }
        // A format says more than a name that tells a kind of things; what is no data by its shape may be data by its values.
        let fits = |kind: &Kind| not_data(kind, facts).is_none();
        let is_aside = |kind: &Kind| {
            !kind.aside.is_empty()
                && self.contexts(spot).iter().any(|context| dictionary::is_aside(kind, &words(context)))
        };
        if let Some(kind) = own.filter(|kind| fits(kind) && !is_aside(kind)) {
            return Some((kind, Why::Name));
        }
        let own = own.filter(|kind| !is_aside(kind));
        if !name.is_empty() {
            for context in self.contexts(spot) {
                let is_aside = |kind: &Kind| dictionary::is_aside(kind, &words(&context));
                if let Some(kind) = self.named(&context, name).filter(|kind| fits(kind) && !is_aside(kind)) {
                    return Some((kind, Why::Context(context)));
                }
            }
        }
        if self.is_named_beside(spot) {
            return Some((dictionary::by_id("pairs")?, Why::Beside));
        }
        if let Some((format, kind)) = &facts.format {
            return Some((kind, Why::Format(format.clone())));
        }
        if let Some(kind) = facts.inside.first().and_then(|_| dictionary::by_id("inside")) {
            return Some((kind, Why::Inside));
        }
        if let Some(found) = by_values(facts) {
            return Some(found);
        }
        if let Some((what, kind)) = facts.example {
            return Some((kind, Why::Example(what)));
        }
        if let Some(kind) = facts.described.filter(|kind| fits(kind) && !facts.shapes.object) {
            return Some((kind, Why::Described));
        }
        // A name that says something, of what is no data: the reason is told.
        own.map(|kind| (kind, Why::Name))
    }

    /// Names of what holds a place: of the member, and of the schemas.
    fn contexts(&self, spot: Spot<'_>) -> Vec<String> {
        let titles =
            |id: &Id| self.graph.get(*id).into_iter().flat_map(|node| node.titles.iter().cloned()).collect::<Vec<_>>();
        let mut contexts: Vec<String> = spot.holder.name.clone().into_iter().collect();
        contexts.extend(titles(&spot.node));
        if spot.holder.name.as_ref().is_some_and(|name| GENERIC.contains(&words(name).join(" ").as_str())) {
            let above = spot.sources.iter().take(64).flat_map(titles);
            let with_own =
                above.map(|title| format!("{} {}", bare(&title), spot.holder.name.as_deref().unwrap_or_default()));
            contexts.extend(with_own);
        }
        contexts
    }

    /// Whether a sibling holds names of fields, such as `ssn`.
    fn is_named_beside(&mut self, spot: Spot<'_>) -> bool {
        let Step::Name(name) = spot.step else { return false };
        let is = |list: &[&str], name: &str| list.contains(&words(name).join(" ").as_str());
        if !is(VALUES, name) && words(name).first().is_none_or(|first| first != "value") {
            return false;
        }
        let Some(node) = self.graph.get(spot.node) else { return false };
        let siblings: Vec<Id> = node
            .edges
            .iter()
            .filter_map(|(step, child)| match step {
                Step::Name(other) if is(NAMES, other) => Some(*child),
                _ => None,
            })
            .collect();
        siblings.into_iter().any(|id| !self.facts(id).names.is_empty())
    }

    /// Whether it is `data` of a Secret of Kubernetes, or of one in a list of them.
    fn is_secret_data(&mut self, spot: Spot<'_>) -> bool {
        let Step::Name(name) = spot.step else { return false };
        if !matches!(name.as_str(), "data" | "stringData") || !self.facts(spot.child).shapes.object {
            return false;
        }
        let is_secret = |title: &String| title == "Secret" || title.ends_with(".Secret");
        if self.graph.get(spot.node).is_some_and(|node| node.titles.iter().any(is_secret)) {
            return true;
        }
        let kind = Step::Name("kind".to_owned());
        let kind_of = |id: Id| self.graph.get(id).and_then(|node| node.edges.get(&kind)).copied();
        let kinds: Vec<Id> =
            std::iter::once(spot.node).chain(spot.sources.iter().copied()).filter_map(kind_of).collect();
        kinds.into_iter().any(|id| self.facts(id).says_secret)
    }
}

/// A schema's name without what says nothing.
fn bare(title: &str) -> String {
    let mut words = words(title);
    while words.len() > 1 && words.last().is_some_and(|last| SUFFIXES.contains(&last.as_str())) {
        words.pop();
    }
    words.join(" ")
}

fn is_generic(step: &Step) -> bool {
    let Step::Name(name) = step else { return true };
    let words = words(name);
    words.iter().all(|word| {
        word.len() < 3
            || matches!(
                word.as_str(),
                "value"
                    | "number"
                    | "data"
                    | "code"
                    | "id"
                    | "identifier"
                    | "identification"
                    | "text"
                    | "content"
                    | "reference"
                    | "ref"
                    | "key"
                    | "no"
            )
    })
}

/// The detector with these words.
fn by_what(what: &str) -> Option<Detector> {
    Detector::all().find(|detector| detector.what() == what)
}

/// What values look like: at least half of them like something sure, or nearly all of many like something weak.
fn by_values(facts: &Facts) -> Option<(&'static Kind, Why)> {
    let counts = &facts.counts;
    let all: u64 = counts.like.values().map(|(_, count)| count).sum();
    let detector = counts.like.values().max_by_key(|(_, count)| *count).map(|(detector, _)| *detector);
    let has_text = counts.like.values().any(|(detector, _)| *detector == Detector::TextWithSecrets);
    // One card number in a text is one too many, and so is one among names of fields; of plain values half may be something else.
    if let Some(detector) =
        detector.filter(|_| has_text || !facts.names.is_empty() || all.saturating_mul(2) >= counts.values)
    {
        return Some((dictionary::by_value(detector)?, Why::Values(detector.what())));
    }
    let column = counts
        .weak
        .values()
        .find(|(_, count)| count.saturating_mul(5) >= counts.values.saturating_mul(4) && counts.distinct.len() >= 20);
    let (detector, _) = column?;
    Some((dictionary::by_value(*detector)?, Why::Values(detector.what())))
}

/// Why nothing of a kind can stand at a place, whatever its name says.
fn not_data(kind: &Kind, facts: &Facts) -> Option<&'static str> {
    let shapes = facts.shapes;
    let is_switch = shapes.bool && !shapes.text && !shapes.number && !shapes.object;
    if kind.special {
        return None;
    }
    if facts.is_closed() {
        return Some("it is one of a few values");
    }
    if is_switch {
        return Some("it is true or false");
    }
    if facts.is_time && !kind.dated {
        return Some("it is a date or time");
    }
    let counts = &facts.counts;
    if !kind.dated && counts.values > 0 && counts.plain == counts.values && !facts.is_free && kind.whole != Whole::Any {
        return Some("samples hold nothing but times, switches and small numbers");
    }
    (!can_be(kind, shapes)).then_some("it holds other values")
}

fn can_be(kind: &Kind, shapes: Shapes) -> bool {
    if shapes.text {
        return true;
    }
    if shapes.object {
        return kind.whole == Whole::Any;
    }
    if shapes.number {
        return kind.whole != Whole::Strings;
    }
    // Nothing is known of it, or that it is a list or always `null`.
    !shapes.bool || kind.special
}
