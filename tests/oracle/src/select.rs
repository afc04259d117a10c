//! What a query selects: RFC 9535 by brute force, on a tree with duplicate names.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use meshveil_json::query::{Filter, FilterQuery, Literal, LooseName, Operand, Operator, Query, Segment, Selector};

use crate::number;
use crate::tree::{Kind, Member, Node};

/// Two readers may see different values here.
#[derive(Debug)]
struct Ambiguous;

type Answer<T> = Result<T, Ambiguous>;

/// The selected nodes, in the order of RFC 9535, as often as they are selected.
#[must_use]
pub fn select<'a>(query: &Query, root: &'a Node) -> Vec<&'a Node> {
    walk(&query.segments, root, root, Inside::Query, usize::MAX).unwrap_or_else(|Ambiguous| vec![root])
}

/// Whether nodes are looked for by the query itself, which selects all members of a name, or by a filter, which must not
/// have to choose.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Query,
    Filter,
}

/// At most about `most` nodes: what comes after them in the document is not looked at, so it makes nothing ambiguous.
fn walk<'a>(
    segments: &[Segment],
    from: &'a Node,
    root: &'a Node,
    inside: Inside,
    most: usize,
) -> Answer<Vec<&'a Node>> {
    let mut nodes = vec![from];
    for (index, segment) in segments.iter().enumerate() {
        let most = if index + 1 == segments.len() { most } else { usize::MAX };
        let mut next = Vec::new();
        for node in nodes {
            let starts = if segment.descendant { node.descendants() } else { vec![node] };
            for start in starts {
                if next.len() >= most {
                    break;
                }
                if segment.descendant {
                    unambiguous(start, inside)?;
                }
                for selector in &segment.selectors {
                    apply(selector, start, root, inside, most, &mut next)?;
                }
            }
        }
        nodes = next;
    }
    Ok(nodes)
}

