//! Reads mask parameters with errors that say what may be written.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};

/// The most characters a mask keeps or writes.
pub(super) const MAX_CHARACTERS: u32 = 1024;

/// Parameters that can be wrong together although each is right on its own.
pub(super) trait Parameters: for<'de> Deserialize<'de> {
    /// Says in words what makes no sense together.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// Parameters read from an object, never from a list, and checked.
pub(super) struct Checked<P>(pub(super) P);

impl<'de, P: Parameters> Deserialize<'de> for Checked<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<P>(std::marker::PhantomData<P>);

        impl<'de, P: Parameters> Visitor<'de> for ObjectVisitor<P> {
            type Value = P;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with the parameters of the mask")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<P, A::Error> {
                P::deserialize(MapAccessDeserializer::new(map))
            }
        }

        let parameters: P = deserializer.deserialize_map(ObjectVisitor(std::marker::PhantomData))?;
        parameters.check().map_err(D::Error::custom)?;
        Ok(Self(parameters))
    }
}

/// The parameters of a mask that has none.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoParameters {}

impl Parameters for NoParameters {}

/// Checks that `number` lies between `least` and [`MAX_CHARACTERS`].
pub(super) fn check_count(name: &str, number: u32, least: u32) -> Result<(), String> {
    if (least..=MAX_CHARACTERS).contains(&number) {
        return Ok(());
    }
    Err(format!("`{name}` must be a whole number from {least} to {MAX_CHARACTERS}"))
}

struct CountVisitor {
    least: u32,
    /// The word that may stand in the number's place.
    word: Option<&'static str>,
}

impl Visitor<'_> for CountVisitor {
    /// `None` is the word.
    type Value = Option<u32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(word) = self.word {
            write!(f, "`{word}` or ")?;
        }
        write!(f, "a whole number from {} to {MAX_CHARACTERS}", self.least)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        u32::try_from(number)
            .ok()
            .filter(|count| (self.least..=MAX_CHARACTERS).contains(count))
            .map(Some)
            .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if self.word == Some(text) { Ok(None) } else { Err(E::invalid_value(Unexpected::Str(text), &self)) }
    }
}

/// Reads a number of characters, 0 included.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(deserializer.deserialize_any(CountVisitor { least: 0, word: None })?.unwrap_or_default())
}

/// Reads a number of characters, at least one.
pub(super) fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(deserializer.deserialize_any(CountVisitor { least: 1, word: None })?.unwrap_or(1))
}

/// How many mask characters stand in for hidden ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaskLength {
    /// One for each hidden character; the length of the value can be counted.
    Same,
    /// Always so many.
    Fixed(u32),
}

impl<'de> Deserialize<'de> for MaskLength {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let length = deserializer.deserialize_any(CountVisitor { least: 1, word: Some("same") })?;
        Ok(length.map_or(Self::Same, Self::Fixed))
    }
}

impl Serialize for MaskLength {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Same => serializer.serialize_str("same"),
            Self::Fixed(length) => serializer.serialize_u32(*length),
        }
    }
}
