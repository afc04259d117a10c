//! Evaluation of filters on a tape: RFC 9535, section 2.3.5.2, within a budget, failing closed where readers of JSON
//! differ.
//!
//! A document can be written so that two readers see different values. If the filter looks at such a place, it is
//! TRUE as a whole, so that the value is masked:
//! - a name is looked up, or members are walked or counted, in an object that has a decoded name twice;
//! - the same in an object with a name that holds a lone surrogate (readers reject, replace or drop it);
//! - a string with a lone surrogate is compared with a string, measured or matched;
//! - numbers whose exact values compare otherwise than their doubles.
//!
//! `&&` and `||` go from left to right and stop where the answer is known, so that a part that decides alone is not
//! made ambiguous by a later one.

use super::{Filter, FilterQuery, Literal, Operand, Operator, Segment, Selector, slice_selects};
use crate::tape::{Document, Kind, NodeId};

/// The budget was spent before the answer was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a look-ahead query took too many steps")]
pub struct OutOfSteps;

/// Why an evaluation ends without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Ambiguous,
    OutOfSteps,
}

/// A value in a comparison.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Nothing,
    Node(NodeId),
    Literal(&'a Literal),
    Size(u64),
}

/// Steps for a node that has to be kept in a list, more than for one that is only visited, so that the budget bounds
/// memory, too.
const KEPT: u64 = 8;

/// Whether `filter` is true for `current` (`@`) in the document whose `$` is `root`. Every node, block of bytes and run
/// of a pattern is taken off `budget`.
///
/// # Errors
/// [`OutOfSteps`] when the budget is spent; it is 0 then.
pub fn test(
    filter: &Filter,
    document: Document<'_>,
    root: NodeId,
    current: NodeId,
    budget: &mut u64,
) -> Result<bool, OutOfSteps> {
    match (Evaluation { document, root, budget }).filter(filter, current) {
        Ok(answer) => Ok(answer),
        Err(Stop::Ambiguous) => Ok(true),
        Err(Stop::OutOfSteps) => Err(OutOfSteps),
    }
}

pub(super) struct Evaluation<'d, 'b> {
    pub(super) document: Document<'d>,
    root: NodeId,
    budget: &'b mut u64,
}

impl Evaluation<'_, '_> {
    pub(super) fn charge(&mut self, steps: u64) -> Result<(), Stop> {
        match self.budget.checked_sub(steps) {
            Some(left) => {
                *self.budget = left;
                Ok(())
            }
            None => {
                *self.budget = 0;
                Err(Stop::OutOfSteps)
            }
        }
    }

    /// Charges for reading text: one step, and one more for each 16 bytes.
    pub(super) fn charge_text(&mut self, bytes: usize) -> Result<(), Stop> {
        self.charge(1 + bytes as u64 / 16)
    }

    /// Recursion is bounded by the nesting of the query, not by the document.
    fn filter(&mut self, filter: &Filter, current: NodeId) -> Result<bool, Stop> {
        self.charge(1)?;
        match filter {
            Filter::Or(parts) => {
                for part in parts {
                    if self.filter(part, current)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Filter::And(parts) => {
                for part in parts {
                    if !self.filter(part, current)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Filter::Not(inner) => Ok(!self.filter(inner, current)?),
            Filter::Exists(query) if query.is_singular() => Ok(self.singular(query, current)?.is_some()),
            Filter::Exists(query) => Ok(!self.nodes(query, current, 1)?.is_empty()),
            Filter::Compare { left, operator, right } => {
                let left = self.operand(left, current)?;
                let right = self.operand(right, current)?;
                match operator {
                    Operator::Equal => self.equal(left, right),
                    Operator::NotEqual => Ok(!self.equal(left, right)?),
                    Operator::Less => self.less(left, right),
                    Operator::Greater => self.less(right, left),
                    Operator::LessOrEqual => Ok(self.less(left, right)? || self.equal(left, right)?),
                    Operator::GreaterOrEqual => Ok(self.less(right, left)? || self.equal(left, right)?),
                }
            }
            Filter::Matches { subject, pattern } => {
                let subject = self.operand(subject, current)?;
                let Some(text) = self.text(subject)? else {
                    return Ok(false);
                };
                self.charge(pattern.cost(text.len()))?;
                Ok(pattern.is_match(&text))
            }
        }
    }

    fn operand<'f>(&mut self, operand: &'f Operand, current: NodeId) -> Result<Value<'f>, Stop> {
        let node = |found: Option<NodeId>| found.map_or(Value::Nothing, Value::Node);
        match operand {
            Operand::Literal(literal) => Ok(Value::Literal(literal)),
            Operand::Singular(query) => self.singular(query, current).map(node),
            Operand::Count(query) => Ok(Value::Size(self.nodes(query, current, usize::MAX)?.len() as u64)),
            Operand::Value(query) => match self.nodes(query, current, 2)?.as_slice() {
                [only] => Ok(Value::Node(*only)),
                _ => Ok(Value::Nothing),
            },
            Operand::Length(inner) => {
                let inner = self.operand(inner, current)?;
                self.length(inner)
            }
        }
    }

    /// `length()`: RFC 9535, section 2.4.4.
    fn length<'f>(&mut self, value: Value<'f>) -> Result<Value<'f>, Stop> {
        if let Value::Node(id) = value
            && self.document.kind(id).is_container()
        {
            self.check_names(id)?;
            return Ok(Value::Size(u64::from(self.document.child_count(id))));
        }
        Ok(match self.text(value)? {
            Some(text) => Value::Size(text.chars().count() as u64),
            None => Value::Nothing,
        })
    }

