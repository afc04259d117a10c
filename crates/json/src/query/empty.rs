//! Selectors that select nothing, whatever the document is.

use std::cmp::Ordering;

use super::{Filter, FilterQuery, Literal, Operand, Operator, Query, Selector, number};

/// A selector that selects nothing in any document without duplicate names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Empty {
    /// How the selector is spelled.
    pub selector: String,
    /// Why it selects nothing.
    pub reason: EmptyReason,
    /// Whether the whole query therefore selects nothing, too.
    pub whole: bool,
}

/// Why a selector selects nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmptyReason {
    /// A slice with a step of 0 (RFC 9535, section 2.3.4.2.2).
    StepOfZero,
    /// A slice that ends before it begins, for arrays of any length.
    EmptyRange,
    /// A filter that is false for every value.
    NeverTrue,
    /// A filter that only holds for scalars, and a segment after it that asks for their children.
    NoChildren,
}

impl Query {
    /// Every selector that cannot select anything. A selector that is not listed may still never select.
    #[must_use]
    pub fn empty_selectors(&self) -> Vec<Empty> {
        let mut found = Vec::new();
        for (at, segment) in self.segments.iter().enumerate() {
            let has_more = at + 1 < self.segments.len();
            let empty = |selector: &Selector| Some((selector.to_string(), reason(selector, has_more)?));
            let of: Vec<_> = segment.selectors.iter().filter_map(empty).collect();
            let whole = of.len() == segment.selectors.len();
            found.extend(of.into_iter().map(|(selector, reason)| Empty { selector, reason, whole }));
        }
        found
    }
}

fn reason(selector: &Selector, has_more: bool) -> Option<EmptyReason> {
    match selector {
        Selector::Slice { step: 0, .. } => Some(EmptyReason::StepOfZero),
        &Selector::Slice { start, end, step } if is_empty_slice(start, end, step) => Some(EmptyReason::EmptyRange),
        Selector::Filter(filter) if truth(filter) == Some(false) => Some(EmptyReason::NeverTrue),
        Selector::Filter(filter) if has_more && is_scalar(filter) => Some(EmptyReason::NoChildren),
        _ => None,
    }
}

/// Whether a slice is empty for arrays of every length; the step is not 0.
fn is_empty_slice(start: Option<i64>, end: Option<i64>, step: i64) -> bool {
    if step > 0 {
        match (start, end) {
            (_, None) => false,
            // What counts from the end can reach the first element.
            (Some(..0), Some(end @ 0..)) => end == 0,
            (Some(start @ ..0), Some(end)) => start >= end,
            (Some(_), Some(..0)) | (None, Some(..0)) => false,
            (start, Some(end)) => start.unwrap_or(0) >= end,
        }
    } else {
        match (start, end) {
            (_, None) => false,
            (Some(start @ 0..), Some(end @ 0..)) | (Some(start @ ..0), Some(end @ ..0)) => start <= end,
            // Nothing comes before the last element when counted down from it.
            (_, Some(end @ ..0)) => end == -1,
            (_, Some(_)) => false,
        }
    }
}

/// Whether a filter is true or false for every value; `None` where that depends on it, or is not clear.
fn truth(filter: &Filter) -> Option<bool> {
    match filter {
        Filter::Not(inner) => truth(inner).map(|truth| !truth),
        Filter::Or(parts) => {
            let parts: Vec<_> = parts.iter().map(truth).collect();
            if parts.contains(&Some(true)) {
                return Some(true);
            }
            parts.iter().all(|part| *part == Some(false)).then_some(false)
        }
        Filter::And(parts) => {
            let truths: Vec<_> = parts.iter().map(truth).collect();
            if truths.contains(&Some(false)) || contradict(parts) {
                return Some(false);
            }
            truths.iter().all(|part| *part == Some(true)).then_some(true)
        }
        Filter::Compare { left, right, operator } => compare(left, *operator, right),
        Filter::Exists(_) | Filter::Matches { .. } => None,
    }
}

