//! What happens to what no path lists, and how the names in paths are compared.

use serde::{Deserialize, Serialize};

/// What happens to scalars that no path of `shows` selects and no field masks, and to names of members that no path mentions.
/// The stricter is the greater.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unlisted {
    /// They go on as they are.
    #[default]
    Show,
    /// They are masked as `redact` does.
    Mask,
    /// The response is refused.
    Refuse,
}

/// How names in the paths of a field are compared with names of members.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Names {
    /// As RFC 9535 does, character by character.
    #[default]
    Exact,
    /// Without case; a name in a path that begins with `*` stands for all names that end in what follows.
    AnyCase,
}

/// What of the members that the paths of a field select is masked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MemberNames {
    /// The values; names stay.
    #[default]
    Keep,
    /// The names; values stay.
    Mask,
}

/// How a text holds a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inside {
    /// The text is the document.
    #[serde(rename = "json")]
    Json,
    /// The text is base64 of it.
    #[serde(rename = "base64-json")]
    Base64Json,
    /// The document is the payload of a signed token (RFC 7519). Where it changes, the signature goes.
    #[serde(rename = "jwt")]
    Jwt,
    /// The text is parameters (application/x-www-form-urlencoded), or a link with some: each is an object of one member.
    #[serde(rename = "query")]
    Query,
}

/// The allow-list of a view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AllowList {
    pub(crate) unlisted: Unlisted,
    pub(crate) shows: Vec<String>,
}

/// The allow-list of a view, with the paths of the fields that the view does not mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<'a> {
    /// What happens to the rest; never [`Unlisted::Show`].
    pub unlisted: Unlisted,
    /// Paths of what goes on as it is, and how their names are compared.
    pub shows: Vec<(&'a str, Names)>,
    /// Paths of members whose names alone do.
    pub names: Vec<(&'a str, Names)>,
}
