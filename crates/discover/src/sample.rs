//! Samples of responses: their values are looked at as they pass, and never kept.

use std::{
    fmt,
    io::{BufRead, BufReader, Read},
};

use meshveil_detect::Detector;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{
    Error, document,
    places::{Id, Places, ROOT, Step},
};

/// Bytes of one sample that are read.
const MOST: u64 = 1 << 30;

/// Reads documents one after the other. Memory grows with the places in them and the longest string, not with their number.
pub(crate) fn read(name: &str, reader: impl Read, places: &mut Places) -> Result<(), Error> {
    let failed = |error| Error::Read { name: name.to_owned(), error };
    let mut reader = BufReader::with_capacity(256 << 10, reader.take(MOST));
    let start = reader.fill_buf().map_err(failed)?;
    if start.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    let mut input = serde_json::Deserializer::from_reader(&mut reader);
    let mut documents = 0_u64;
    let result = loop {
        match input.end() {
            Ok(()) => break Ok(()),
            Err(error) if error.is_io() => break Err(error),
            // Something follows: the next document.
            Err(_) => {}
        }
        if let Err(error) = (Node { places, at: Some(ROOT) }).deserialize(&mut input) {
            break Err(error);
        }
        documents += 1;
    };
    if let Err(error) = result {
        if error.is_io() {
            return Err(failed(error.into()));
        }
        if reader.get_ref().limit() == 0 {
            return Err(Error::TooLong {
                name: name.to_owned(),
                mebibytes: MOST >> 20,
                hint: ": a part of it is enough",
            });
        }
        let (line, column) = (error.line(), error.column());
        let message = format!("neither JSON nor NDJSON: {}", document::json_message(&error));
        return Err(Error::At { name: name.to_owned(), line, column, message });
    }
    if documents == 0 {
        let message = "the sample is empty".to_owned();
        return Err(Error::At { name: name.to_owned(), line: 1, column: 1, message });
    }
    Ok(())
}

/// A value that is read at a place; at none where there are too many.
struct Node<'p> {
    places: &'p mut Places,
    at: Option<Id>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Node<'_> {
    fn value(self, text: &str, is_number: bool) {
        let Some(at) = self.at else { return };
        let owner = self.places.owner(at);
        if let Some(place) = self.places.at(owner) {
            place.shapes.text |= !is_number;
            place.shapes.number |= is_number;
            if text.trim().is_empty() {
                return;
            }
            place.counts.values += 1;
            if let Some(detector) = Detector::of(text) {
                place.counts.like.entry(detector.what()).or_insert((detector, 0)).1 += 1;
            }
        }
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.value(text, false);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.value(&number.to_string(), true);
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.value("-", true);
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.value("-", true);
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        if let Some(at) = self.at {
            let owner = self.places.owner(at);
            if let Some(place) = self.places.at(owner) {
                place.shapes.bool = true;
            }
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut child = None;
        if let Some(at) = self.at {
            let owner = self.places.owner(at);
            for id in [at, owner] {
                if let Some(place) = self.places.at(id) {
                    place.shapes.list = true;
                }
            }
            child = self.places.child(at, &Step::Items);
        }
        while elements.next_element_seed(Node { places: &mut *self.places, at: child })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut object = 0;
        if let Some(at) = self.at {
            object = self.places.begin_object(at);
            let owner = self.places.owner(at);
            for id in [at, owner] {
                if let Some(place) = self.places.at(id) {
                    place.shapes.object = true;
                }
            }
        }
        while let Some(name) = members.next_key::<String>()? {
            let child = self.at.and_then(|at| self.places.member(at, &name));
            if let Some(child) = child {
                self.places.see_member(child, object);
            }
            members.next_value_seed(Node { places: &mut *self.places, at: child })?;
        }
        Ok(())
    }
}
