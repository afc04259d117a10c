//! The naive masker: parses whole documents, marks what each rule selects, prints.

use std::ops::Range;

use meshveil_body::Framing;
use meshveil_json::{
    Report, Rule, Rules, StreamError,
    query::{Query, Segment, Selector},
};
use meshveil_mask::{Container, Context, Keys, Mask, MaskSpec, Output, Sink, Value};
use meshveil_plan::Limits;

use crate::select::{fits, select};
use crate::tree::{Kind, Member, Node, parse};

/// What the engine has to make of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// The masked stream.
    pub bytes: Vec<u8>,
    /// What was done.
    pub report: Report,
}

/// Masks a whole stream.
///
/// # Errors
/// The first fault of the stream.
///
/// # Panics
/// When a mask does not compile.
pub fn mask(bytes: &[u8], rules: &[Rule], framing: Framing, limits: &Limits) -> Result<Masked, StreamError> {
    mask_all(bytes, &Rules { values: rules.to_vec(), ..Rules::default() }, framing, limits)
}

/// Masks a whole stream by rules for values and names, and what they do not list. What is not listed is masked, never refused.
///
/// # Errors
/// The first fault of the stream.
///
/// # Panics
/// When a mask does not compile.
pub fn mask_all(bytes: &[u8], all: &Rules, framing: Framing, limits: &Limits) -> Result<Masked, StreamError> {
    let rules = &[all.values.clone(), all.names.clone()].concat()[..];
    let roots = parse(bytes, framing, limits)?;
    let keys = Keys::new(crate::KEY.as_bytes());
    let masks = rules.iter().map(|rule| rule.mask.compile(&rule.id, &keys).expect("a mask that compiles")).collect();
    let report = Report { masked: vec![0; rules.len()], bytes_in: bytes.len() as u64, ..Report::default() };
    let listing = Listing::default();
    let mut printer = Printer { bytes, rules, masks, limits, own: Vec::new(), listing, report, out: Vec::new() };
    let mut end = 0;
    for root in &roots {
        printer.out.extend_from_slice(&bytes[end..root.span.start]);
        printer.own = winners(rules, all.values.len(), root);
        printer.listing = Listing::of(all, root);
        printer.root(root);
        printer.report.documents += 1;
        end = root.span.end;
    }
    printer.out.extend_from_slice(&bytes[end..]);
    Ok(Masked { bytes: printer.out, report: printer.report })
}

/// For each node, by its number, the strictest of the rules that select it.
fn winners(rules: &[Rule], values: usize, root: &Node) -> Vec<Option<usize>> {
    let mut own = vec![None; root.descendants().len()];
    for (index, rule) in rules.iter().enumerate().take(values) {
        for node in select(&rule.query, root) {
            own[node.id] = stricter(rules, own[node.id], Some(index));
        }
    }
    own
}

/// The stricter of two rules; of equal ones the earlier.
fn stricter(rules: &[Rule], left: Option<usize>, right: Option<usize>) -> Option<usize> {
    let (Some(first), Some(second)) = (left, right) else { return left.or(right) };
    let key = |rule: usize| (rules[rule].mask.strictness(), std::cmp::Reverse(rule));
    Some(if key(first) >= key(second) { first } else { second })
}

/// What a mask writes as JSON, quoted by another implementation.
fn json(mask: impl FnOnce(&mut dyn Sink) -> Output) -> String {
    let mut characters = String::new();
    match mask(&mut characters) {
        Output::Text => serde_json::to_string(&characters).expect("a string"),
        Output::Number => characters,
        Output::Boolean(boolean) => boolean.to_string(),
        Output::Null | Output::Absent => "null".to_owned(),
    }
}

struct Printer<'a> {
    bytes: &'a [u8],
    rules: &'a [Rule],
    masks: Vec<Box<dyn Mask>>,
    limits: &'a Limits,
    own: Vec<Option<usize>>,
    listing: Listing,
    report: Report,
    out: Vec<u8>,
}

