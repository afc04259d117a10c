//! A plan from JSON: the stream's own checks, then the tape as a source for serde.
//!
//! With `serde_json` the filter module would hold a second JSON reader and the conversion of floating point numbers, a
//! tenth of its size, and the place of a fault would have to be guessed from a line and a column.

use core::fmt::{self, Display};

use meshveil_mask::Keys;
use meshveil_plan::{CheckedPlan, Fault, Faults, Limits, Plan, PlanPath, Problem, Segment};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};

use crate::{
    Masker, StreamError,
    tape::{Children, Document, Kind, NodeId, Tape},
};

/// Reads a plan and checks it.
///
/// # Errors
/// Every fault; the first alone where the text cannot be read. Messages quote member names, never the values of the document.
pub fn read_plan(json: &[u8]) -> Result<CheckedPlan, Faults> {
    let plan: Plan = read(json).map_err(|Misfit(fault)| *fault)?;
    plan.check()
}

/// The text of a plan without the value of one of its members; the whole text where it does not have it.
#[must_use]
pub fn without_member<'t>(json: &'t [u8], name: &str) -> [&'t [u8]; 2] {
    let mut tape = Tape::new();
    if check(json).is_err() || tape.read(json).is_err() {
        return [json, b""];
    }
    let document = tape.over(json);
    let member = document.children(NodeId::ROOT).find(|node| document.key_equals(*node, name));
    let parts =
        member.map(|node| document.span(node)).and_then(|span| Some([json.get(..span.start)?, json.get(span.end..)?]));
    parts.unwrap_or([json, b""])
}

/// The text of a plan as if it had never had one of its members, and the text of that member's value; `None` where it does not have it.
#[must_use]
pub fn split_member<'t>(json: &'t [u8], name: &str) -> Option<(Vec<u8>, &'t [u8])> {
    let mut tape = Tape::new();
    check(json).ok()?;
    tape.read(json).ok()?;
    let document = tape.over(json);
    let node = document.children(NodeId::ROOT).find(|node| document.key_equals(*node, name))?;
    let (value, key) = (document.span(node), document.key_span(node)?);
    let before = json.get(..key.start)?.strip_suffix(b"\"").unwrap_or(json.get(..key.start)?).trim_ascii_end();
    let after = json.get(value.end..)?;
    // One comma goes with it: that before it, or that behind the first of several.
    let (before, after) = match (before.strip_suffix(b","), after.trim_ascii_start().strip_prefix(b",")) {
        (Some(before), _) => (before, after),
        (None, Some(after)) => (before, after),
        (None, None) => (before, after),
    };
    Some(([before, after].concat(), json.get(value)?))
}

/// Reads what the types say; what they cannot say is checked elsewhere.
fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Misfit> {
    check(json)?;
    let mut tape = Tape::new();
    tape.read(json).map_err(Misfit::custom)?;
    T::deserialize(Value { document: tape.over(json), node: NodeId::ROOT })
}

/// Checks that the bytes are one JSON document: the tape takes that for granted.
fn check(json: &[u8]) -> Result<(), Misfit> {
    let limits = Limits { depth: json.len(), key: json.len(), ..Limits::default() };
    let masker = Masker::compile(Vec::new(), &Keys::none(), limits).map_err(Misfit::custom)?;
    let mut stream = masker.stream();
    let mut unused = Vec::new();
    let read = stream.push(json, &mut unused).and_then(|()| stream.finish(&mut unused));
    read.map(|_| ()).map_err(|StreamError { code, offset }| {
        let before = json.iter().take(usize::try_from(offset).unwrap_or(usize::MAX));
        let (line, column) =
            before.fold((1, 1), |(line, column), &byte| if byte == b'\n' { (line + 1, 1) } else { (line, column + 1) });
        Misfit::custom(format_args!("line {line}, column {column}: {}", code.message()))
    })
}

/// What does not fit the types, without the value, and where. In a box, and made out of line: the code that reads a plan
/// is mostly ways to fail, one for each member of each type.
#[derive(Debug)]
struct Misfit(Box<Fault>);

impl Misfit {
    #[cold]
    #[inline(never)]
    fn unreadable(message: &dyn Display) -> Self {
        Self(Box::new(Fault { path: PlanPath::default(), problem: Problem::Unreadable(message.to_string()) }))
    }

    /// The fault is in the child that `segment` leads to.
    #[cold]
    #[inline(never)]
    fn within(self, segment: impl Into<Segment>) -> Self {
        Self(Box::new(self.0.within(segment)))
    }

    #[cold]
    #[inline(never)]
    fn within_member(self, document: Document<'_>, node: NodeId) -> Self {
        self.within(document.key(node).unwrap_or_default().into_owned())
    }
}

