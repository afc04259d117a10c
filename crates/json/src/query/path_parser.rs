//! Grammar of segments and selectors: RFC 9535, sections 2.3 and 2.5.

use super::cursor::Cursor;
use super::{QueryError, Segment, Selector, filter_parser, hints};

/// Segments up to the first text that is not one; blanks before that text are left.
pub(super) fn segments(cursor: &mut Cursor<'_>) -> Result<Vec<Segment>, QueryError> {
    let mut segments = Vec::new();
    loop {
        let before_blanks = cursor.at();
        cursor.skip_blanks();
        if !matches!(cursor.peek(), Some(b'.' | b'[')) {
            cursor.back_to(before_blanks);
            return Ok(segments);
        }
        segments.push(segment(cursor)?);
    }
}

fn segment(cursor: &mut Cursor<'_>) -> Result<Segment, QueryError> {
    let descendant = cursor.eat("..");
    if !descendant && cursor.peek() == Some(b'[') {
        return Ok(Segment { descendant, selectors: bracketed(cursor)? });
    }
    if !descendant {
        cursor.eat(".");
    }
    let selectors = match cursor.peek() {
        Some(b'[') if descendant => bracketed(cursor)?,
        Some(b'*') => {
            cursor.eat("*");
            vec![Selector::Wildcard]
        }
        _ => match cursor.shorthand() {
            Some(name) => vec![Selector::Name(name.to_owned())],
            None => return cursor.fail(hints::after_dot(cursor, descendant)),
        },
    };
    Ok(Segment { descendant, selectors })
}

fn bracketed(cursor: &mut Cursor<'_>) -> Result<Vec<Selector>, QueryError> {
    let open = cursor.at();
    cursor.eat("[");
    let mut selectors = Vec::new();
    loop {
        cursor.skip_blanks();
        selectors.push(selector(cursor)?);
        cursor.skip_blanks();
        if cursor.eat("]") {
            return Ok(selectors);
        }
        if cursor.eat(",") {
            continue;
        }
        return match cursor.peek() {
            None => cursor.fail_at(open, "the bracket is not closed: expected `]`"),
            Some(_) => cursor.fail(hints::after_selector(cursor, selectors.last())),
        };
    }
}

fn selector(cursor: &mut Cursor<'_>) -> Result<Selector, QueryError> {
    match cursor.peek() {
        Some(b'\'' | b'"') => Ok(Selector::Name(cursor.string()?)),
        Some(b'*') => {
            cursor.eat("*");
            Ok(Selector::Wildcard)
        }
        Some(b'?') => {
            cursor.enter()?;
            cursor.eat("?");
            let filter = filter_parser::filter(cursor)?;
            cursor.leave();
            Ok(Selector::Filter(Box::new(filter)))
        }
        Some(b'-' | b':' | b'0'..=b'9') => index_or_slice(cursor),
        _ => cursor.fail(hints::in_bracket(cursor)),
    }
}

fn index_or_slice(cursor: &mut Cursor<'_>) -> Result<Selector, QueryError> {
    let start = optional_integer(cursor)?;
    let after_start = cursor.at();
    cursor.skip_blanks();
    if !cursor.eat(":") {
        cursor.back_to(after_start);
        return match start {
            Some(index) => Ok(Selector::Index(index)),
            None => cursor.fail("expected an index or a slice"),
        };
    }
    cursor.skip_blanks();
    let end = optional_integer(cursor)?;
    let mut after = cursor.at();
    cursor.skip_blanks();
    let mut step = 1;
    if cursor.eat(":") {
        after = cursor.at();
        cursor.skip_blanks();
        if let Some(given) = optional_integer(cursor)? {
            step = given;
            after = cursor.at();
        }
    }
    cursor.back_to(after);
    Ok(Selector::Slice { start, end, step })
}

fn optional_integer(cursor: &mut Cursor<'_>) -> Result<Option<i64>, QueryError> {
    match cursor.peek() {
        Some(b'-' | b'0'..=b'9') => cursor.integer().map(Some),
        _ => Ok(None),
    }
}
