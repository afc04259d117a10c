//! What to say about frequent mistakes in queries.

use super::Selector;
use super::cursor::{Cursor, is_name_char, is_name_first};

/// The text does not start with `$`.
pub(super) fn no_root(text: &str) -> String {
    let rest = text.trim_start();
    let path = text.replace("[]", "[*]");
    match rest.chars().next() {
        None => "the query is empty: expected `$`".to_owned(),
        Some('$') => "blanks before the query: it starts with `$`".to_owned(),
        Some('@') => "`@` is only known inside a filter: a query starts with `$`".to_owned(),
        Some('/') => "a query starts with `$`: JSON Pointers are not queries, write `$.a.b` for `/a/b`".to_owned(),
        Some('.' | '[') => format!("a query starts with `$`: write `${path}`"),
        Some(first) if is_name_first(first) && rest.chars().all(is_name_char) => {
            format!("a query starts with `$`: write `$.{rest}`, or `$..{rest}` for any depth")
        }
        Some(first) if is_name_first(first) => format!("a query starts with `$`: write `$.{path}`"),
        Some(_) => "expected `$`".to_owned(),
    }
}

/// Text after the last segment of a query.
pub(super) fn after_query(cursor: &Cursor<'_>) -> String {
    if let Some(message) = after_name(cursor) {
        return message;
    }
    match cursor.peek() {
        Some(b' ' | b'\t' | b'\n' | b'\r') if cursor.rest().trim_ascii().is_empty() => {
            "blanks after the query".to_owned()
        }
        Some(b']') => "a `]` that was not opened".to_owned(),
        Some(b'|') => "pipes do not exist in RFC 9535: write one query per rule".to_owned(),
        _ => "expected `.`, `..`, `[` or the end of the query".to_owned(),
    }
}

/// A shorthand name goes on with something that cannot be of one, such as `-`.
pub(super) fn after_name(cursor: &Cursor<'_>) -> Option<String> {
    let before = cursor.between(cursor.last_name(), cursor.at());
    let is_name = before.chars().next().is_some_and(is_name_first) && before.chars().all(is_name_char);
    let odd = cursor.rest().chars().next()?;
    let next = cursor.rest().chars().nth(1)?;
    if !is_name || !matches!(odd, '-' | '#' | ':' | '/' | '@' | '$') || !is_name_char(next) {
        return None;
    }
    let rest = cursor.rest();
    let end = rest
        .find(|char| !is_name_char(char) && !matches!(char, '-' | '#' | ':' | '/' | '@' | '$'))
        .unwrap_or(rest.len());
    let name = format!("{before}{}", rest.get(..end).unwrap_or_default());
    Some(format!("`{odd}` cannot be part of a shorthand name: write `['{name}']`"))
}

/// Nothing that may follow `.` or `..`.
pub(super) fn after_dot(cursor: &Cursor<'_>, descendant: bool) -> String {
    let rest = cursor.rest();
    let dots = if descendant { ".." } else { "." };
    match rest.chars().next() {
        None if descendant => "expected a name, `*` or `[` after `..`".to_owned(),
        None => "expected a name or `*` after `.`".to_owned(),
        Some(' ' | '\t' | '\n' | '\r') => format!("no blanks may follow `{dots}`"),
        Some('.') => "expected a name, `*` or `[` after `..`: three dots do not exist".to_owned(),
        Some('[') => "expected a name or `*` after `.`: no dot stands before `[`".to_owned(),
        Some('\'' | '"') => {
            format!("a name in quotes stands in brackets: write `{}['…']`", if descendant { ".." } else { "" })
        }
        Some('0'..='9') => format!(
            "a shorthand name starts with a letter or `_`: write `{0}[{1}]` for an index or `{0}['{1}']` for a name",
            if descendant { ".." } else { "" },
            cursor.word()
        ),
        Some(_) if descendant => "expected a name, `*` or `[` after `..`".to_owned(),
        Some(_) => "expected a name or `*` after `.`; other names stand in brackets and quotes: `['…']`".to_owned(),
    }
}

/// Nothing that may start a selector.
pub(super) fn in_bracket(cursor: &Cursor<'_>) -> String {
    let word = cursor.word();
    let before_is_comma = cursor.between(0, cursor.at()).trim_ascii_end().ends_with(',');
    match cursor.peek() {
        None => "expected a selector: a name in quotes, an index, a slice, `*` or `?`".to_owned(),
        Some(b']') if before_is_comma => "expected a selector after `,`".to_owned(),
        Some(b']') => "empty brackets select nothing: write `[*]` for all elements".to_owned(),
        Some(b'(') => {
            "script expressions do not exist in RFC 9535: write `[-1]` for the last element, `[?…]` for a filter"
                .to_owned()
        }
        Some(b',') => "expected a selector before `,`".to_owned(),
        Some(b'+') => "an integer has no `+`".to_owned(),
        Some(b'@' | b'$' | b'!') => "a filter starts with `?`".to_owned(),
        _ if word.is_empty() => "expected a selector: a name in quotes, an index, a slice, `*` or `?`".to_owned(),
        _ => format!("a name in brackets stands in quotes: write `['{word}']`"),
    }
}