    const fn origin(&self, query: &FilterQuery, current: NodeId) -> NodeId {
        if query.absolute { self.root } else { current }
    }

    /// The node of a singular query.
    fn singular(&mut self, query: &FilterQuery, current: NodeId) -> Result<Option<NodeId>, Stop> {
        let mut node = self.origin(query, current);
        for selector in query.segments.iter().flat_map(|segment| &segment.selectors) {
            let found = match selector {
                Selector::Name(name) => self.member(node, name)?,
                Selector::Index(index) => self.element(node, *index)?,
                _ => None,
            };
            match found {
                Some(found) => node = found,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    /// The nodes of a query, at most `limit` of them, in no particular order.
    fn nodes(&mut self, query: &FilterQuery, current: NodeId, limit: usize) -> Result<Vec<NodeId>, Stop> {
        let mut nodes = vec![self.origin(query, current)];
        for (index, segment) in query.segments.iter().enumerate() {
            let limit = if index + 1 == query.segments.len() { limit } else { usize::MAX };
            let mut selected = Vec::new();
            for node in nodes {
                self.segment(segment, node, limit, &mut selected)?;
                if selected.len() >= limit {
                    break;
                }
            }
            nodes = selected;
        }
        Ok(nodes)
    }

    fn segment(&mut self, segment: &Segment, node: NodeId, limit: usize, out: &mut Vec<NodeId>) -> Result<(), Stop> {
        let mut next = node;
        let end =
            if segment.descendant { self.document.after(node) } else { NodeId::at(node.number().saturating_add(1)) };
        while next < end && out.len() < limit {
            self.charge(1)?;
            if self.document.kind(next).is_container() {
                if segment.descendant {
                    self.check_names(next)?;
                }
                for selector in &segment.selectors {
                    self.selector(selector, next, limit, out)?;
                }
            }
            next = NodeId::at(next.number().saturating_add(1));
        }
        Ok(())
    }

    fn selector(&mut self, selector: &Selector, node: NodeId, limit: usize, out: &mut Vec<NodeId>) -> Result<(), Stop> {
        let slice = match selector {
            Selector::Name(name) => {
                let found = self.member(node, name)?;
                return self.keep(found, out);
            }
            Selector::Index(index) => {
                let found = self.element(node, *index)?;
                return self.keep(found, out);
            }
            Selector::Slice { .. } if self.document.kind(node) != Kind::Array => return Ok(()),
            Selector::Slice { start, end, step } => Some((*start, *end, *step)),
            Selector::Wildcard | Selector::Loose(_) | Selector::Filter(_) => {
                self.check_names(node)?;
                None
            }
        };
        let length = u64::from(self.document.child_count(node));
        for (index, child) in (0_u64..).zip(self.document.children(node)) {
            if out.len() >= limit {
                break;
            }
            self.charge(1)?;
            let selected = match (selector, slice) {
                (Selector::Filter(filter), _) => self.filter(filter, child)?,
                (Selector::Loose(name), _) => self.document.key(child).is_some_and(|key| name.fits(&key)),
                (_, Some((start, end, step))) => slice_selects(start, end, step, Some(length), index) == Some(true),
                _ => true,
            };
            if selected {
                self.keep(Some(child), out)?;
            }
        }
        Ok(())
    }

    fn keep(&mut self, found: Option<NodeId>, out: &mut Vec<NodeId>) -> Result<(), Stop> {
        if let Some(found) = found {
            self.charge(KEPT)?;
            out.push(found);
        }
        Ok(())
    }

    /// The member of that name. All members are looked at: the name may come twice.
    fn member(&mut self, node: NodeId, name: &str) -> Result<Option<NodeId>, Stop> {
        if self.document.kind(node) != Kind::Object {
            return Ok(None);
        }
        let mut found = None;
        for child in self.document.children(node) {
            let is_named = if self.document.key_is_escaped(child) {
                self.charge_text(self.document.raw_key(child).map_or(0, <[u8]>::len))?;
                *self.document.key(child).ok_or(Stop::Ambiguous)? == *name
            } else {
                self.charge(1)?;
                self.document.key_equals(child, name)
            };
            if is_named && found.replace(child).is_some() {
                return Err(Stop::Ambiguous);
            }
        }
        Ok(found)
    }

    fn element(&mut self, node: NodeId, index: i64) -> Result<Option<NodeId>, Stop> {
        if self.document.kind(node) != Kind::Array {
            return Ok(None);
        }
        let length = i64::from(self.document.child_count(node));
        let index = if index < 0 { length.saturating_add(index) } else { index };
        if !(0..length).contains(&index) {
            return Ok(None);
        }
        self.charge(1 + index.unsigned_abs())?;
        Ok(self.document.children(node).nth(usize::try_from(index).unwrap_or(usize::MAX)))
    }
}
