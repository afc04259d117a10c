//! YAML to write, as a tree: texts with their quotes, maps and lists in block or flow style, comments and blank lines
//! where they stand.
//!
//! [`block!`](crate::block) and [`flow!`](crate::flow) build a tree from code that looks like the document.

mod emit;
mod json;
mod macros;
mod scalar;
#[cfg(test)]
mod tests;

pub use emit::{document, file};
pub use json::Json;
pub use scalar::{Text, literal, quoted};

/// A value to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Yaml {
    /// A text.
    Text(Text),
    /// A number, a boolean or null.
    Other(Other),
    /// A map.
    Map(Map),
    /// A list.
    List(List),
    /// A value as JSON, spread over lines.
    Json(Json),
}

/// A scalar that is not a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Other {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
}

/// A line, or several, of a map or list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part<T> {
    /// An entry or item.
    Item(T),
    /// A comment on a line of its own.
    Comment(String),
    /// A comment at the end of the line before; below it where that has several lines.
    Beside(String),
    /// A blank line.
    Blank,
}

/// A map in the order in which it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Map {
    pub(crate) parts: Vec<Part<(Text, Yaml)>>,
    pub(crate) flow: bool,
}

/// A list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    pub(crate) parts: Vec<Part<Yaml>>,
    pub(crate) flow: bool,
}

impl Map {
    /// Adds an entry. A key that is there already stays where it is and gets the new value.
    pub fn set(&mut self, key: impl Into<Text>, value: impl Into<Yaml>) {
        let (key, value) = (key.into(), value.into());
        let mut entries = self.parts.iter_mut().filter_map(|part| match part {
            Part::Item(entry) => Some(entry),
            _ => None,
        });
        match entries.find(|(known, _)| known.is_same(&key)) {
            Some(known) => *known = (key, value),
            None => self.parts.push(Part::Item((key, value))),
        }
    }

    /// Adds a comment on a line of its own: what it says is about the next entry.
    pub fn comment(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Comment(text.into()));
    }

    /// Adds a comment at the end of the last entry's line.
    pub fn beside(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Beside(text.into()));
    }

    /// Adds a blank line.
    pub fn blank(&mut self) {
        self.parts.push(Part::Blank);
    }

    /// Adds everything in another map, with its comments.
    pub fn append(&mut self, other: Self) {
        for part in other.parts {
            match part {
                Part::Item((key, value)) => self.set(key, value),
                other => self.parts.push(other),
            }
        }
    }

    /// The same in flow style: it goes into one line with all that is in it, unless there are comments.
    #[must_use]
    pub fn flow(mut self) -> Self {
        self.flow = true;
        self
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries().next().is_none()
    }

    /// The entries, without comments.
    pub fn entries(&self) -> impl Iterator<Item = &(Text, Yaml)> {
        items(&self.parts)
    }
}

impl List {
    /// Adds an item.
    pub fn push(&mut self, item: impl Into<Yaml>) {
        self.parts.push(Part::Item(item.into()));
    }

    /// Adds a comment on a line of its own: what it says is about the next item.
    pub fn comment(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Comment(text.into()));
    }

    /// The same in flow style: it goes into one line with all that is in it, unless there are comments.
    #[must_use]
    pub fn flow(mut self) -> Self {
        self.flow = true;
        self
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items().next().is_none()
    }

    /// The items, without comments.
    pub fn items(&self) -> impl Iterator<Item = &Yaml> {
        items(&self.parts)
    }
}

fn items<T>(parts: &[Part<T>]) -> impl Iterator<Item = &T> {
    parts.iter().filter_map(|part| if let Part::Item(item) = part { Some(item) } else { None })
}

impl<K: Into<Text>, V: Into<Yaml>> Extend<(K, V)> for Map {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        entries.into_iter().for_each(|(key, value)| self.set(key, value));
    }
}

impl<K: Into<Text>, V: Into<Yaml>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::default();
        map.extend(entries);
        map
    }
}

impl<T: Into<Yaml>> Extend<T> for List {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T: Into<Yaml>> FromIterator<T> for List {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut list = Self::default();
        list.extend(items);
        list
    }
}

macro_rules! into_yaml {
    ($($from:ty => |$value:ident| $into:expr;)*) => {
        $(impl From<$from> for Yaml {
            fn from($value: $from) -> Self {
                $into
            }
        })*
    };
}

into_yaml! {
    Text => |text| Self::Text(text);
    &str => |text| Self::Text(text.into());
    &String => |text| Self::Text(text.into());
    String => |text| Self::Text(text.into());
    bool => |value| Self::Other(Other::Bool(value));
    i64 => |value| Self::Other(Other::Int(value));
    i32 => |value| Self::Other(Other::Int(value.into()));
    u16 => |value| Self::Other(Other::Int(value.into()));
    u32 => |value| Self::Other(Other::Int(value.into()));
    Map => |value| Self::Map(value);
    List => |value| Self::List(value);
    Json => |value| Self::Json(value);
}
