//! A document as a tree of places in its text: duplicates, spelling and white space are all still there.

use std::ops::Range;

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number,
    String,
    Array,
    Object,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) span: Range<usize>,
    /// The comma before it, where it is an element or member with one.
    pub(crate) comma: Option<usize>,
    /// Its key without quotes, where it is a member.
    pub(crate) key: Option<Range<usize>>,
    pub(crate) children: Vec<Node>,
}

/// Whether bytes are one JSON text (RFC 8259) in UTF-8 without a byte order mark.
#[must_use]
pub fn is_json(bytes: &[u8]) -> bool {
    // `IgnoredAny` checks the grammar and neither the range of numbers nor lone surrogates.
    std::str::from_utf8(bytes).is_ok() && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

/// Reads a document that [`is_json`].
pub(crate) fn read(text: &str) -> Option<Node> {
    if !is_json(text.as_bytes()) {
        return None;
    }
    let mut reader = Reader { text: text.as_bytes(), at: 0 };
    reader.blanks();
    reader.value()
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Option<Node> {
        let start = self.at;
        let (kind, children) = match self.peek()? {
            b'{' => (Kind::Object, self.children(b'}')?),
            b'[' => (Kind::Array, self.children(b']')?),
            b'"' => {
                self.string()?;
                (Kind::String, Vec::new())
            }
            _ => {
                while self.peek().is_some_and(|byte| !b" \t\r\n,]}".contains(&byte)) {
                    self.at += 1;
                }
                let kind = match self.text.get(start)? {
                    b't' => Kind::Bool(true),
                    b'f' => Kind::Bool(false),
                    b'n' => Kind::Null,
                    _ => Kind::Number,
                };
                (kind, Vec::new())
            }
        };
        Some(Node { kind, span: start..self.at, comma: None, key: None, children })
    }

    /// The content between the quotes.
    fn string(&mut self) -> Option<Range<usize>> {
        self.at += 1;
        let start = self.at;
        while self.peek()? != b'"' {
            self.at += if self.peek()? == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        Some(start..self.at - 1)
    }

    fn children(&mut self, close: u8) -> Option<Vec<Node>> {
        self.at += 1;
        let mut children = Vec::new();
        let mut comma = None;
        loop {
            self.blanks();
            match self.peek()? {
                byte if byte == close => {
                    self.at += 1;
                    return Some(children);
                }
                b',' => {
                    comma = Some(self.at);
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            let mut key = None;
            if close == b'}' {
                key = Some(self.string()?);
                self.blanks();
                self.at += 1;
                self.blanks();
            }
            let child = self.value()?;
            children.push(Node { comma: comma.take(), key, ..child });
        }
    }
}
