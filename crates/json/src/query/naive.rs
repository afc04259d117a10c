//! A plain evaluator over `serde_json::Value`, the twin that tests compare with. Documents have no duplicate names.

use serde_json::Value;
use std::cmp::Ordering;

use super::{Filter, FilterQuery, Literal, Operand, Operator, Query, Segment, Selector};

/// A node and its normalized path.
pub(super) type Node<'v> = (String, &'v Value);

/// The selected nodes with their normalized paths (RFC 9535, section 2.7), duplicates included.
pub(super) fn select<'v>(query: &Query, root: &'v Value) -> Vec<Node<'v>> {
    walk(&query.segments, root, ("$".to_owned(), root))
}

fn walk<'v>(segments: &[Segment], root: &'v Value, from: Node<'v>) -> Vec<Node<'v>> {
    let mut nodes = vec![from];
    for segment in segments {
        let mut next = Vec::new();
        for node in nodes {
            let inputs = if segment.descendant { descendants(node) } else { vec![node] };
            for input in inputs {
                for selector in &segment.selectors {
                    next.extend(apply(selector, root, &input));
                }
            }
        }
        nodes = next;
    }
    nodes
}

fn children<'v>((path, value): &Node<'v>) -> Vec<Node<'v>> {
    match value {
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(index, element)| (format!("{path}[{index}]"), element)).collect()
        }
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| {
                let step =
                    Segment { descendant: false, selectors: vec![Selector::Wildcard, Selector::Name(name.clone())] };
                // With two selectors the name is spelled in brackets.
                let step = step.to_string().replacen("[*,", "[", 1);
                (format!("{path}{step}"), member)
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn descendants<'v>(node: Node<'v>) -> Vec<Node<'v>> {
    let below: Vec<_> = children(&node).into_iter().flat_map(descendants).collect();
    std::iter::once(node).chain(below).collect()
}

fn apply<'v>(selector: &Selector, root: &'v Value, node: &Node<'v>) -> Vec<Node<'v>> {
    let all = children(node);
    let length = i64::try_from(all.len()).unwrap();
    let at = |index: i64| all.get(usize::try_from(index).ok()?).cloned();
    match selector {
        Selector::Wildcard => all,
        Selector::Name(name) => match node.1 {
            Value::Object(members) => {
                let position = members.keys().position(|key| key == name);
                position.map(|position| all[position].clone()).into_iter().collect()
            }
            _ => Vec::new(),
        },
        _ if matches!(selector, Selector::Filter(_)) => {
            let Selector::Filter(filter) = selector else { unreachable!() };
            all.into_iter().filter(|child| test(filter, root, child.1)).collect()
        }
        _ if !node.1.is_array() => Vec::new(),
        Selector::Index(index) => at(if *index < 0 { length + index } else { *index }).into_iter().collect(),
        // As in the pseudo code of section 2.3.4.2.2: a loop, not a test per index.
        Selector::Slice { start, end, step } => {
            let normalize = |index: i64| if index >= 0 { index } else { length + index };
            let mut selected = Vec::new();
            if *step > 0 {
                let lower = start.map_or(0, normalize).clamp(0, length);
                let upper = end.map_or(length, normalize).clamp(0, length);
                let mut index = lower;
                while index < upper {
                    selected.extend(at(index));
                    index += step;
                }
            } else if *step < 0 {
                let upper = start.map_or(length - 1, normalize).clamp(-1, length - 1);
                let lower = end.map_or(-1, normalize).clamp(-1, length - 1);
                let mut index = upper;
                while index > lower {
                    selected.extend(at(index));
                    index += step;
                }
            }
            selected
        }
        Selector::Loose(_) | Selector::Filter(_) => unreachable!(),
    }
}

/// Whether a filter is true for `current`.
pub(super) fn test(filter: &Filter, root: &Value, current: &Value) -> bool {
    match filter {
        Filter::Or(parts) => parts.iter().any(|part| test(part, root, current)),
        Filter::And(parts) => parts.iter().all(|part| test(part, root, current)),
        Filter::Not(inner) => !test(inner, root, current),
        Filter::Exists(query) => !nodes(query, root, current).is_empty(),
        Filter::Compare { left, operator, right } => {
            let (left, right) = (operand(left, root, current), operand(right, root, current));
            let equal = match (&left, &right) {
                (Some(left), Some(right)) => equal(left, right),
                (left, right) => left == right,
            };
            let is = |wanted| {
                matches!((&left, &right), (Some(left), Some(right))
                    if order(left, right) == Some(wanted))
            };
            match operator {
                Operator::Equal => equal,
                Operator::NotEqual => !equal,
                Operator::Less => is(Ordering::Less),
                Operator::LessOrEqual => equal || is(Ordering::Less),
                Operator::Greater => is(Ordering::Greater),
                Operator::GreaterOrEqual => equal || is(Ordering::Greater),
            }
        }
        Filter::Matches { subject, pattern } => match operand(subject, root, current) {
            Some(Value::String(text)) => pattern.is_match(&text),
            _ => false,
        },
    }
}

fn nodes<'v>(query: &FilterQuery, root: &'v Value, current: &'v Value) -> Vec<&'v Value> {
    let from = if query.absolute { root } else { current };
    walk(&query.segments, root, (String::new(), from)).into_iter().map(|(_, value)| value).collect()
}

/// `None` is Nothing.
fn operand(operand_: &Operand, root: &Value, current: &Value) -> Option<Value> {
    let only = |query: &FilterQuery| match nodes(query, root, current).as_slice() {
        [only] => Some((*only).clone()),
        _ => None,
    };
    match operand_ {
        Operand::Literal(Literal::Null) => Some(Value::Null),
        Operand::Literal(Literal::Bool(value)) => Some(Value::Bool(*value)),
        Operand::Literal(Literal::Number(text)) => serde_json::from_str(text).ok(),
        Operand::Literal(Literal::String(text)) => Some(Value::String(text.clone())),
        Operand::Singular(query) | Operand::Value(query) => only(query),
        Operand::Count(query) => Some(nodes(query, root, current).len().into()),
        Operand::Length(inner) => match operand(inner, root, current)? {
            Value::String(text) => Some(text.chars().count().into()),
            Value::Array(elements) => Some(elements.len().into()),
            Value::Object(members) => Some(members.len().into()),
            _ => None,
        },
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, left)| right.get(name).is_some_and(|right| equal(left, right)))
        }
        _ => left == right || order(left, right) == Some(Ordering::Equal),
    }
}