impl std::error::Error for Misfit {}

impl Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.problem.fmt(f)
    }
}

impl Error for Misfit {
    fn custom<T: Display>(message: T) -> Self {
        Self::unreadable(&message)
    }

    /// Serde would quote the value; a plan may hold what a log must not.
    #[cold]
    #[inline(never)]
    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::unreadable(&format_args!("expected {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(Unexpected::Other(""), expected)
    }
}

/// A value of the plan.
#[derive(Clone, Copy)]
struct Value<'a> {
    document: Document<'a>,
    node: NodeId,
}

impl<'a> Value<'a> {
    fn kind(self) -> Kind {
        self.document.kind(self.node)
    }

    fn string(self) -> Result<String, Misfit> {
        self.document.string(self.node).map(Into::into).ok_or_else(lone_surrogate)
    }

    fn children(self) -> Members<'a> {
        Members { document: self.document, children: self.document.children(self.node), current: None, index: 0 }
    }

    fn misfit<'de, V: Visitor<'de>>(visitor: &V) -> Misfit {
        Misfit::invalid_type(Unexpected::Other(""), visitor)
    }
}

fn lone_surrogate() -> Misfit {
    Misfit::custom("a surrogate without its other half")
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.kind() {
            Kind::Null => visitor.visit_unit(),
            Kind::False => visitor.visit_bool(false),
            Kind::True => visitor.visit_bool(true),
            Kind::Number => self.deserialize_u64(visitor),
            Kind::String => self.deserialize_string(visitor),
            Kind::Array => self.deserialize_seq(visitor),
            Kind::Object => self.deserialize_map(visitor),
        }
    }

    /// All numbers of a plan are whole and not negative.
    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let digits = core::str::from_utf8(self.document.raw(self.node)).unwrap_or_default();
        match digits.parse() {
            Ok(number) if self.kind() == Kind::Number => visitor.visit_u64(number),
            _ => Err(Self::misfit(&visitor)),
        }
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.kind() {
            Kind::String => visitor.visit_string(self.string()?),
            _ => Err(Self::misfit(&visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.kind() == Kind::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.kind() {
            Kind::Array => visitor.visit_seq(self.children()),
            _ => Err(Self::misfit(&visitor)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.kind() {
            Kind::Object => visitor.visit_map(self.children()),
            _ => Err(Self::misfit(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.deserialize_map(visitor)
    }

    /// A name, or an object of one member.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let mut children = self.document.children(self.node);
        let (name, content) = match (self.kind(), children.next(), children.next()) {
            (Kind::String, ..) => (self.string()?, None),
            (Kind::Object, Some(child), None) => {
                let name = self.document.key(child).ok_or_else(lone_surrogate)?;
                (name.into(), Some(Value { node: child, ..self }))
            }
            _ => return Err(Self::misfit(&visitor)),
        };
        let read = visitor.visit_enum(Variant { name: &name, content });
        read.map_err(|fault| if content.is_some() { fault.within(name) } else { fault })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u128 f32 f64 char bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct identifier ignored_any
    }
}

/// The children of an array or object.
struct Members<'a> {
    document: Document<'a>,
    children: Children<'a>,
    /// The member of which the key was read.
    current: Option<NodeId>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Members<'_> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let Some(node) = self.children.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        let read = seed.deserialize(Value { document: self.document, node });
        read.map(Some).map_err(|fault| fault.within(index))
    }
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some(node) = self.children.next() else { return Ok(None) };
        self.current = Some(node);
        let key = self.document.key(node).ok_or_else(lone_surrogate)?;
        let read = seed.deserialize(Name(&key)).map_err(|fault| fault.within_member(self.document, node))?;
        Ok(Some(read))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let Some(node) = self.current.take() else { return Err(Misfit::custom("a value without a key")) };
        let value = Value { document: self.document, node };
        seed.deserialize(value).map_err(|fault| fault.within_member(self.document, node))
    }
}

/// The name of a member or of a variant.
struct Name<'a>(&'a str);

impl<'de> Deserializer<'de> for Name<'_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_str(self.0)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A variant of an enum.
struct Variant<'a> {
    name: &'a str,
    content: Option<Value<'a>>,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Misfit;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Misfit> {
        Ok((seed.deserialize(Name(self.name))?, self))
    }
}

impl Variant<'_> {
    fn content(&self) -> Result<Value<'_>, Misfit> {
        self.content.ok_or_else(|| Misfit::custom(format_args!("expected an object with `{}` in it", self.name)))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        match self.content {
            None => Ok(()),
            Some(_) => Err(Misfit::custom(format_args!("expected `{}` in quotes alone", self.name))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Misfit> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.content()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Misfit> {
        self.content()?.deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests;
