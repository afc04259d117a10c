//! Documents whose size and text are checked before they are read as YAML or JSON.

use std::{fmt, io::Read, path::Path};

use meshveil_text::{Files, Severity, Value, codes, tree};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{Error, shown::shown};

/// Bytes of a document that are read.
pub(crate) const MOST: u64 = 64 << 20;

/// Reads a YAML or JSON document, with notes about what was passed over.
pub(crate) fn read(name: &str, reader: impl Read, notes: &mut Vec<String>) -> Result<serde_json::Value, Error> {
    parse(name, &text(name, bytes(name, reader)?)?, notes)
}

/// The bytes of a source.
pub(crate) fn bytes(name: &str, reader: impl Read) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let failed = |error| Error::Read { name: name.to_owned(), error };
    reader.take(MOST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > MOST) {
        return Err(Error::TooLong { name: name.to_owned(), mebibytes: MOST >> 20, hint: "" });
    }
    Ok(bytes)
}

/// Bytes as text, without a byte order mark.
pub(crate) fn text(name: &str, bytes: Vec<u8>) -> Result<String, Error> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let (line, column) = place(valid);
        Error::At { name: name.to_owned(), line, column, message: "not UTF-8".to_owned() }
    })?;
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}

/// A YAML or JSON document of a text.
pub(crate) fn parse(name: &str, text: &str, notes: &mut Vec<String>) -> Result<serde_json::Value, Error> {
    let at = |line, column, message: String| Error::At { name: name.to_owned(), line, column, message };
    let not_json =
        |error: &serde_json::Error| at(error.line(), error.column(), format!("not JSON: {}", json_message(error)));
    if text.trim_start().starts_with('{') {
        let mut is_doubled = false;
        let mut input = serde_json::Deserializer::from_str(text);
        let value = (Once { is_doubled: &mut is_doubled })
            .deserialize(&mut input)
            .and_then(|value| input.end().map(|()| value));
        match value {
            // Where a key is doubled the reader below says where.
            Ok(value) if !is_doubled && value.is_object() => return Ok(value),
            // YAML would forgive a file of that name what JSON does not.
            Err(error) if Path::new(name).extension().is_some_and(|extension| extension == "json") => {
                return Err(not_json(&error));
            }
            _ => {}
        }
    }
    let mut files = Files::default();
    let file = files.add(name, text);
    let mut findings = Vec::new();
    let documents = tree::parse_with_keys_as_written(file, text, &mut findings);
    let broken = findings
        .iter()
        .find(|finding| finding.severity == Severity::Error && *finding.code != codes::manifest::DUPLICATE_KEY);
    let Some(broken) = broken else {
        for finding in &findings {
            notes.push(format!("{}: {}: the first counts", files.place(finding.span), shown(&finding.message)));
        }
        let document = documents.into_iter().find(|document| matches!(document.value, Value::Map(_)));
        return document
            .map(|document| document.to_json())
            .ok_or_else(|| at(1, 1, "not a map of keys and values".to_owned()));
    };
    // What JSON has and YAML has not: surrogates as two escapes, tabs.
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        Err(error) if text.trim_start().starts_with('{') => Err(not_json(&error)),
        Err(_) => Err(at(broken.span.line as usize, broken.span.column as usize, shown(&broken.message))),
    }
}

/// The message of a JSON error, without the place. It names what is wrong with the syntax, and no value.
pub(crate) fn json_message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

/// Line and column, from 1, behind these bytes.
fn place(bytes: &[u8]) -> (usize, usize) {
    let line = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    let last = bytes.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    (line, String::from_utf8_lossy(last).chars().count() + 1)
}

/// A JSON value; tells whether an object had a name twice, of which the first counts.
struct Once<'d> {
    is_doubled: &'d mut bool,
}

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = serde_json::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once<'_> {
    type Value = serde_json::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(serde_json::Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(Once { is_doubled: &mut *self.is_doubled })? {
            list.push(element);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut map = serde_json::Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Once { is_doubled: &mut *self.is_doubled })?;
            if map.contains_key(&name) {
                *self.is_doubled = true;
            } else {
                map.insert(name, value);
            }
        }
        Ok(map.into())
    }
}
