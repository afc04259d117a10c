//! `sees`: the word `all` or a list of field names.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// The fields a caller sees in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sees {
    /// Every field (`"all"`).
    All,
    /// The named fields.
    Fields(Vec<String>),
}

impl Default for Sees {
    fn default() -> Self {
        Self::Fields(Vec::new())
    }
}

impl Serialize for Sees {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Fields(fields) => fields.serialize(serializer),
        }
    }
}

/// Written by hand: what serde derives for an untagged enum does not say what was expected.
impl<'de> Deserialize<'de> for Sees {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Sees;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`all` or a list of field names")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Sees, E> {
                if word == "all" {
                    return Ok(Sees::All);
                }
                Err(E::invalid_value(serde::de::Unexpected::Str(word), &self))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Sees, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = items.next_element()? {
                    fields.push(field);
                }
                Ok(Sees::Fields(fields))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}
