//! What is wrong with a plan, and where: the path as data, so that a policy can point at the text it came from.

use std::{borrow::Cow, fmt};

use crate::{HeaderFault, plan::VERSION};

/// One step of a path into a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// A member of an object.
    Member(Cow<'static, str>),
    /// An item of a list.
    Item(usize),
}

impl From<&'static str> for Segment {
    fn from(name: &'static str) -> Self {
        Self::Member(Cow::Borrowed(name))
    }
}

impl From<String> for Segment {
    fn from(name: String) -> Self {
        Self::Member(Cow::Owned(name))
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Self::Item(index)
    }
}

/// A place in a plan, such as `fields[2].mask.partial.keepLast`; the plan itself is `.`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanPath(Vec<Segment>);

impl PlanPath {
    /// The steps from the plan to the place.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }
}

impl<const N: usize> From<[Segment; N]> for PlanPath {
    fn from(segments: [Segment; N]) -> Self {
        Self(segments.into())
    }
}

impl fmt::Display for PlanPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(".");
        }
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Member(name) if at == 0 => f.write_str(name)?,
                Segment::Member(name) => write!(f, ".{name}")?,
                Segment::Item(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// One thing that is wrong with a plan. Its text quotes names, never other values of the plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at `{path}`")]
pub struct Fault {
    /// Where.
    pub path: PlanPath,
    /// What.
    pub problem: Problem,
}

impl Fault {
    /// The fault as seen from the object or list that holds the place under `segment`.
    #[must_use]
    pub fn within(mut self, segment: impl Into<Segment>) -> Self {
        self.path.0.insert(0, segment.into());
        self
    }
}

/// Everything that is wrong with a plan: at least one fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    /// The first, in the order of the plan.
    pub first: Fault,
    /// All others.
    pub others: Vec<Fault>,
}

impl Faults {
    /// `None` where there is no fault.
    pub(crate) fn new(mut faults: impl Iterator<Item = Fault>) -> Option<Self> {
        Some(Self { first: faults.next()?, others: faults.collect() })
    }

    /// Every fault.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl From<Fault> for Faults {
    fn from(first: Fault) -> Self {
        Self { first, others: Vec::new() }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plan: {}", self.first)?;
        match self.others.len() {
            0 => Ok(()),
            more => write!(f, " (and {more} more)"),
        }
    }
}

impl std::error::Error for Faults {}

/// What can be wrong at one place of a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It cannot be read: malformed, an unknown or missing member, a value of the wrong type. In words, without the value.
    #[error("{0}")]
    Unreadable(String),
    /// Another version than [`VERSION`].
    #[error("this build reads version {VERSION} only")]
    Version,
    /// The name of the policy cannot stand in logs, headers and receipts.
    #[error("must be at most {0} printable ASCII characters other than `;`, `=` and `\"`")]
    PolicyName(usize),
    /// An empty name or condition.
    #[error("must not be empty")]
    Empty,
    /// A name of more than so many bytes.
    #[error("must not be longer than {0} bytes")]
    TooLong(usize),
    /// A name with other characters.
    #[error("may hold letters, digits and `-_./:` only")]
    Alphabet,
    /// The second of two with this name.
    #[error("`{0}` is named twice")]
    NamedTwice(String),
    /// A field without a query and without a header.
    #[error("must hold at least one query")]
    NoQuery,
    /// A response header that can be neither listed nor be a place of a field.
    #[error("{0}")]
    Header(HeaderFault),
    /// A mask that leaves no text in place of a name.
    #[error("`{0}` leaves no name: with `keys: mask` the mask writes a text")]
    NotAName(&'static str),
    /// Names that hold documents.
    #[error("has no effect with `keys: mask`: names hold no documents")]
    NamesInside,
    /// A caller that nothing identifies.
    #[error("must hold at least one way to be this caller")]
    NoIdentity,
    /// The name of a field that the plan does not have.
    #[error("no field is named `{0}`")]
    UnknownField(String),
    /// Part of a claim.
    #[error("must not be empty or hold a NUL")]
    ClaimText,
    /// The name of a header.
    #[error("must be a header name in lower case")]
    HeaderName,
    /// The value of a header.
    #[error("must not be empty or begin or end with white space")]
    HeaderValue,
    /// A header that no hop is trusted to set.
    #[error("a header is believed only from a trusted hop, and `trustedHops` is empty")]
    NoTrustedHop,
    /// An identity of another form.
    #[error("must be a SPIFFE id such as `spiffe://cluster.local/ns/shop/sa/billing`")]
    NotSpiffe,
    /// A pattern where an exact identity is expected.
    #[error("is compared exactly; `*` has no meaning here")]
    Wildcard,
    /// Something about masks on a route that is not masked.
    #[error("has no effect where `masking` is `off`")]
    OfUnmasked,
    /// A media type of another form.
    #[error("must be a media type such as `text/html` or `image/*`, in lower case and without parameters")]
    MediaType,
    /// A media type of another form where a range cannot stand.
    #[error("must be one media type such as `application/json`, in lower case and without parameters")]
    ExactMediaType,
    /// A media type that is read as JSON, and so never passes.
    #[error("is read as JSON and masked: it cannot pass")]
    ReadAsJson,
    /// A match without conditions.
    #[error("must hold at least one condition")]
    NoCondition,
    /// Two conditions on the path.
    #[error("takes `path` or `prefix`, not both")]
    PathAndPrefix,
    /// A path of another form.
    #[error("must begin with `/` and hold no query")]
    PathForm,
    /// A path that two servers can read differently ([`is_plain_path`](crate::is_plain_path)).
    #[error("can be read in two ways")]
    TwoReadings,
    /// An HTTP method of another form.
    #[error("must be an HTTP method in upper case")]
    Method,
    /// The name of an environment variable.
    #[error("must name an environment variable")]
    Environment,
    /// The previous key is the current one.
    #[error("must differ from that of the current key")]
    SameKey,
    /// A bound outside of what a plan may set.
    #[error("must be between 1 and {most}{unit}")]
    OutOfRange {
        /// The greatest that is allowed.
        most: usize,
        /// What is counted, with a space before it; empty for a number.
        unit: &'static str,
    },
    /// A bound of 0.
    #[error("must be at least 1")]
    Zero,
    /// A plan that is observed beside another has one beside itself.
    #[error("only the plan in force has a next one")]
    NextOfNext,
}