fn compare(left: &Operand, operator: Operator, right: &Operand) -> Option<bool> {
    use Operator::{Greater, GreaterOrEqual, Less, LessOrEqual};
    match (left, right) {
        (Operand::Literal(left), Operand::Literal(right)) => holds(left, operator, right),
        // Nothing is less or greater than these (section 2.3.5.2.2).
        (Operand::Literal(Literal::Null | Literal::Bool(_)), _)
        | (_, Operand::Literal(Literal::Null | Literal::Bool(_)))
            if matches!(operator, Less | Greater) =>
        {
            Some(false)
        }
        (Operand::Length(_) | Operand::Count(_), Operand::Literal(literal)) => size(operator, literal),
        (Operand::Literal(literal), Operand::Length(_) | Operand::Count(_)) => {
            let turned = match operator {
                Less => Greater,
                LessOrEqual => GreaterOrEqual,
                Greater => Less,
                GreaterOrEqual => LessOrEqual,
                other => other,
            };
            size(turned, literal)
        }
        _ => None,
    }
}

/// A comparison of two literals.
fn holds(left: &Literal, operator: Operator, right: &Literal) -> Option<bool> {
    let order = match (left, right) {
        (Literal::Number(left), Literal::Number(right)) => Some(number::compare(left.as_bytes(), right.as_bytes())?),
        (Literal::String(left), Literal::String(right)) => Some(left.cmp(right)),
        (left, right) if left == right => Some(Ordering::Equal),
        _ => None,
    };
    let is_ordered = matches!(left, Literal::Number(_) | Literal::String(_));
    Some(match operator {
        Operator::Equal => order == Some(Ordering::Equal),
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::Less => is_ordered && order == Some(Ordering::Less),
        Operator::LessOrEqual => order == Some(Ordering::Equal) || (is_ordered && order == Some(Ordering::Less)),
        Operator::Greater => is_ordered && order == Some(Ordering::Greater),
        Operator::GreaterOrEqual => order == Some(Ordering::Equal) || (is_ordered && order == Some(Ordering::Greater)),
    })
}

/// Whether a size, which is never below 0, can never compare so.
fn size(operator: Operator, literal: &Literal) -> Option<bool> {
    let Literal::Number(text) = literal else { return None };
    let order = number::compare(text.as_bytes(), b"0")?;
    let never = match operator {
        Operator::Equal | Operator::LessOrEqual => order == Ordering::Less,
        Operator::Less => order != Ordering::Greater,
        _ => false,
    };
    never.then_some(false)
}

/// Whether two parts of a conjunction ask one value to be two.
fn contradict(parts: &[Filter]) -> bool {
    let bounds: Vec<(&FilterQuery, Operator, &Literal)> = parts.iter().filter_map(bound).collect();
    bounds.iter().enumerate().any(|(at, (query, operator, literal))| {
        let exclude = |&&(other, with, second): &&(&FilterQuery, Operator, &Literal)| {
            other == *query && excludes(*operator, literal, with, second)
        };
        bounds.iter().take(at).find(exclude).is_some()
    })
}

/// A comparison of one place with a literal, the place on the left.
fn bound(filter: &Filter) -> Option<(&FilterQuery, Operator, &Literal)> {
    match filter {
        Filter::Compare { left: Operand::Singular(query), operator, right: Operand::Literal(literal) } => {
            Some((query, *operator, literal))
        }
        Filter::Compare {
            left: Operand::Literal(literal),
            operator: Operator::Equal,
            right: Operand::Singular(query),
        } => Some((query, Operator::Equal, literal)),
        _ => None,
    }
}

fn excludes(operator: Operator, literal: &Literal, with: Operator, second: &Literal) -> bool {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    match (operator, with) {
        // What equals a literal compares as the literal does.
        (Equal, _) => holds(literal, with, second) == Some(false),
        (_, Equal) => holds(second, operator, literal) == Some(false),
        (Less, Greater | GreaterOrEqual) | (LessOrEqual, Greater) => holds(second, Less, literal) == Some(false),
        (Greater | GreaterOrEqual, Less) | (Greater, LessOrEqual) => holds(literal, Less, second) == Some(false),
        (LessOrEqual, GreaterOrEqual) => holds(second, LessOrEqual, literal) == Some(false),
        (GreaterOrEqual, LessOrEqual) => holds(literal, LessOrEqual, second) == Some(false),
        _ => false,
    }
}

