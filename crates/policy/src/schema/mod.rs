//! What a policy may say, as data: the reader takes its known keys from here, and the JSON schema and the reference page are
//! made from it.

mod cluster;
mod crd;
mod detect;
mod json;
mod objects;
mod page;

pub use cluster::*;
pub use crd::definition;
pub use detect::*;
pub use json::json_schema;
pub use objects::*;
pub use page::page;

/// A map of the policy file.
#[derive(Debug)]
pub struct Object {
    /// Name in the JSON schema and heading of the reference page.
    pub id: &'static str,
    /// What it is in a message: "a caller".
    pub what: &'static str,
    /// What it says.
    pub summary: &'static str,
    /// Its keys, in the order of the page.
    pub keys: &'static [Key],
    /// At least one of these has to be there.
    pub any_of: &'static [&'static str],
}

/// A key of an [`Object`].
#[derive(Debug)]
pub struct Key {
    /// How it is written.
    pub name: &'static str,
    /// What may stand there.
    pub kind: Kind,
    /// Whether it has to be there.
    pub required: bool,
    /// What counts where it is not there, as JSON; empty for nothing.
    pub default: &'static str,
    /// What it says.
    pub summary: &'static str,
}

/// What may stand under a key.
#[derive(Debug)]
pub enum Kind {
    /// This word and no other.
    Const(&'static str),
    /// Any text.
    Text,
    /// A name that can be part of metrics and Kubernetes objects.
    Name,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A port number.
    Port,
    /// A number from the first to the second.
    Number(u64, u64),
    /// Labels; at least one.
    Labels,
    /// Labels or annotations that belong to others.
    Free,
    /// Anything, as it is not read.
    Unread,
    /// An RFC 9535 query.
    Query,
    /// A mask.
    Mask,
    /// Masks by the name of a field.
    MaskByField,
    /// `namespace/name`.
    ServiceAccount,
    /// An address block.
    Cidr,
    /// A media type, or all of a top-level type.
    MediaRange,
    /// How to read bodies, by media type.
    ReadingByType,
    /// A day.
    Date,
    /// Queries by the name of a field.
    QueriesByField,
    /// The name of a response header.
    HeaderName,
    /// How response headers arrive, by name.
    ArrivalByHeader,
    /// A kind of value that is detected, or a group of kinds.
    Detector,
    /// Regular expressions by name.
    PatternByName,
    /// `all` or names of fields.
    Sees,
    /// Another map.
    Object(&'static Object),
    /// `namespace/name`, or a map.
    AccountOr(&'static Object),
    /// A list.
    List(&'static Kind),
}

impl Object {
    /// The key of this name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}