impl Printer<'_> {
    fn container_of(&self, rule: usize) -> Container {
        self.rules[rule].mask.container()
    }

    fn root(&mut self, node: &Node) {
        let rule = self.own[node.id];
        if let Some(rule) = rule.filter(|rule| self.container_of(*rule) == Container::Drop) {
            self.report.masked[rule] += 1;
            self.out.extend_from_slice(b"null");
        } else {
            self.value(node, None);
        }
    }

    /// The rule that wins for a node below one that `inherited` already masks leaf by leaf.
    fn winner(&self, node: &Node, inherited: Option<usize>) -> Option<usize> {
        stricter(self.rules, self.own[node.id], inherited)
    }

    fn value(&mut self, node: &Node, inherited: Option<usize>) {
        let winner = self.winner(node, inherited);
        let (scalar, length) = match &node.kind {
            Kind::Array(_) | Kind::Object(_) => {
                match winner {
                    Some(rule) if self.container_of(rule) != Container::Leaves => {
                        self.report.masked[rule] += 1;
                        self.out.extend(json(|sink| self.masks[rule].unseen(sink)).bytes());
                    }
                    _ => self.container(node, winner),
                }
                return;
            }
            Kind::Null => (Value::Null, 0),
            Kind::Boolean(boolean) => (Value::Boolean(*boolean), 0),
            Kind::Number(number) => (Value::Number(number), number.len()),
            Kind::String(text) => (Value::Text(&text.lossy), text.spelled.len()),
        };
        let Some(rule) = winner else {
            if let Some(rest) = self.listing.rest.as_ref().filter(|_| !self.listing.shown[node.id]) {
                self.report.unlisted += 1;
                let rest = rest.compile("unlisted", &Keys::none()).expect("a mask that compiles");
                self.out.extend(json(|sink| rest.mask(scalar, &Context::default(), sink)).bytes());
                return;
            }
            self.out.extend_from_slice(&self.bytes[node.span.clone()]);
            return;
        };
        self.report.masked[rule] += 1;
        let mask = &self.masks[rule];
        if mask.needs_text() && length > self.limits.value {
            self.report.too_long += 1;
            self.out.extend(json(|sink| mask.unseen(sink)).bytes());
        } else {
            let context = Context { field: &self.rules[rule].id, ..Context::default() };
            self.out.extend(json(|sink| mask.mask(scalar, &context, sink)).bytes());
        }
    }

    /// Prints the children that stay. One that goes takes with it the white space before it and the comma before that;
    /// where none stays before it, the comma after it.
    fn container(&mut self, node: &Node, winner: Option<usize>) {
        let close = node.span.end - 1;
        self.out.push(self.bytes[node.span.start]);
        let mut stays_before = false;
        let mut before = node.span.start + 1;
        let mut masked_names = 0;
        for (at, child) in node.children().into_iter().enumerate() {
            let name = self.name(node, at, &mut masked_names);
            // After a value there are only white space, commas and closing brackets.
            let length =
                self.bytes[child.span.end..].iter().position(|byte| b",]}".contains(byte)).expect("valid JSON");
            let comma_or_close = child.span.end + length;
            let rule = self.winner(child, winner);
            if let Some(rule) = rule.filter(|rule| self.container_of(*rule) == Container::Drop) {
                self.report.masked[rule] += 1;
            } else {
                if stays_before {
                    self.out.push(b',');
                }
                stays_before = true;
                match name {
                    Some((key, name)) => {
                        self.out.extend_from_slice(&self.bytes[before..key.start]);
                        self.out.extend_from_slice(name.as_bytes());
                        self.out.extend_from_slice(&self.bytes[key.end..child.span.start]);
                    }
                    None => self.out.extend_from_slice(&self.bytes[before..child.span.start]),
                }
                self.value(child, winner);
            }
            self.out.extend_from_slice(&self.bytes[child.span.end..comma_or_close]);
            before = comma_or_close + 1;
        }
        if before < close {
            // An empty container; after children, `before` lies behind the closing bracket.
            self.out.extend_from_slice(&self.bytes[before..close]);
        }
        self.out.push(self.bytes[close]);
    }

    /// Where the name of a member stands, and what stands in for it with its quotes, where something does. Names that are
    /// masked alike are numbered within their object.
    fn name(&mut self, node: &Node, at: usize, masked: &mut usize) -> Option<(Range<usize>, String)> {
        let Kind::Object(members) = &node.kind else { return None };
        let member = &members[at];
        let rule = self.listing.name_rule[member.value.id];
        if rule.is_none() && (self.listing.rest.is_none() || self.listing.named[member.value.id]) {
            return None;
        }
        let mut number = || {
            *masked += 1;
            if *masked > 1 { masked.to_string() } else { String::new() }
        };
        let Some(rule) = rule else {
            self.report.unlisted += 1;
            return Some((member.key.clone(), format!("\"***{}\"", number())));
        };
        self.report.masked[rule] += 1;
        let mask = &self.masks[rule];
        let context = Context { field: &self.rules[rule].id, ..Context::default() };
        let written = if mask.needs_text() && member.name.spelled.len() > self.limits.value {
            self.report.too_long += 1;
            json(|sink| mask.unseen(sink))
        } else {
            json(|sink| mask.mask(Value::Text(&member.name.lossy), &context, sink))
        };
        let text = written.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&written);
        let number = if mask.needs_text() { String::new() } else { number() };
        Some((member.key.clone(), format!("\"{text}{number}\"")))
    }
}

