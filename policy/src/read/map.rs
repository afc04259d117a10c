//! A map of which every key is either asked for or a finding.

use meshveil_source::{Finding, Node, Severity};

use super::Reader;
use crate::codes;

/// A map that is being read.
pub(super) struct Map<'n> {
    node: &'n Node,
    /// What it is, for messages.
    what: String,
    /// Keys that were asked for.
    known: Vec<&'static str>,
}

impl<'n> Map<'n> {
    /// `None`, and a finding, for anything but a map.
    pub(super) fn read(reader: &mut Reader<'_>, node: &'n Node, what: impl Into<String>) -> Option<Self> {
        let what = what.into();
        if !matches!(node.value, meshveil_source::Value::Map(_)) {
            reader.error(codes::WRONG_TYPE, node, format!("{what} is a map, not {}", node.what()));
            return None;
        }
        Some(Self { node, what, known: Vec::new() })
    }

    /// The value of a key that may be missing.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        self.node.get(key)
    }

    /// The value of a key that must be there.
    pub(super) fn required(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Option<&'n Node> {
        let found = self.optional(key);
        if found.is_none() {
            let message = format!("{} has no `{key}`", self.what);
            reader.error(codes::MISSING_KEY, self.node, message);
        }
        found
    }

    /// A key that belongs to others.
    pub(super) fn ignored(&mut self, key: &'static str) {
        self.known.push(key);
    }

    /// Keys that nobody asked for are findings.
    pub(super) fn finish(self, reader: &mut Reader<'_>) {
        for (key, _) in self.node.entries() {
            if self.known.contains(&key.name.as_str()) {
                continue;
            }
            let message = format!("{} has no key `{}`", self.what, key.name);
            let mut finding = Finding::new(codes::UNKNOWN_KEY, Severity::Error, key.span, message);
            finding = match nearest(&key.name, self.known.iter().copied()) {
                Some(known) => finding.fix(key.span, known, format!("did you mean `{known}`?")),
                None => finding.help(format!("known keys: {}", list(self.known.iter().copied()))),
            };
            reader.findings.push(finding);
        }
    }
}

/// The known word that was probably meant.
pub(super) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let lower = word.to_lowercase();
    known
        .map(|known| (strsim::osa_distance(&lower, &known.to_lowercase()), known))
        .filter(|(distance, known)| *distance <= 2.min(known.len() / 2))
        .min()
        .map(|(_, known)| known)
}

/// Words in backticks, with commas.
pub(super) fn list<'k>(words: impl Iterator<Item = &'k str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
