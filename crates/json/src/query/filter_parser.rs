//! Grammar and types of filter expressions: RFC 9535, sections 2.3.5 and 2.4.

use super::cursor::Cursor;
use super::regexp::Pattern;
use super::{Filter, FilterQuery, Literal, Operand, Operator, QueryError, hints, path_parser};

/// What stands where a comparison or a test may start, before its type is known.
enum Term {
    Query(FilterQuery),
    Value(Operand),
    Logical(Filter),
}

/// `logical-expr` of the grammar, with blanks before it.
pub(super) fn filter(cursor: &mut Cursor<'_>) -> Result<Filter, QueryError> {
    let mut parts = vec![and(cursor)?];
    while eat_after_blanks(cursor, "||") {
        parts.push(and(cursor)?);
    }
    Ok(single_or(parts, Filter::Or))
}

fn and(cursor: &mut Cursor<'_>) -> Result<Filter, QueryError> {
    let mut parts = vec![basic(cursor)?];
    while eat_after_blanks(cursor, "&&") {
        parts.push(basic(cursor)?);
    }
    Ok(single_or(parts, Filter::And))
}

fn single_or(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            join(parts)
        }
    }
}

fn eat_after_blanks(cursor: &mut Cursor<'_>, wanted: &str) -> bool {
    let before = cursor.at();
    cursor.skip_blanks();
    let found = cursor.eat(wanted);
    if !found {
        cursor.back_to(before);
    }
    found
}

fn basic(cursor: &mut Cursor<'_>) -> Result<Filter, QueryError> {
    cursor.skip_blanks();
    if cursor.eat("!") {
        cursor.skip_blanks();
        if cursor.peek() == Some(b'(') {
            return Ok(Filter::Not(Box::new(parenthesis(cursor)?)));
        }
        let start = cursor.at();
        let term = term(cursor)?;
        cursor.skip_blanks();
        if operator(cursor).is_some() {
            return cursor.fail("`!` negates a test, not a comparison: write `!(… == …)`");
        }
        return Ok(Filter::Not(Box::new(test(cursor, start, term)?)));
    }
    if cursor.peek() == Some(b'(') {
        return parenthesis(cursor);
    }
    let start = cursor.at();
    let left = term(cursor)?;
    let after = cursor.at();
    cursor.skip_blanks();
    let Some(operator) = operator(cursor) else {
        if let Some(message) = hints::wrong_operator(cursor) {
            return cursor.fail(message);
        }
        cursor.back_to(after);
        return test(cursor, start, left);
    };
    let left = value(cursor, start, left)?;
    cursor.eat(operator.as_str());
    if cursor.peek() == Some(b'=') {
        let offset = cursor.at().saturating_sub(2);
        return cursor.fail_at(offset, "`===` and `!==` do not exist: write `==` or `!=`");
    }
    cursor.skip_blanks();
    let start = cursor.at();
    let right = term(cursor)?;
    let right = value(cursor, start, right)?;
    Ok(Filter::Compare { left, operator, right })
}

fn parenthesis(cursor: &mut Cursor<'_>) -> Result<Filter, QueryError> {
    let open = cursor.at();
    cursor.enter()?;
    cursor.eat("(");
    let inner = filter(cursor)?;
    cursor.skip_blanks();
    if !cursor.eat(")") {
        return match cursor.peek() {
            None => cursor.fail_at(open, "the parenthesis is not closed: expected `)`"),
            Some(_) => cursor.fail(hints::after_expression(cursor, ")")),
        };
    }
    cursor.leave();
    let after = cursor.at();
    cursor.skip_blanks();
    if operator(cursor).is_some() {
        return cursor.fail("an expression in parentheses cannot be compared");
    }
    cursor.back_to(after);
    Ok(inner)
}

/// The comparison operator that is next; it is not taken.
fn operator(cursor: &Cursor<'_>) -> Option<Operator> {
    const OPERATORS: [Operator; 6] = [
        Operator::Equal,
        Operator::NotEqual,
        Operator::LessOrEqual,
        Operator::GreaterOrEqual,
        Operator::Less,
        Operator::Greater,
    ];
    let rest = cursor.rest();
    if rest.starts_with("<>") {
        return None;
    }
    OPERATORS.into_iter().find(|operator| rest.starts_with(operator.as_str()))
}

/// A term as a test: section 2.3.5.1, `test-expr`.
fn test(cursor: &Cursor<'_>, start: usize, term: Term) -> Result<Filter, QueryError> {
    match term {
        Term::Query(query) => Ok(Filter::Exists(query)),
        Term::Logical(filter) => Ok(filter),
        Term::Value(Operand::Literal(_)) => {
            cursor.fail_at(start, "a literal alone is no test: compare it with something")
        }
        Term::Value(_) => cursor.fail_at(start, "this function returns a value: compare it with something"),
    }
}

