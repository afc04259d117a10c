//! What a mask is given and what it makes of it: typed values, whatever a document or a database calls them.

/// A scalar value that a rule matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Text, decoded.
    Text(&'a str),
    /// A number as it is written, such as `-12.50e3`.
    Number(&'a str),
    /// `true` or `false`.
    Boolean(bool),
    /// No value.
    Null,
}

impl<'a> Value<'a> {
    /// The characters of a text or number; `None` for a value of which no part can be shown.
    #[must_use]
    pub const fn characters(self) -> Option<&'a str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Boolean(_) | Self::Null => None,
        }
    }
}

/// Where a value stands and who gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Context<'a> {
    /// The field that the value belongs to.
    pub field: &'a str,
    /// The caller that the response is for; `None` where it is not recognised, or not known where masks run.
    pub caller: Option<&'a str>,
    /// Whose value it is, such as the id of the customer; `None` where nothing says so.
    pub subject: Option<&'a str>,
}

/// Takes the characters of the value that a mask writes.
pub trait Sink {
    /// Adds a piece of the text or number, behind those before it.
    fn push(&mut self, piece: &str);
}

impl Sink for String {
    fn push(&mut self, piece: &str) {
        self.push_str(piece);
    }
}

/// The one value that stands in for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// A text: the pieces in the sink.
    Text,
    /// A number: the pieces in the sink, which together are written as numbers are in JSON.
    Number,
    /// `true` or `false`; what is in the sink does not count.
    Boolean(bool),
    /// No value; what is in the sink does not count.
    Null,
    /// Neither a value nor its name. Where something must stand, `null` does.
    Absent,
}
