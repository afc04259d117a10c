//! Documents whose size and text are checked before they are read as YAML or JSON.

use std::{io::Read, path::Path};

use meshveil_text::{Files, Severity, Value, codes, tree};

use crate::{Error, shown::shown};

/// Bytes of a document that are read.
const MOST: u64 = 64 << 20;

/// Reads a YAML or JSON document, with notes about what was passed over.
pub(crate) fn read(name: &str, reader: impl Read, notes: &mut Vec<String>) -> Result<serde_json::Value, Error> {
    let mut bytes = Vec::new();
    let failed = |error| Error::Read { name: name.to_owned(), error };
    reader.take(MOST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > MOST) {
        return Err(Error::TooLong { name: name.to_owned(), mebibytes: MOST >> 20, hint: "" });
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let (line, column) = place(valid);
            return Err(Error::At { name: name.to_owned(), line, column, message: "not UTF-8".to_owned() });
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    parse(name, text, notes)
}

fn parse(name: &str, text: &str, notes: &mut Vec<String>) -> Result<serde_json::Value, Error> {
    let at = |line, column, message: String| Error::At { name: name.to_owned(), line, column, message };
    let not_json =
        |error: &serde_json::Error| at(error.line(), error.column(), format!("not JSON: {}", json_message(error)));
    // YAML would forgive a file of that name what JSON does not.
    if Path::new(name).extension().is_some_and(|extension| extension == "json") {
        serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| not_json(&error))?;
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
