//! The naive masker: parses whole documents, marks what each rule selects, prints.

use meshveil_body::Framing;
use meshveil_json::{Report, Rule, StreamError};
use meshveil_mask::{Container, Context, Keys, Mask, Output, Sink, Value};
use meshveil_plan::Limits;

use crate::select::select;
use crate::tree::{Kind, Node, parse};

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
    let roots = parse(bytes, framing, limits)?;
    let keys = Keys::new(crate::KEY.as_bytes());
    let masks = rules.iter().map(|rule| rule.mask.compile(&rule.id, &keys).expect("a mask that compiles")).collect();
    let report = Report { masked: vec![0; rules.len()], bytes_in: bytes.len() as u64, ..Report::default() };
    let mut printer = Printer { bytes, rules, masks, limits, own: Vec::new(), report, out: Vec::new() };
    let mut end = 0;
    for root in &roots {
        printer.out.extend_from_slice(&bytes[end..root.span.start]);
        printer.own = winners(rules, root);
        printer.root(root);
        printer.report.documents += 1;
        end = root.span.end;
    }
    printer.out.extend_from_slice(&bytes[end..]);
    Ok(Masked { bytes: printer.out, report: printer.report })
}

/// For each node, by its number, the strictest of the rules that select it.
fn winners(rules: &[Rule], root: &Node) -> Vec<Option<usize>> {
    let mut own = vec![None; root.descendants().len()];
    for (index, rule) in rules.iter().enumerate() {
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
        for child in node.children() {
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
                self.out.extend_from_slice(&self.bytes[before..child.span.start]);
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
}
