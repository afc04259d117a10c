//! Values in comparisons: RFC 9535, section 2.3.5.2.2, on a tape.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::Literal;
use super::evaluate::{Evaluation, Stop, Value};
use super::number;
use crate::tape::{Kind, NodeId};

/// A value taken apart for a comparison.
enum Comparable<'a> {
    Nothing,
    Null,
    Bool(bool),
    Number(Cow<'a, [u8]>),
    String(Cow<'a, str>),
    /// A string with a lone surrogate.
    BrokenString,
    Container(NodeId),
}

impl<'d> Evaluation<'d, '_> {
    fn comparable<'a>(&mut self, value: Value<'a>) -> Result<Comparable<'a>, Stop>
    where
        'd: 'a,
    {
        let id = match value {
            Value::Nothing => return Ok(Comparable::Nothing),
            Value::Literal(Literal::Null) => return Ok(Comparable::Null),
            Value::Literal(Literal::Bool(value)) => return Ok(Comparable::Bool(*value)),
            Value::Literal(Literal::Number(text)) => {
                return Ok(Comparable::Number(Cow::Borrowed(text.as_bytes())));
            }
            Value::Literal(Literal::String(text)) => {
                return Ok(Comparable::String(Cow::Borrowed(text)));
            }
            Value::Size(size) => {
                return Ok(Comparable::Number(Cow::Owned(size.to_string().into_bytes())));
            }
            Value::Node(id) => id,
        };
        Ok(match self.document.kind(id) {
            Kind::Null => Comparable::Null,
            Kind::False => Comparable::Bool(false),
            Kind::True => Comparable::Bool(true),
            Kind::Number => Comparable::Number(Cow::Borrowed(self.document.raw(id))),
            Kind::String => {
                self.charge_text(self.document.span(id).len())?;
                self.document.string(id).map_or(Comparable::BrokenString, Comparable::String)
            }
            Kind::Array | Kind::Object => Comparable::Container(id),
        })
    }

    /// The text of a string, `None` for anything else.
    pub(super) fn text<'a>(&mut self, value: Value<'a>) -> Result<Option<Cow<'a, str>>, Stop>
    where
        'd: 'a,
    {
        match self.comparable(value)? {
            Comparable::String(text) => Ok(Some(text)),
            Comparable::BrokenString => Err(Stop::Ambiguous),
            _ => Ok(None),
        }
    }

    /// `left < right`.
    pub(super) fn less(&mut self, left: Value<'_>, right: Value<'_>) -> Result<bool, Stop> {
        self.charge(1)?;
        match (self.comparable(left)?, self.comparable(right)?) {
            (Comparable::Number(left), Comparable::Number(right)) => Ok(self.numbers(&left, &right)? == Ordering::Less),
            (Comparable::String(left), Comparable::String(right)) => {
                self.charge_text(left.len().min(right.len()))?;
                // UTF-8 sorts as Unicode scalar values do.
                Ok(left < right)
            }
            (Comparable::BrokenString, Comparable::BrokenString | Comparable::String(_))
            | (Comparable::String(_), Comparable::BrokenString) => Err(Stop::Ambiguous),
            _ => Ok(false),
        }
    }

    /// `left == right`, through all levels, without recursion.
    pub(super) fn equal(&mut self, left: Value<'_>, right: Value<'_>) -> Result<bool, Stop> {
        let mut pairs = Vec::new();
        if !self.equal_one(left, right, &mut pairs)? {
            return Ok(false);
        }
        while let Some((left, right)) = pairs.pop() {
            if !self.equal_one(Value::Node(left), Value::Node(right), &mut pairs)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Equality of one level; children still to be compared go to `pairs`.
    fn equal_one(
        &mut self,
        left: Value<'_>,
        right: Value<'_>,
        pairs: &mut Vec<(NodeId, NodeId)>,
    ) -> Result<bool, Stop> {
        self.charge(1)?;
        match (self.comparable(left)?, self.comparable(right)?) {
            (Comparable::Nothing, Comparable::Nothing) | (Comparable::Null, Comparable::Null) => Ok(true),
            (Comparable::Bool(left), Comparable::Bool(right)) => Ok(left == right),
            (Comparable::Number(left), Comparable::Number(right)) => {
                Ok(self.numbers(&left, &right)? == Ordering::Equal)
            }
            (Comparable::String(left), Comparable::String(right)) => {
                self.charge_text(left.len().min(right.len()))?;
                Ok(left == right)
            }
            (Comparable::BrokenString, Comparable::BrokenString | Comparable::String(_))
            | (Comparable::String(_), Comparable::BrokenString) => Err(Stop::Ambiguous),
            (Comparable::Container(left), Comparable::Container(right)) => self.containers(left, right, pairs),
            _ => Ok(false),
        }
    }

    fn containers(&mut self, left: NodeId, right: NodeId, pairs: &mut Vec<(NodeId, NodeId)>) -> Result<bool, Stop> {
        match (self.document.kind(left), self.document.kind(right)) {
            (Kind::Array, Kind::Array) => {
                let length = self.document.child_count(left);
                if length != self.document.child_count(right) {
                    return Ok(false);
                }
                self.charge(u64::from(length))?;
                pairs.extend(self.document.children(left).zip(self.document.children(right)));
                Ok(true)
            }
            (Kind::Object, Kind::Object) => {
                let left = self.sorted_members(left)?;
                let right = self.sorted_members(right)?;
                let same_names =
                    left.len() == right.len() && left.iter().zip(&right).all(|(left, right)| left.0 == right.0);
                if same_names {
                    pairs.extend(left.iter().zip(&right).map(|(left, right)| (left.1, right.1)));
                }
                Ok(same_names)
            }
            _ => Ok(false),
        }
    }

    fn numbers(&mut self, left: &[u8], right: &[u8]) -> Result<Ordering, Stop> {
        self.charge_text(left.len().saturating_add(right.len()))?;
        number::compare(left, right).ok_or(Stop::Ambiguous)
    }

    /// Stops when readers may see different members in an object.
    pub(super) fn check_names(&mut self, node: NodeId) -> Result<(), Stop> {
        if self.document.kind(node) == Kind::Object {
            self.sorted_members(node)?;
        }
        Ok(())
    }

    /// The members of an object by name; stops when a name comes twice or holds a lone surrogate.
    fn sorted_members(&mut self, object: NodeId) -> Result<Vec<(Cow<'d, str>, NodeId)>, Stop> {
        let count = self.document.child_count(object);
        let rounds = u64::from(count.checked_ilog2().unwrap_or(0)) + 1;
        let mut members = Vec::new();
        for child in self.document.children(object) {
            let length = self.document.raw_key(child).map_or(0, <[u8]>::len);
            self.charge((1 + length as u64 / 16).saturating_mul(rounds))?;
            members.push((self.document.key(child).ok_or(Stop::Ambiguous)?, child));
        }
        members.sort_unstable();
        let twice = members.iter().zip(members.iter().skip(1)).any(|(left, right)| left.0 == right.0);
        if twice { Err(Stop::Ambiguous) } else { Ok(members) }
    }
}
