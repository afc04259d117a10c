//! A map of which every key is either asked for or a finding.

use meshveil_text::{Finding, Node, Value, nearest};

use super::Reader;
use crate::{codes, schema::Object};

/// A map that is being read.
pub(super) struct Map<'n> {
    node: &'n Node,
    object: &'static Object,
}

impl<'n> Map<'n> {
    /// `None`, and a finding, for anything but a map. Keys that the schema does not have are findings.
    pub(super) fn read(reader: &mut Reader<'_>, node: &'n Node, object: &'static Object) -> Option<Self> {
        if !matches!(node.value, Value::Map(_)) {
            reader.error(&codes::WRONG_TYPE, node, format!("{} is a map, not {}", object.what, node.what()));
            return None;
        }
        let map = Self { node, object };
        map.unknown_keys(reader);
        Some(map)
    }

    /// The value of a key that may be missing.
    pub(super) fn optional(&self, key: &'static str) -> Option<&'n Node> {
        debug_assert!(self.object.key(key).is_some(), "the schema of {} has no `{key}`", self.object.what);
        self.node.get(key)
    }

    /// The value of a key that must be there.
    pub(super) fn required(&self, reader: &mut Reader<'_>, key: &'static str) -> Option<&'n Node> {
        debug_assert!(self.object.key(key).is_some_and(|key| key.required), "`{key}` of {}", self.object.what);
        let found = self.optional(key);
        if found.is_none() {
            let message = format!("{} has no `{key}`", self.object.what);
            reader.error(&codes::MISSING_KEY, self.node, message);
        }
        found
    }

    fn unknown_keys(&self, reader: &mut Reader<'_>) {
        let known = || self.object.keys.iter().map(|key| key.name);
        for (key, _) in self.node.entries() {
            if self.object.key(&key.name).is_some() {
                continue;
            }
            let message = format!("{} has no key `{}`", self.object.what, key.name);
            let finding = Finding::new(&codes::UNKNOWN_KEY, key.span, message);
            reader.findings.push(match nearest(&key.name, known()) {
                Some(near) if self.node.entry(near).is_some() => finding.help(format!("`{near}` is there already")),
                Some(near) => finding.suggest(key.span, near, format!("did you mean `{near}`?")),
                None => finding.help(format!("known keys: {}", list(known()))),
            });
        }
    }
}

/// Words in backticks, with commas.
pub(super) fn list<'k>(words: impl Iterator<Item = &'k str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
