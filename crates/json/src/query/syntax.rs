//! The syntax tree of a query: RFC 9535, section 2, after all checks of well-typedness.

use super::{loose::LooseName, regexp::Pattern};

/// A parsed, well-typed query. Two queries are equal when they mean the same selectors; spelling does not count.
#[derive(Debug, Clone)]
pub struct Query {
    /// The text it was parsed from.
    pub text: String,
    /// Segments after `$`.
    pub segments: Vec<Segment>,
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.segments == other.segments
    }
}

/// One segment: RFC 9535, section 2.5.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// `..` (section 2.5.2) rather than a child segment (2.5.1).
    pub descendant: bool,
    /// Any of these selects. Never empty.
    pub selectors: Vec<Selector>,
}

/// One selector: RFC 9535, section 2.3.
#[derive(Debug, Clone, PartialEq)]
pub enum Selector {
    /// A member name, decoded.
    Name(String),
    /// A member name in any spelling of case; no selector of RFC 9535 ([`Query::in_any_case`]).
    Loose(LooseName),
    /// `*`
    Wildcard,
    /// An index; negative ones count from the end. Within ±(2^53 - 1).
    Index(i64),
    /// `start:end:step`, each within ±(2^53 - 1).
    Slice {
        /// First index, where given.
        start: Option<i64>,
        /// Index after the last, where given.
        end: Option<i64>,
        /// Step, 1 where not given.
        step: i64,
    },
    /// `?` and a logical expression (section 2.3.5).
    Filter(Box<Filter>),
}

/// A logical expression: RFC 9535, section 2.3.5.1.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// `||` of two or more.
    Or(Vec<Filter>),
    /// `&&` of two or more.
    And(Vec<Filter>),
    /// `!`
    Not(Box<Filter>),
    /// An existence test: true when the query selects at least one node.
    Exists(FilterQuery),
    /// A comparison.
    Compare {
        /// Left side.
        left: Operand,
        /// Operator.
        operator: Operator,
        /// Right side.
        right: Operand,
    },
    /// `match()` or `search()`.
    Matches {
        /// What is matched; anything but a string does not match.
        subject: Operand,
        /// The compiled pattern, which knows whether the whole string has to match.
        pattern: Pattern,
    },
}

/// A query inside a filter.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterQuery {
    /// Starts at `$` rather than at `@`.
    pub absolute: bool,
    /// Segments after `$` or `@`.
    pub segments: Vec<Segment>,
}

/// Something with a value: a side of a comparison or an argument of a function.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A literal.
    Literal(Literal),
    /// A singular query: at most one node.
    Singular(FilterQuery),
    /// `length()`: section 2.4.4.
    Length(Box<Operand>),
    /// `count()`: section 2.4.5.
    Count(FilterQuery),
    /// `value()`: section 2.4.8.
    Value(FilterQuery),
}

/// A literal in a filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it was spelled: JSON's grammar for numbers.
    Number(String),
    /// A string, decoded.
    String(String),
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Operator {
    /// How it is spelled.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// What has to be held back before it is known what a query selects. Later variants hold more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lookahead {
    /// A filter that only looks below `@`: each candidate child.
    Element,
    /// An index or slice that depends on the length of the array: that array.
    Array,
    /// A filter that looks below `$`: the whole document.
    Document,
}

impl Query {
    /// At most one node can be selected: RFC 9535, section 2.3.5.1. (In an object with duplicate names it can still
    /// select more than one.)
    #[must_use]
    pub fn is_singular(&self) -> bool {
        is_singular(&self.segments)
    }

    /// What has to be held back before it is known what the query selects; the largest need of all segments, and
    /// `None` when names, wildcards, indices and slices from the front are all there is.
    #[must_use]
    pub fn needs_lookahead(&self) -> Option<Lookahead> {
        self.segments.iter().filter_map(Segment::needs_lookahead).max()
    }
}

impl Segment {
    /// What has to be held back for this segment alone.
    #[must_use]
    pub fn needs_lookahead(&self) -> Option<Lookahead> {
        self.selectors.iter().filter_map(Selector::needs_lookahead).max()
    }
}

impl Selector {
    /// What has to be held back for this selector alone.
    #[must_use]
    pub fn needs_lookahead(&self) -> Option<Lookahead> {
        match self {
            Self::Name(_) | Self::Loose(_) | Self::Wildcard => None,
            Self::Index(index) => (*index < 0).then_some(Lookahead::Array),
            Self::Slice { start, end, step } => {
                super::slice::needs_length(*start, *end, *step).then_some(Lookahead::Array)
            }
            Self::Filter(filter) if filter.is_absolute() => Some(Lookahead::Document),
            Self::Filter(_) => Some(Lookahead::Element),
        }
    }
}

impl Filter {
    /// Whether evaluating it can read anything outside the candidate `@`.
    #[must_use]
    pub fn is_absolute(&self) -> bool {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().any(Self::is_absolute),
            Self::Not(inner) => inner.is_absolute(),
            Self::Exists(query) => query.is_absolute(),
            Self::Compare { left, right, .. } => left.is_absolute() || right.is_absolute(),
            Self::Matches { subject, .. } => subject.is_absolute(),
        }
    }
}

impl FilterQuery {
    /// At most one node can be selected.
    #[must_use]
    pub fn is_singular(&self) -> bool {
        is_singular(&self.segments)
    }

    fn is_absolute(&self) -> bool {
        self.absolute
            || self
                .segments
                .iter()
                .flat_map(|segment| &segment.selectors)
                .any(|selector| matches!(selector, Selector::Filter(filter) if filter.is_absolute()))
    }
}

impl Operand {
    fn is_absolute(&self) -> bool {
        match self {
            Self::Literal(_) => false,
            Self::Singular(query) | Self::Count(query) | Self::Value(query) => query.is_absolute(),
            Self::Length(inner) => inner.is_absolute(),
        }
    }
}

fn is_singular(segments: &[Segment]) -> bool {
    segments.iter().all(|segment| {
        !segment.descendant && matches!(segment.selectors.as_slice(), [Selector::Name(_) | Selector::Index(_)])
    })
}