fn apply<'a>(
    selector: &Selector,
    node: &'a Node,
    root: &'a Node,
    inside: Inside,
    most: usize,
    selected: &mut Vec<&'a Node>,
) -> Answer<()> {
    match (selector, &node.kind) {
        (Selector::Name(name), Kind::Object(members)) => {
            let named = members.iter().filter(|member| member.name.decoded.as_ref() == Some(name));
            let named: Vec<&Node> = named.map(|member| &member.value).collect();
            let unreadable = members.iter().any(|member| member.name.decoded.is_none());
            if inside == Inside::Filter && (named.len() > 1 || unreadable) {
                return Err(Ambiguous);
            }
            selected.extend(named);
        }
        (Selector::Loose(name), Kind::Object(members)) => {
            let fits = |member: &&Member| member.name.decoded.as_ref().is_some_and(|text| fits(name, text));
            selected.extend(members.iter().filter(fits).map(|member| &member.value));
        }
        (Selector::Wildcard, _) => {
            unambiguous(node, inside)?;
            selected.extend(node.children());
        }
        (Selector::Index(index), Kind::Array(elements)) => {
            let length = elements.len() as i64;
            let index = if *index < 0 { index + length } else { *index };
            selected.extend(usize::try_from(index).ok().and_then(|index| elements.get(index)));
        }
        (Selector::Slice { start, end, step }, Kind::Array(elements)) => {
            let indices = slice(*start, *end, *step, elements.len() as i64);
            selected.extend(indices.into_iter().map(|index| &elements[index as usize]));
        }
        (Selector::Filter(filter), Kind::Array(_) | Kind::Object(_)) => {
            unambiguous(node, inside)?;
            for child in node.children() {
                if selected.len() >= most {
                    break;
                }
                let test = evaluate(filter, child, root);
                let test = if inside == Inside::Query { test.unwrap_or(true) } else { test? };
                if test {
                    selected.push(child);
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whether a name without case is meant, for the names of generated documents.
#[must_use]
pub fn fits(loose: &LooseName, name: &str) -> bool {
    let name = name.to_lowercase();
    if loose.is_ending() { name.ends_with(loose.text()) } else { name == loose.text() }
}

/// RFC 9535, section 2.3.4.2.2, in the order of the text.
fn slice(start: Option<i64>, end: Option<i64>, step: i64, length: i64) -> Vec<i64> {
    let normalize = |index: i64| if index >= 0 { index } else { length + index };
    let mut selected = Vec::new();
    match step.cmp(&0) {
        Ordering::Equal => {}
        Ordering::Greater => {
            let lower = normalize(start.unwrap_or(0)).clamp(0, length);
            let upper = normalize(end.unwrap_or(length)).clamp(0, length);
            let mut index = lower;
            while index < upper {
                selected.push(index);
                index += step;
            }
        }
        Ordering::Less => {
            let upper = normalize(start.unwrap_or(length - 1)).clamp(-1, length - 1);
            let lower = end.map_or(-1, |end| normalize(end).clamp(-1, length - 1));
            let mut index = upper;
            while lower < index {
                selected.push(index);
                index += step;
            }
        }
    }
    selected
}

/// In a filter, the members of an object with a name twice or a name that is not text cannot be walked for certain.
fn unambiguous(node: &Node, inside: Inside) -> Answer<()> {
    let Kind::Object(members) = &node.kind else { return Ok(()) };
    if inside == Inside::Query {
        return Ok(());
    }
    let mut seen: Vec<&str> = Vec::new();
    for Member { name, .. } in members {
        let Some(name) = &name.decoded else { return Err(Ambiguous) };
        if seen.contains(&name.as_str()) {
            return Err(Ambiguous);
        }
        seen.push(name);
    }
    Ok(())
}

fn evaluate(filter: &Filter, current: &Node, root: &Node) -> Answer<bool> {
    match filter {
        Filter::Or(parts) => {
            for part in parts {
                if evaluate(part, current, root)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Filter::And(parts) => {
            for part in parts {
                if !evaluate(part, current, root)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Filter::Not(inner) => evaluate(inner, current, root).map(|inner| !inner),
        Filter::Exists(query) => nodes(query, current, root, 1).map(|nodes| !nodes.is_empty()),
        Filter::Compare { left, operator, right } => {
            let left = value(left, current, root)?;
            let right = value(right, current, root)?;
            let reverse = matches!(operator, Operator::Greater | Operator::GreaterOrEqual);
            let (first, second) = if reverse { (&right, &left) } else { (&left, &right) };
            match operator {
                Operator::Equal => equal(first, second),
                Operator::NotEqual => equal(first, second).map(|equal| !equal),
                Operator::Less | Operator::Greater => less(first, second),
                Operator::LessOrEqual | Operator::GreaterOrEqual => Ok(less(first, second)? || equal(first, second)?),
            }
        }
        Filter::Matches { subject, pattern } => match value(subject, current, root)? {
            Some(Value { kind: Kind::String(text) }) => {
                text.decoded.as_ref().map(|text| pattern.is_match(text)).ok_or(Ambiguous)
            }
            _ => Ok(false),
        },
    }
}

/// A value without its place.
#[derive(Debug, Clone)]
struct Value {
    kind: Kind,
}

fn nodes<'a>(query: &FilterQuery, current: &'a Node, root: &'a Node, most: usize) -> Answer<Vec<&'a Node>> {
    walk(&query.segments, if query.absolute { root } else { current }, root, Inside::Filter, most)
}

/// `None` is Nothing.
fn value(operand: &Operand, current: &Node, root: &Node) -> Answer<Option<Value>> {
    let count = |count: usize| Ok(Some(Value { kind: Kind::Number(count.to_string()) }));
    match operand {
        Operand::Literal(literal) => Ok(Some(Value {
            kind: match literal {
                Literal::Null => Kind::Null,
                Literal::Bool(boolean) => Kind::Boolean(*boolean),
                Literal::Number(number) => Kind::Number(number.clone()),
                Literal::String(text) => Kind::String(crate::tree::Text {
                    spelled: text.clone(),
                    decoded: Some(text.clone()),
                    lossy: text.clone(),
                }),
            },
        })),
        Operand::Singular(query) | Operand::Value(query) => Ok(match nodes(query, current, root, 2)?.as_slice() {
            [node] => Some(Value { kind: node.kind.clone() }),
            _ => None,
        }),
        Operand::Count(query) => count(nodes(query, current, root, usize::MAX)?.len()),
        Operand::Length(inner) => match value(inner, current, root)? {
            Some(Value { kind: Kind::String(text) }) => count(text.decoded.ok_or(Ambiguous)?.chars().count()),
            Some(Value { kind: Kind::Array(elements) }) => count(elements.len()),
            Some(Value { kind: kind @ Kind::Object(_) }) => {
                let node = Node { id: 0, span: 0..0, kind };
                unambiguous(&node, Inside::Filter)?;
                count(node.children().len())
            }
            _ => Ok(None),
        },
    }
}

fn equal(left: &Option<Value>, right: &Option<Value>) -> Answer<bool> {
    match (left, right) {
        (None, None) => Ok(true),
        (Some(left), Some(right)) => equal_kinds(&left.kind, &right.kind),
        _ => Ok(false),
    }
}

/// Children are compared from the last to the first, those of objects in the order of their names. RFC 9535 leaves the
/// order open; it decides only whether a difference or something ambiguous is found first.
fn equal_kinds(left: &Kind, right: &Kind) -> Answer<bool> {
    match (left, right) {
        (Kind::Null, Kind::Null) => Ok(true),
        (Kind::Boolean(left), Kind::Boolean(right)) => Ok(left == right),
        (Kind::Number(left), Kind::Number(right)) => {
            number::compare(left, right).map(|order| order == Ordering::Equal).ok_or(Ambiguous)
        }
        (Kind::String(left), Kind::String(right)) => match (&left.decoded, &right.decoded) {
            (Some(left), Some(right)) => Ok(left == right),
            _ => Err(Ambiguous),
        },
        (Kind::Array(left), Kind::Array(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right).rev() {
                if !equal_kinds(&left.kind, &right.kind)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Kind::Object(left_members), Kind::Object(right_members)) => {
            for kind in [left, right] {
                unambiguous(&Node { id: 0, span: 0..0, kind: kind.clone() }, Inside::Filter)?;
            }
            let by_name = |members: &[Member]| -> BTreeMap<Option<String>, Kind> {
                members.iter().map(|member| (member.name.decoded.clone(), member.value.kind.clone())).collect()
            };
            let (left, right) = (by_name(left_members), by_name(right_members));
            if !left.keys().eq(right.keys()) {
                return Ok(false);
            }
            for (left, right) in left.values().zip(right.values()).rev() {
                if !equal_kinds(left, right)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn less(left: &Option<Value>, right: &Option<Value>) -> Answer<bool> {
    match (left.as_ref().map(|left| &left.kind), right.as_ref().map(|right| &right.kind)) {
        (Some(Kind::Number(left)), Some(Kind::Number(right))) => {
            number::compare(left, right).map(|order| order == Ordering::Less).ok_or(Ambiguous)
        }
        (Some(Kind::String(left)), Some(Kind::String(right))) => match (&left.decoded, &right.decoded) {
            (Some(left), Some(right)) => Ok(left < right),
            _ => Err(Ambiguous),
        },
        _ => Ok(false),
    }
}
