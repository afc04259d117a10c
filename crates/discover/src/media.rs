//! Media types of responses: which of them the filter reads, and what a policy has to say for the others.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_plan::Reading;

/// What an OpenAPI document says about the types of responses.
#[derive(Debug, Default)]
pub(crate) struct Media {
    /// Types that hold JSON and that the filter does not read by itself: how it should, and where they are.
    pub(crate) reads: BTreeMap<String, (Reading, BTreeSet<Operation>)>,
    /// Types that are pictures, sound and the like, which no JSON is written in.
    pub(crate) binary: BTreeMap<String, BTreeSet<Operation>>,
    /// Types that may hold the same data in another form, which the filter refuses.
    pub(crate) refused: BTreeMap<String, BTreeSet<Operation>>,
    /// Streams, which the filter reads record by record.
    pub(crate) streams: BTreeMap<String, BTreeSet<Operation>>,
    /// Operations with a type that is read.
    read: BTreeSet<Operation>,
}

/// Method, in lower case, and path.
pub(crate) type Operation = (String, String);

/// Whether a type holds JSON, in whatever framing.
pub(crate) fn holds_json(media: &str) -> bool {
    let essence = essence(media);
    Reading::of(&essence).is_some() || matches!(essence.as_str(), "*/*" | "application/*") || names_json(&essence)
}

fn names_json(essence: &str) -> bool {
    !essence.ends_with("+json")
        && essence.split(['/', '+', '.', '-']).any(|word| matches!(word, "json" | "ndjson" | "jsonl" | "jsonlines"))
}

fn essence(media: &str) -> String {
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

impl Media {
    /// Notes the types of a response of an operation.
    pub(crate) fn note(&mut self, method: &str, path: &str, types: &[&str], is_success: bool) {
        let operation: Operation = (method.to_owned(), path.to_owned());
        let types: Vec<String> = types.iter().map(|media| essence(media)).collect();
        // Clients are made to ask for what can be read, where there is a choice.
        let has_read = types.iter().any(|essence| Reading::of(essence).is_some());
        for essence in types {
            match Reading::of(&essence) {
                Some(reading) => {
                    self.read.insert(operation.clone());
                    if reading != Reading::Json {
                        self.streams.entry(essence).or_default().insert(operation.clone());
                    }
                }
                None if essence.contains('*') || has_read => {}
                None if names_json(&essence) => {
                    let is_stream =
                        essence.split(['/', '+', '.', '-']).any(|word| matches!(word, "stream" | "seq" | "lines"));
                    let is_lines = !essence.split(['/', '+', '.', '-']).any(|word| word == "json");
                    let reading = if is_stream {
                        Reading::Documents
                    } else if is_lines {
                        Reading::Lines
                    } else {
                        Reading::Json
                    };
                    self.reads.entry(essence).or_insert_with(|| (reading, BTreeSet::new())).1.insert(operation.clone());
                }
                None if !is_success => {}
                None if is_binary(&essence) => {
                    self.binary.entry(essence).or_default().insert(operation.clone());
                }
                None => {
                    self.refused.entry(essence).or_default().insert(operation.clone());
                }
            }
        }
    }

    /// Whether every type of this path that a document names is read: nothing has to pass.
    pub(crate) fn reads_all(&self, path: &str) -> bool {
        let at = |operations: &BTreeSet<Operation>| operations.iter().any(|(_, own)| own == path);
        at(&self.read) && !self.refused.values().chain(self.binary.values()).any(at)
    }

    /// Types of a path that are not read.
    pub(crate) fn unread(&self, path: &str) -> Vec<&str> {
        let at = |operations: &BTreeSet<Operation>| operations.iter().any(|(_, own)| own == path);
        let all = self.refused.iter().chain(&self.binary);
        all.filter(|(_, operations)| at(operations)).map(|(media, _)| media.as_str()).collect()
    }
}

/// Pictures, sound, film, fonts: they may show a person, but hold no field that a policy names.
fn is_binary(essence: &str) -> bool {
    let kind = essence.split('/').next().unwrap_or_default();
    matches!(kind, "image" | "audio" | "video" | "font") && essence != "image/svg+xml"
}

/// Operations in one line: the first three, and how many more.
pub(crate) fn listed(operations: &BTreeSet<Operation>) -> String {
    let shown: Vec<String> = operations
        .iter()
        .take(3)
        .map(|(method, path)| format!("{} {}", method.to_uppercase(), crate::shown(path)))
        .collect();
    let more = operations.len().saturating_sub(3);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}