/// A term as a value: a side of a comparison, or an argument of type ValueType.
fn value(cursor: &Cursor<'_>, start: usize, term: Term) -> Result<Operand, QueryError> {
    match term {
        Term::Value(operand) => Ok(operand),
        Term::Query(query) if query.is_singular() => Ok(Operand::Singular(query)),
        Term::Query(_) => cursor.fail_at(
            start,
            "this query can select more than one node and so has no value: use names and indices only, or `value(…)`",
        ),
        Term::Logical(_) => cursor.fail_at(start, "this function returns true or false, which cannot be compared"),
    }
}

fn term(cursor: &mut Cursor<'_>) -> Result<Term, QueryError> {
    match cursor.peek() {
        Some(sigil @ (b'@' | b'$')) => {
            cursor.eat(if sigil == b'$' { "$" } else { "@" });
            let segments = path_parser::segments(cursor)?;
            if let Some(message) = hints::after_name(cursor) {
                return cursor.fail(message);
            }
            Ok(Term::Query(FilterQuery { absolute: sigil == b'$', segments }))
        }
        Some(b'\'' | b'"') => literal(Literal::String(cursor.string()?)),
        Some(b'-' | b'0'..=b'9') => literal(cursor.number()?),
        _ => word(cursor),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "reads as one of the arms of `term`")]
fn literal(literal: Literal) -> Result<Term, QueryError> {
    Ok(Term::Value(Operand::Literal(literal)))
}

/// `true`, `false`, `null` or a function.
fn word(cursor: &mut Cursor<'_>) -> Result<Term, QueryError> {
    let start = cursor.at();
    let word = cursor.word();
    if cursor.rest().get(word.len()..).is_some_and(|rest| rest.starts_with('(')) && !word.is_empty() {
        cursor.enter()?;
        cursor.eat(word);
        cursor.eat("(");
        let term = function(cursor, start, word)?;
        cursor.leave();
        return Ok(term);
    }
    let known = match word {
        "true" => Literal::Bool(true),
        "false" => Literal::Bool(false),
        "null" => Literal::Null,
        _ => return cursor.fail(hints::expected_term(cursor)),
    };
    cursor.eat(word);
    literal(known)
}

/// The arguments of a function and its closing parenthesis; its name starts at `start`.
fn function(cursor: &mut Cursor<'_>, start: usize, name: &str) -> Result<Term, QueryError> {
    let term = match name {
        "length" => Term::Value(Operand::Length(Box::new(value_argument(cursor, name)?))),
        "count" => Term::Value(Operand::Count(nodes_argument(cursor, name)?)),
        "value" => Term::Value(Operand::Value(nodes_argument(cursor, name)?)),
        "match" | "search" => {
            let subject = value_argument(cursor, name)?;
            cursor.skip_blanks();
            if !cursor.eat(",") {
                return cursor.fail(format!("`{name}` takes two arguments: expected `,`"));
            }
            cursor.skip_blanks();
            Term::Logical(Filter::Matches { subject, pattern: pattern(cursor, name == "match")? })
        }
        _ => return cursor.fail_at(start, hints::unknown_function(name)),
    };
    cursor.skip_blanks();
    if cursor.eat(")") {
        return Ok(term);
    }
    match cursor.peek() {
        Some(b',') => {
            let takes = if matches!(term, Term::Logical(_)) { "two arguments" } else { "one argument" };
            cursor.fail(format!("`{name}` takes {takes}: expected `)`"))
        }
        _ => cursor.fail(format!(
            "expected `)` after the arguments of `{name}` (an argument is a query, a literal or a function)"
        )),
    }
}

fn argument(cursor: &mut Cursor<'_>, name: &str) -> Result<(usize, Term), QueryError> {
    cursor.skip_blanks();
    let start = cursor.at();
    match cursor.peek() {
        Some(b')') => cursor.fail(format!("`{name}` needs an argument")),
        Some(b'!' | b'(') => cursor.fail(format!("`{name}` takes a query, a literal or a function, not an expression")),
        _ => Ok((start, term(cursor)?)),
    }
}

fn value_argument(cursor: &mut Cursor<'_>, name: &str) -> Result<Operand, QueryError> {
    let (start, term) = argument(cursor, name)?;
    value(cursor, start, term)
}

fn nodes_argument(cursor: &mut Cursor<'_>, name: &str) -> Result<FilterQuery, QueryError> {
    match argument(cursor, name)? {
        (_, Term::Query(query)) => Ok(query),
        (start, _) => cursor.fail_at(start, format!("`{name}` takes a query that starts with `@` or `$`")),
    }
}

fn pattern(cursor: &mut Cursor<'_>, whole: bool) -> Result<Pattern, QueryError> {
    let start = cursor.at();
    if !matches!(cursor.peek(), Some(b'\'' | b'"')) {
        return cursor.fail("the pattern has to be a string literal: patterns taken from the document are refused");
    }
    let text = cursor.string()?;
    match Pattern::compile(&text, whole) {
        Ok(pattern) => Ok(pattern),
        Err(fault) => cursor.fail_at(cursor.offset_in_string(start, fault.offset), fault.message),
    }
}