/// What is listed in a document, by the number of the node.
#[derive(Debug, Default)]
struct Listing {
    /// What stands in for what is not listed.
    rest: Option<MaskSpec>,
    shown: Vec<bool>,
    /// Members whose names are listed.
    named: Vec<bool>,
    /// Rules that mask names.
    name_rule: Vec<Option<usize>>,
}

impl Listing {
    fn of(rules: &Rules, root: &Node) -> Self {
        let count = root.descendants().len();
        let mut listing = Self {
            rest: rules.unlisted.as_ref().and_then(|unlisted| unlisted.mask.clone()),
            shown: vec![false; count],
            named: vec![false; count],
            name_rule: vec![None; count],
        };
        let shows = || rules.unlisted.iter().flat_map(|unlisted| &unlisted.shows);
        for query in shows() {
            select(query, root).into_iter().for_each(|node| listing.shown[node.id] = true);
            listing.names(query, root, true, |listing, id| listing.named[id] = true);
        }
        for rule in &rules.values {
            listing.names(&rule.query, root, false, |listing, id| listing.named[id] = true);
        }
        let all = [rules.values.clone(), rules.names.clone()].concat();
        for (index, rule) in rules.names.iter().enumerate() {
            // A name stands before what a filter looks at, so that every filter counts as true.
            let mut query = rule.query.clone();
            for selector in query.segments.iter_mut().flat_map(|segment| &mut segment.selectors) {
                if matches!(selector, Selector::Filter(_)) {
                    *selector = Selector::Wildcard;
                }
            }
            listing.names(&query, root, false, |listing, id| listing.named[id] = true);
            let Some((last, before)) = query.segments.split_last() else { continue };
            for (member, id) in members(before, last.descendant, root) {
                let is = |selector: &Selector| match selector {
                    Selector::Wildcard => true,
                    _ => means(selector, member),
                };
                if last.selectors.iter().any(is) {
                    let index = rules.values.len() + index;
                    listing.name_rule[id] = stricter(&all, listing.name_rule[id], Some(index));
                }
            }
        }
        listing
    }

    /// Calls `found` for each member that some segment of a query mentions by its name, and, where what the query selects is shown, for
    /// those that its last segment selects without looking into them.
    fn names(&mut self, query: &Query, root: &Node, shows: bool, found: impl Fn(&mut Self, usize)) {
        for (at, segment) in query.segments.iter().enumerate() {
            let is_last = at + 1 == query.segments.len();
            for (member, id) in members(&query.segments[..at], segment.descendant, root) {
                let wild = shows && is_last && segment.selectors.contains(&Selector::Wildcard);
                if wild || segment.selectors.iter().any(|selector| means(selector, member)) {
                    found(self, id);
                }
            }
        }
    }
}

/// The members of the nodes that some segments select, or of all below them.
fn members<'n>(segments: &[Segment], descendant: bool, root: &'n Node) -> Vec<(&'n Member, usize)> {
    let query = Query { text: String::new(), segments: segments.to_vec() };
    let mut all = Vec::new();
    for node in select(&query, root) {
        let nodes = if descendant { node.descendants() } else { vec![node] };
        for node in nodes {
            if let Kind::Object(members) = &node.kind {
                all.extend(members.iter().map(|member| (member, member.value.id)));
            }
        }
    }
    all
}

/// Whether a selector is the name of a member.
fn means(selector: &Selector, member: &Member) -> bool {
    match (selector, &member.name.decoded) {
        (Selector::Name(name), Some(text)) => name == text,
        (Selector::Loose(name), Some(text)) => fits(name, text),
        _ => false,
    }
}