/// Whether a filter holds only for values without children.
fn is_scalar(filter: &Filter) -> bool {
    let is_itself = |operand: &Operand| matches!(operand, Operand::Singular(FilterQuery { absolute: false, segments }) if segments.is_empty());
    match filter {
        Filter::And(parts) => parts.iter().any(is_scalar),
        Filter::Or(parts) => parts.iter().all(is_scalar),
        Filter::Compare { left, operator, right } => {
            let literal = |operand: &Operand| matches!(operand, Operand::Literal(_));
            *operator != Operator::NotEqual
                && ((is_itself(left) && literal(right)) || (literal(left) && is_itself(right)))
        }
        Filter::Matches { subject, .. } => is_itself(subject),
        Filter::Not(_) | Filter::Exists(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::slice_selects;

    fn reasons(query: &str) -> Vec<(EmptyReason, bool)> {
        let query = Query::parse(query).unwrap();
        query.empty_selectors().into_iter().map(|empty| (empty.reason, empty.whole)).collect()
    }

    #[test]
    fn a_slice_is_empty_when_no_array_gives_it_an_element() {
        let bounds: Vec<Option<i64>> = (-4..=4).map(Some).chain([None]).collect();
        for step in [-3, -2, -1, 1, 2, 3] {
            for &start in &bounds {
                for &end in &bounds {
                    let selects =
                        |len| (0..len).any(|index| slice_selects(start, end, step, Some(len), index) == Some(true));
                    let expected = !(0..12).any(selects);
                    assert_eq!(is_empty_slice(start, end, step), expected, "{start:?}:{end:?}:{step}");
                }
            }
        }
    }

    #[test]
    fn what_never_selects_is_found_with_its_reason() {
        use EmptyReason::{EmptyRange, NeverTrue, NoChildren, StepOfZero};
        for (query, reason) in [
            ("$.a[2:1].b", EmptyRange),
            ("$.a[0:0]", EmptyRange),
            ("$.a[-1:0]", EmptyRange),
            ("$.a[::0]", StepOfZero),
            ("$.a[?1 == 2]", NeverTrue),
            ("$.a[?'a' == 'b' || 1 > 2]", NeverTrue),
            ("$.a[?@.x == 1 && @.x == 2]", NeverTrue),
            ("$.a[?@.x > 5 && @.x < 4]", NeverTrue),
            ("$.a[?@.x > 5 && @.x <= 5]", NeverTrue),
            ("$.a[?@.x == 'a' && @.x < 'A']", NeverTrue),
            ("$.a[?@.x < true]", NeverTrue),
            ("$.a[?length(@.x) < 0]", NeverTrue),
            ("$.a[?0 > count(@.*)]", NeverTrue),
            ("$.a[?!(1 == 1)]", NeverTrue),
            ("$.a[?@ == 'x'].b", NoChildren),
            ("$.a[?match(@, 'x.*') && @ != 'xy'].b", NoChildren),
        ] {
            assert_eq!(reasons(query), [(reason, true)], "{query}");
        }
        assert_eq!(reasons("$.a[2:1,0]"), [(EmptyRange, false)]);
    }

    #[test]
    fn what_some_document_gives_a_node_is_not_found() {
        for query in [
            "$.a[1:2]",
            "$.a[-3:1]",
            "$.a[5:2:-1]",
            "$.a[?@.x]",
            "$.a[?@.x > 4 && @.x < 5]",
            "$.a[?@.x >= 5 && @.x <= 5]",
            "$.a[?@.x <= true]",
            "$.a[?@.x == 1 || @.x == 2]",
            "$.a[?@.x == 1 && @.y == 2]",
            "$.a[?@.x > 1 && @.x > 2]",
            "$.a[?@ == 'x']",
            "$.a[?@ != 'x'].b",
            "$.a[?@.x == 'x'].b",
            "$.a[?length(@.x) == 0]",
            "$.a[?@.x != 1 && @.x != 2]",
        ] {
            assert_eq!(reasons(query), [], "{query}");
        }
    }
}
