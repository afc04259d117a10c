//! What was found, gathered by kind.

use std::collections::{BTreeMap, BTreeSet};

use super::sensitive::{self, Kind};

/// A step from a value to one inside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A member.
    Member(String),
    /// Any element or any member.
    Any,
}

/// Every sensitive place: by kind, the paths, and why each is there.
#[derive(Debug, Default)]
pub(super) struct Found(BTreeMap<usize, (&'static Kind, BTreeMap<String, BTreeSet<String>>)>);

impl Found {
    fn add(&mut self, kind: &'static Kind, path: String, why: String) {
        let order = sensitive::KINDS.iter().position(|known| known == kind).unwrap_or(usize::MAX);
        self.0.entry(order).or_insert_with(|| (kind, BTreeMap::new())).1.entry(path).or_default().insert(why);
    }

    /// Looks at the name of a member; says whether it means something.
    pub(super) fn look_at_name(&mut self, path: &[Step], why: &str) -> bool {
        let mut names = path.iter().rev().filter_map(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            Step::Any => None,
        });
        let Some(own) = names.next() else { return false };
        let parent = names.next();
        let Some((kind, both)) = sensitive::by_name(parent, own) else { return false };
        let around = if both { parent.map(member) } else { None };
        // A name means the same wherever it stands.
        let path = match around {
            Some(around) => format!("$..{}{}", around.trim_start_matches('.'), member(own)),
            None => format!("$..{}", member(own).trim_start_matches('.')),
        };
        self.add(kind, path, format!("its name; {why}"));
        true
    }

    /// Adds one place for another reason than its name.
    pub(super) fn add_place(&mut self, kind: &'static Kind, path: &[Step], why: String) {
        let steps: String = path
            .iter()
            .map(|step| match step {
                Step::Member(name) => member(name),
                Step::Any => "[*]".to_owned(),
            })
            .collect();
        self.add(kind, format!("${steps}"), why);
    }

    /// Each kind with its paths and their reasons, in the order of the catalogue.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (&'static Kind, &BTreeMap<String, BTreeSet<String>>)> {
        self.0.values().map(|(kind, paths)| (*kind, paths))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A member's selector (RFC 9535, section 2.5.1): the short form where the name allows it.
fn member(name: &str) -> String {
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if starts && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        format!(".{name}")
    } else {
        // What YAML does not take as it is, RFC 9535 can escape.
        let hidden = |letter: &char| matches!(letter, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
        let escape = |letter: char| match hidden(&letter) {
            true => format!("\\u{:04x}", u32::from(letter)),
            false => letter.to_string(),
        };
        let text = serde_json::Value::from(name).to_string();
        format!("[{}]", text.chars().map(escape).collect::<String>())
    }
}