/// Nothing that may follow a selector in brackets.
pub(super) fn after_selector(cursor: &Cursor<'_>, last: Option<&Selector>) -> String {
    match last {
        Some(Selector::Filter(_)) => after_expression(cursor, "]"),
        Some(Selector::Index(_)) if cursor.peek() == Some(b'.') => {
            "an index has no fraction: expected `,` or `]`".to_owned()
        }
        _ => "expected `,` or `]`".to_owned(),
    }
}

/// Nothing that may follow a filter expression that ends with `close`.
pub(super) fn after_expression(cursor: &Cursor<'_>, close: &str) -> String {
    let word = cursor.word();
    match (cursor.peek(), word) {
        (_, "and") => "`and` does not exist: write `&&`".to_owned(),
        (_, "or") => "`or` does not exist: write `||`".to_owned(),
        (_, "in" | "nin" | "anyof" | "contains") => {
            format!("`{word}` does not exist in RFC 9535: write `== … || == …`, or use `match(…)`")
        }
        (Some(b'&'), _) => "`&` alone does not exist: write `&&`".to_owned(),
        (Some(b'|'), _) => "`|` alone does not exist: write `||`".to_owned(),
        (Some(b'+' | b'-' | b'*' | b'/' | b'%'), _) => "arithmetic does not exist in RFC 9535".to_owned(),
        (Some(b'=' | b'!' | b'<' | b'>'), _) => {
            format!("a comparison cannot be compared again: expected `&&`, `||` or `{close}`")
        }
        _ if close == ")" => "expected `&&`, `||` or `)`".to_owned(),
        _ => "expected `&&`, `||`, `,` or `]`".to_owned(),
    }
}

/// Something that looks like an operator and is none.
pub(super) fn wrong_operator(cursor: &Cursor<'_>) -> Option<&'static str> {
    let rest = cursor.rest();
    if rest.starts_with("=~") {
        Some("`=~` does not exist: use `match(…, '…')` or `search(…, '…')`")
    } else if rest.starts_with("=<") || rest.starts_with("=>") {
        Some("the operators are `<=` and `>=`")
    } else if rest.starts_with('=') {
        Some("`=` alone compares nothing: write `==`")
    } else if rest.starts_with("<>") {
        Some("`<>` does not exist: write `!=`")
    } else if rest.starts_with("~=") {
        Some("`~=` does not exist: use `match(…, '…')` or `search(…, '…')`")
    } else {
        None
    }
}

/// Nothing that may start a comparison or a test.
pub(super) fn expected_term(cursor: &Cursor<'_>) -> String {
    let word = cursor.word();
    if let Some(lower @ ("true" | "false" | "null")) = match word {
        "True" | "TRUE" => Some("true"),
        "False" | "FALSE" => Some("false"),
        "Null" | "NULL" | "None" | "nil" | "undefined" => Some("null"),
        _ => None,
    } {
        return format!("`{word}` is not a literal: write `{lower}`");
    }
    match cursor.peek() {
        None => "expected a comparison or a test".to_owned(),
        Some(b'.') => {
            "a query inside a filter starts with `@` or `$`: a number has a digit before its point".to_owned()
        }
        Some(b'+') => "a number has no `+`".to_owned(),
        Some(b'/') => "regular expressions are strings: use `match(…, '…')` or `search(…, '…')`".to_owned(),
        Some(b'[' | b'{') => "arrays and objects cannot be literals".to_owned(),
        Some(b'!') => "`!` stands before a test or a parenthesis, once".to_owned(),
        Some(b'(') => "parentheses cannot stand here: expected a query, a literal or a function".to_owned(),
        _ if word == "not" => "`not` does not exist: write `!`".to_owned(),
        _ if word.is_empty() => "expected a query that starts with `@` or `$`, a literal or a function".to_owned(),
        _ => format!(
            "`{word}` is neither a literal nor a function: write `@.{word}` for a member or `'{word}'` for a string"
        ),
    }
}

/// A function that does not exist.
pub(super) fn unknown_function(name: &str) -> String {
    const KNOWN: [&str; 5] = ["length", "count", "match", "search", "value"];
    let lower = name.to_ascii_lowercase();
    let meant = match lower.as_str() {
        "len" | "size" => Some("length"),
        "matches" | "regex" | "test" => Some("match"),
        "contains" | "find" => Some("search"),
        lower => KNOWN.into_iter().find(|known| *known == lower),
    };
    meant.map_or_else(
        || format!("unknown function `{name}`: expected length, count, match, search or value"),
        |meant| format!("unknown function `{name}`: write `{meant}`"),
    )
}
