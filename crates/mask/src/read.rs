//! Masks as JSON: `"redact"` or `{"redact": {"with": "#"}}`, read and written by what the catalogue says of parameters.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error, MapAccess, Unexpected, Visitor},
    ser::SerializeMap,
};

use crate::{Argument, Kind, MaskSpec, NAMES, Parameter, Written, parameter::list};

impl<'de> Deserialize<'de> for MaskSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SpecVisitor)
    }
}

struct SpecVisitor;

impl<'de> Visitor<'de> for SpecVisitor {
    type Value = MaskSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a mask in quotes, or an object of one member: the name and its parameters")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<MaskSpec, E> {
        MaskSpec::named(name).ok_or_else(|| {
            E::custom(format_args!("unknown mask `{name}`, known masks: {}", List(NAMES.iter().copied())))
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MaskSpec, A::Error> {
        let Some(name) = map.next_key::<String>()? else {
            return Err(A::Error::custom("a mask without a name"));
        };
        let spec = map.next_value_seed(ParametersOf(self.visit_str(&name)?))?;
        match map.next_key::<String>()? {
            None => Ok(spec),
            Some(second) => Err(A::Error::custom(format_args!("one mask expected, but `{second}` follows `{name}`"))),
        }
    }
}

/// Reads the parameters of a mask that has its defaults: from an object, never from a list.
struct ParametersOf(MaskSpec);

impl<'de> DeserializeSeed<'de> for ParametersOf {
    type Value = MaskSpec;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<MaskSpec, D::Error> {
        let spec = deserializer.deserialize_map(self)?;
        spec.check().map_err(D::Error::custom)?;
        Ok(spec)
    }
}

impl<'de> Visitor<'de> for ParametersOf {
    type Value = MaskSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the parameters of the mask")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<MaskSpec, A::Error> {
        let known = self.0.parameters();
        let mut seen = vec![false; known.len()];
        while let Some(at) = map.next_key_seed(NameOf(known))? {
            let (Some(parameter), Some(seen)) = (known.get(at), seen.get_mut(at)) else { break };
            if core::mem::replace(seen, true) {
                return Err(A::Error::duplicate_field(parameter.name));
            }
            let argument = map.next_value_seed(ArgumentOf(&parameter.kind))?;
            self.0.set(parameter.name, argument);
        }
        Ok(self.0)
    }
}

/// Reads the name of a parameter: its place in the list.
struct NameOf(&'static [Parameter]);

impl<'de> DeserializeSeed<'de> for NameOf {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for NameOf {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a parameter")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        let names = || self.0.iter().map(|parameter| parameter.name);
        names().position(|known| known == name).ok_or_else(|| match self.0 {
            [] => E::custom(format_args!("unknown field `{name}`, there are no fields")),
            _ => E::custom(format_args!("unknown field `{name}`, expected one of {}", List(names()))),
        })
    }
}

/// Reads the value of a parameter of this kind.
struct ArgumentOf<'k>(&'k Kind);

impl<'de> DeserializeSeed<'de> for ArgumentOf<'_> {
    type Value = Argument;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Argument, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for ArgumentOf<'_> {
    type Value = Argument;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }

    fn visit_bool<E: Error>(self, boolean: bool) -> Result<Argument, E> {
        self.0.read(Written::Boolean(boolean)).ok_or_else(|| E::invalid_type(Unexpected::Bool(boolean), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Argument, E> {
        self.0.read(Written::Number(number)).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Argument, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Argument, E> {
        self.0.read(Written::Text(text)).ok_or_else(|| match self.0 {
            Kind::Word(words) => E::unknown_variant(text, words),
            _ => E::invalid_value(Unexpected::Str(text), &self),
        })
    }
}

/// Words in backticks.
struct List<I>(I);

impl<'w, I: Iterator<Item = &'w str> + Clone> fmt::Display for List<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, self.0.clone())
    }
}

impl Serialize for MaskSpec {
    /// The short form where every parameter has its default.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if Self::named(self.id()).as_ref() == Some(self) {
            return serializer.serialize_str(self.id());
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.id(), &Arguments(self))?;
        map.end()
    }
}

/// The parameters of a mask with their values.
struct Arguments<'s>(&'s MaskSpec);

impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let arguments = self.0.arguments();
        let mut map = serializer.serialize_map(Some(arguments.len()))?;
        for (parameter, argument) in self.0.parameters().iter().zip(&arguments) {
            map.serialize_entry(parameter.name, argument)?;
        }
        map.end()
    }
}

impl Serialize for Argument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(number) => serializer.serialize_u32(*number),
            Self::Boolean(boolean) => serializer.serialize_bool(*boolean),
            Self::Character(character) => serializer.serialize_char(*character),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Word(word) => serializer.serialize_str(word),
        }
    }
}
