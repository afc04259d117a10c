//! A flat tape over one complete JSON value in memory, for queries that have to look ahead.
//!
//! Nodes stand in the order of the text, each with the index of the node after its subtree: the descendants of a node
//! are a range of indices, and walking them needs no recursion. Nothing is decoded until asked for.

mod builder;
mod text;

use std::borrow::Cow;
use std::ops::Range;

pub use text::decode;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `false`
    False,
    /// `true`
    True,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// An array or an object.
    #[must_use]
    pub const fn is_container(self) -> bool {
        matches!(self, Self::Array | Self::Object)
    }
}

/// A node of a tape: its place in the order of the text, from 0 for the whole value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// The whole value.
    pub const ROOT: Self = Self(0);

    /// The place in the order of the text.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The place as it is stored.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The node at a place; it need not exist.
    #[must_use]
    pub const fn at(index: u32) -> Self {
        Self(index)
    }
}

#[derive(Debug, Clone, Copy)]
struct Node {
    kind: Kind,
    /// The text of a string holds a backslash.
    escaped: bool,
    is_member: bool,
    key_escaped: bool,
    start: u32,
    end: u32,
    key_start: u32,
    key_end: u32,
    /// Index of the node after the subtree.
    after: u32,
    children: u32,
}

/// Why no tape could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TapeError {
    /// The bytes are not one JSON value.
    #[error("not one JSON value at byte {0}")]
    Malformed(usize),
    /// The bytes are more than 4 GiB.
    #[error("more than 4 GiB in one value")]
    TooLarge,
}

/// The nodes of one value. Can be used again for the next one without allocating.
#[derive(Debug, Clone, Default)]
pub struct Tape {
    nodes: Vec<Node>,
    open: Vec<u32>,
}

impl Tape {
    /// An empty tape.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets what was read and reads one value, with white space round it. Grammar is checked only as far as needed
    /// to tell the nodes apart: the bytes are meant to have been validated.
    ///
    /// # Errors
    /// [`TapeError`]; the tape is empty then.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), TapeError> {
        self.nodes.clear();
        self.open.clear();
        let result = builder::build(self, bytes);
        if result.is_err() {
            self.nodes.clear();
        }
        result
    }

    /// The tape together with the bytes it was read from.
    #[must_use]
    pub fn over<'a>(&'a self, bytes: &'a [u8]) -> Document<'a> {
        Document { nodes: &self.nodes, bytes }
    }

    /// Bytes of memory it keeps for the next value.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>() + self.open.capacity() * size_of::<u32>()
    }
}

/// A tape and its bytes. A node that does not exist is a `null` without key or children.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    nodes: &'a [Node],
    bytes: &'a [u8],
}

impl<'a> Document<'a> {
    /// Nodes there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Nothing was read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn node(&self, id: NodeId) -> Option<&'a Node> {
        self.nodes.get(id.index())
    }

    fn slice(&self, start: u32, end: u32) -> &'a [u8] {
        self.bytes.get(start as usize..end as usize).unwrap_or_default()
    }

    /// What the value is.
    #[must_use]
    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(id).map_or(Kind::Null, |node| node.kind)
    }

    /// Where the value is in the bytes, quotes and brackets included, without the key.
    #[must_use]
    pub fn span(&self, id: NodeId) -> Range<usize> {
        self.node(id).map_or(0..0, |node| node.start as usize..node.end as usize)
    }

    /// Where the key of a member is in the bytes, without its quotes.
    #[must_use]
    pub fn key_span(&self, id: NodeId) -> Option<Range<usize>> {
        let node = self.node(id).filter(|node| node.is_member)?;
        Some(node.key_start as usize..node.key_end as usize)
    }

    /// The value as spelled.
    #[must_use]
    pub fn raw(&self, id: NodeId) -> &'a [u8] {
        self.node(id).map_or(&[], |node| self.slice(node.start, node.end))
    }

    /// The key as spelled, without its quotes.
    #[must_use]
    pub fn raw_key(&self, id: NodeId) -> Option<&'a [u8]> {
        let node = self.node(id).filter(|node| node.is_member)?;
        Some(self.slice(node.key_start, node.key_end))
    }

    /// The node after the subtree of this one; descendants are those between.
    #[must_use]
    pub fn after(&self, id: NodeId) -> NodeId {
        NodeId(self.node(id).map_or(id.0.saturating_add(1), |node| node.after))
    }

    /// Elements or members of a container, duplicates included; 0 for anything else.
    #[must_use]
    pub fn child_count(&self, id: NodeId) -> u32 {
        self.node(id).map_or(0, |node| node.children)
    }

    /// Elements or members of a container, in the order of the text.
    #[must_use]
    pub fn children(&self, id: NodeId) -> Children<'a> {
        Children { document: *self, next: NodeId(id.0.saturating_add(1)), left: self.child_count(id) }
    }

    /// The key of a member, decoded; `None` also when it holds a lone surrogate.
    #[must_use]
    pub fn key(&self, id: NodeId) -> Option<Cow<'a, str>> {
        let node = self.node(id).filter(|node| node.is_member)?;
        let raw = self.slice(node.key_start, node.key_end);
        if node.key_escaped { decode(raw) } else { std::str::from_utf8(raw).ok().map(Cow::Borrowed) }
    }

    /// Whether the key of a member, decoded, is `name`. A key with a lone surrogate equals nothing.
    #[must_use]
    pub fn key_equals(&self, id: NodeId, name: &str) -> bool {
        let Some(node) = self.node(id).filter(|node| node.is_member) else {
            return false;
        };
        let raw = self.slice(node.key_start, node.key_end);
        if node.key_escaped { text::decodes_to(raw, name) } else { raw == name.as_bytes() }
    }

    /// Whether the key of a member is spelled with escapes.
    #[must_use]
    pub fn key_is_escaped(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| node.key_escaped)
    }

    /// A string value, decoded; `None` for anything else, and for a string with a lone surrogate.
    #[must_use]
    pub fn string(&self, id: NodeId) -> Option<Cow<'a, str>> {
        let node = self.node(id).filter(|node| node.kind == Kind::String)?;
        let raw = self.slice(node.start.saturating_add(1), node.end.saturating_sub(1));
        if node.escaped { decode(raw) } else { std::str::from_utf8(raw).ok().map(Cow::Borrowed) }
    }
}

/// The children of a node.
#[derive(Debug, Clone)]
pub struct Children<'a> {
    document: Document<'a>,
    next: NodeId,
    left: u32,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        self.left = self.left.checked_sub(1)?;
        let id = self.next;
        self.next = self.document.after(id);
        Some(id)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Children<'_> {}

#[cfg(test)]
mod tests;
