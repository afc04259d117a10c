//! RFC 9535 (JSONPath) queries: text to syntax tree, and filters evaluated on a tape.
//!
//! Everything of RFC 9535 is accepted except what docs/reference/queries.md lists with its reasons: patterns that are
//! not string literals, that are not I-Regexps (RFC 9485), that use Unicode categories or a bare `^` or `$`, and
//! queries past [`MAX_LENGTH`] or [`MAX_NESTING`].

mod compare;
mod cursor;
mod display;
mod empty;
mod evaluate;
mod filter_parser;
mod hints;
mod loose;
#[cfg(test)]
mod naive;
mod number;
mod path_parser;
mod regexp;
mod slice;
mod syntax;
#[cfg(test)]
mod tests;

use std::fmt;

use cursor::Cursor;

pub use empty::{Empty, EmptyReason};
pub use evaluate::{OutOfSteps, test};
pub use loose::{LooseName, fold};
pub use regexp::Pattern;
pub use slice::{needs_length, slice_selects};
pub use syntax::{Filter, FilterQuery, Literal, Lookahead, Operand, Operator, Query, Segment, Selector};

/// Bytes a query may have; a longer one is refused.
pub const MAX_LENGTH: usize = 4096;

/// Filters, parentheses and functions that may be open in each other; more are refused.
pub const MAX_NESTING: usize = 64;

/// Why a query was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// The text of the query.
    pub query: String,
    /// Offset in bytes into the query.
    pub offset: usize,
    /// What was expected, in words.
    pub message: String,
}

impl std::error::Error for QueryError {}

impl fmt::Display for QueryError {
    /// One line, whatever the query holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printable =
            |text: &str| -> String { text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect() };
        write!(f, "{} at byte {} of `", printable(&self.message), self.offset)?;
        match self.query.char_indices().nth(200) {
            None => write!(f, "{}`", printable(&self.query)),
            Some((end, _)) => {
                write!(f, "{}…`", printable(self.query.get(..end).unwrap_or_default()))
            }
        }
    }
}

impl Query {
    /// Parses a query and checks its types (RFC 9535, section 2.4.3).
    ///
    /// # Errors
    /// [`QueryError`] with the offset of the first byte that is wrong.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut cursor = Cursor::new(text);
        if text.len() > MAX_LENGTH {
            return cursor.fail_at(MAX_LENGTH, format!("the query is longer than {MAX_LENGTH} bytes"));
        }
        if !cursor.eat("$") {
            return cursor.fail(hints::no_root(text));
        }
        let segments = path_parser::segments(&mut cursor)?;
        if !cursor.rest().is_empty() {
            return cursor.fail(hints::after_query(&cursor));
        }
        Ok(Self { text: text.to_owned(), segments })
    }

    /// The query `$`, which selects the root.
    #[must_use]
    pub fn root() -> Self {
        Self { text: "$".to_owned(), segments: Vec::new() }
    }

    /// The query `$..*`, which selects everything but the root.
    #[must_use]
    pub fn descendants() -> Self {
        let segments = vec![Segment { descendant: true, selectors: vec![Selector::Wildcard] }];
        Self { text: "$..*".to_owned(), segments }
    }
}
