//! Files whose size and text are checked before anybody reads them.

use std::{fs::File, io::Read, path::Path};

use meshveil_text::{Files, Severity, Value, codes, tree};

use crate::Failure;

/// Bytes of a document that are read.
const MOST: u64 = 64 << 20;

/// The name that messages call a file by.
pub(super) fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "(standard input)".to_owned() } else { path.display().to_string() }
}

/// Opens a file, or standard input.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdin()));
    }
    if path.is_dir() {
        return Err(Failure::Usage(format!("`{}` is a directory: name its files", path.display())));
    }
    Ok(Box::new(File::open(path).map_err(Failure::reading(path))?))
}

/// Reads a YAML or JSON document, with notes about what was passed over.
pub(super) fn read(path: &Path, notes: &mut Vec<String>) -> Result<serde_json::Value, Failure> {
    let name = name(path);
    let mut bytes = Vec::new();
    open(path)?.take(MOST + 1).read_to_end(&mut bytes).map_err(Failure::reading(path))?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > MOST) {
        return Err(Failure::Usage(format!("`{name}` is longer than {} MiB", MOST >> 20)));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let (line, column) = place(valid);
            return Err(Failure::Usage(format!("{name}:{line}:{column}: not UTF-8")));
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    parse(&name, text, notes).map_err(Failure::Usage)
}

fn parse(name: &str, text: &str, notes: &mut Vec<String>) -> Result<serde_json::Value, String> {
    let not_json = |error: &serde_json::Error| {
        format!("{name}:{}:{}: not JSON: {}", error.line(), error.column(), json_message(error))
    };
    // YAML would forgive a file of that name what JSON does not.
    if Path::new(name).extension().is_some_and(|extension| extension == "json") {
        serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| not_json(&error))?;
    }
    let mut files = Files::default();
    let file = files.add(name, text);
    let mut findings = Vec::new();
    let documents = tree::parse(file, text, &mut findings);
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
            .ok_or_else(|| format!("{name}:1:1: not a map of keys and values"));
    };
    // What JSON has and YAML has not: surrogates as two escapes, tabs.
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        Err(error) if text.trim_start().starts_with('{') => Err(not_json(&error)),
        Err(_) => Err(format!("{name}:{}:{}: {}", broken.span.line, broken.span.column, shown(&broken.message))),
    }
}

/// The message of a JSON error, without the place. It names what is wrong with the syntax, and no value.
pub(super) fn json_message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

/// Line and column, from 1, behind these bytes.
fn place(bytes: &[u8]) -> (usize, usize) {
    let line = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    let last = bytes.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    (line, String::from_utf8_lossy(last).chars().count() + 1)
}

/// A text of somebody else for messages and comments: one line, and nothing that moves a cursor or turns the writing direction.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (count, letter) in text.chars().enumerate() {
        if count >= 200 {
            shown.push('…');
            break;
        }
        if is_printable(letter) { shown.push(letter) } else { shown.extend(letter.escape_unicode()) }
    }
    shown
}

/// Whether a character stands for itself on a screen and in YAML.
pub(super) fn is_printable(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{ffff}')
        && !matches!(letter, '\u{e0000}'..='\u{e007f}')
}
