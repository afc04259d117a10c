//! Canonical spelling of queries: shorthand names where the grammar has them, no blanks but around `&&` and `||`.

use std::fmt::{self, Display, Formatter, Write as _};

use super::cursor::{is_name_char, is_name_first};
use super::{Filter, FilterQuery, Literal, Operand, Query, Segment, Selector};

impl Display for Query {
    /// Parsing what is written gives an equal query.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('$')?;
        self.segments.iter().try_for_each(|segment| segment.fmt(f))
    }
}

impl Display for FilterQuery {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char(if self.absolute { '$' } else { '@' })?;
        self.segments.iter().try_for_each(|segment| segment.fmt(f))
    }
}

impl Display for Segment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let dots = if self.descendant { ".." } else { "." };
        match self.selectors.as_slice() {
            [Selector::Name(name)] if is_shorthand(name) => write!(f, "{dots}{name}"),
            [Selector::Wildcard] => write!(f, "{dots}*"),
            selectors => {
                f.write_str(if self.descendant { "..[" } else { "[" })?;
                separated(f, selectors, ",")?;
                f.write_char(']')
            }
        }
    }
}

impl Display for Selector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => quoted(f, name),
            Self::Loose(name) if name.is_ending() => quoted(f, &format!("*{}", name.text())),
            Self::Loose(name) => quoted(f, name.text()),
            Self::Wildcard => f.write_char('*'),
            Self::Index(index) => index.fmt(f),
            Self::Slice { start, end, step } => {
                if let Some(start) = start {
                    start.fmt(f)?;
                }
                f.write_char(':')?;
                if let Some(end) = end {
                    end.fmt(f)?;
                }
                if *step == 1 { Ok(()) } else { write!(f, ":{step}") }
            }
            Self::Filter(filter) => write!(f, "?{filter}"),
        }
    }
}

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(parts) => joined(f, parts, " || ", |part| matches!(part, Self::Or(_))),
            Self::And(parts) => joined(f, parts, " && ", |part| matches!(part, Self::Or(_) | Self::And(_))),
            Self::Not(inner) => match inner.as_ref() {
                Self::Exists(_) | Self::Matches { .. } => write!(f, "!{inner}"),
                _ => write!(f, "!({inner})"),
            },
            Self::Exists(query) => query.fmt(f),
            Self::Compare { left, operator, right } => {
                write!(f, "{left}{}{right}", operator.as_str())
            }
            Self::Matches { subject, pattern } => {
                let name = if pattern.is_whole() { "match" } else { "search" };
                write!(f, "{name}({subject},")?;
                quoted(f, pattern.text())?;
                f.write_char(')')
            }
        }
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(literal) => literal.fmt(f),
            Self::Singular(query) => query.fmt(f),
            Self::Length(inner) => write!(f, "length({inner})"),
            Self::Count(query) => write!(f, "count({query})"),
            Self::Value(query) => write!(f, "value({query})"),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(text) => f.write_str(text),
            Self::String(text) => quoted(f, text),
        }
    }
}

fn separated<T: Display>(f: &mut Formatter<'_>, parts: &[T], separator: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        part.fmt(f)?;
    }
    Ok(())
}

fn joined(
    f: &mut Formatter<'_>,
    parts: &[Filter],
    operator: &str,
    needs_parentheses: fn(&Filter) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(operator)?;
        }
        if needs_parentheses(part) {
            write!(f, "({part})")?;
        } else {
            part.fmt(f)?;
        }
    }
    Ok(())
}

fn is_shorthand(name: &str) -> bool {
    name.chars().next().is_some_and(is_name_first) && name.chars().all(is_name_char)
}

/// A string in single quotes, escaped as in normalized paths: RFC 9535, section 2.7.
fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('\'')?;
    for char in text.chars() {
        match char {
            '\'' | '\\' => write!(f, "\\{char}")?,
            '\u{8}' => f.write_str("\\b")?,
            '\t' => f.write_str("\\t")?,
            '\n' => f.write_str("\\n")?,
            '\u{c}' => f.write_str("\\f")?,
            '\r' => f.write_str("\\r")?,
            control if control < ' ' => write!(f, "\\u{:04x}", u32::from(control))?,
            char => f.write_char(char)?,
        }
    }
    f.write_char('\'')
}
