//! Media types: how bodies are read, and how a plan lists those that pass unread.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a body is read: how its JSON documents follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reading {
    /// One document (RFC 8259).
    Json,
    /// Documents separated by line feeds (NDJSON, JSON Lines).
    Lines,
    /// Documents one after the other, with or without white space between them.
    Documents,
    /// Server-sent events whose data is JSON (HTML Standard, section 9.2).
    Events,
    /// A JSON text sequence (RFC 7464).
    Sequence,
}

/// Media types that are read, beside those of which [`BY_ENDING`] or [`BY_BEGINNING`] says so; and, as `None`, those of which
/// they say so and that are not.
const KNOWN: &[(&str, Option<Reading>)] = &[
    ("application/json", Some(Reading::Json)),
    ("text/json", Some(Reading::Json)),
    ("text/x-json", Some(Reading::Json)),
    ("application/x-json", Some(Reading::Json)),
    ("application/x-ndjson", Some(Reading::Lines)),
    ("application/ndjson", Some(Reading::Lines)),
    ("text/x-ndjson", Some(Reading::Lines)),
    ("application/jsonl", Some(Reading::Lines)),
    ("application/x-jsonl", Some(Reading::Lines)),
    ("text/jsonl", Some(Reading::Lines)),
    ("application/jsonlines", Some(Reading::Lines)),
    ("application/x-jsonlines", Some(Reading::Lines)),
    ("application/json-lines", Some(Reading::Lines)),
    ("application/x-ldjson", Some(Reading::Lines)),
    ("application/json-seq", Some(Reading::Sequence)),
    ("text/event-stream", Some(Reading::Events)),
    // Spring's name for JSON Lines; its suffix would say one document.
    ("application/stream+json", Some(Reading::Lines)),
    // JSON in frames of their own, in spite of the suffix.
    ("application/grpc+json", None),
    ("application/grpc-web+json", None),
    ("application/connect+json", None),
];

/// Structured syntax suffixes (RFC 6838, section 4.2.8), and subtypes that end like the name of a file
/// (`application/vnd.company.v1.json`).
const BY_ENDING: &[(&str, Reading)] = &[
    ("+json", Reading::Json),
    ("+json-seq", Reading::Sequence),
    ("+ndjson", Reading::Lines),
    ("+x-ndjson", Reading::Lines),
    ("+jsonl", Reading::Lines),
    (".json", Reading::Json),
    (".ndjson", Reading::Lines),
    (".jsonl", Reading::Lines),
];

/// `application/x-amz-json-1.1` and its other versions.
const BY_BEGINNING: &[(&str, Reading)] = &[("application/x-amz-json-", Reading::Json)];

impl Reading {
    /// Every way to read a body by its name in policies and plans.
    pub const NAMED: [(&'static str, Self); 5] = [
        ("json", Self::Json),
        ("lines", Self::Lines),
        ("documents", Self::Documents),
        ("events", Self::Events),
        ("sequence", Self::Sequence),
    ];

    /// How bodies of a media type (`type/subtype`, lower case, without parameters) are read where no plan says how; `None`
    /// where they are not.
    #[must_use]
    pub fn of(essence: &str) -> Option<Self> {
        if let Some((_, reading)) = KNOWN.iter().find(|(known, _)| *known == essence) {
            return *reading;
        }
        let ending = BY_ENDING.iter().find(|(ending, _)| essence.ends_with(ending));
        let beginning = || BY_BEGINNING.iter().find(|(beginning, _)| essence.starts_with(beginning));
        ending.or_else(beginning).map(|(_, reading)| *reading)
    }

    /// Its name in policies and plans.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMED.iter().find(|(_, reading)| *reading == self).map_or("", |(name, _)| name)
    }
}

/// What happens to a record of a body of several (a line, an event, an element of a sequence) that is not valid JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BadLines {
    /// The response is refused.
    #[default]
    Refuse,
    /// The record is left out and counted. Each is held until it is complete.
    Drop,
}

/// How plans say that media types are read.
pub type ReadsByType = BTreeMap<String, Reading>;

/// How bodies are read on one route: as the route says, else as the plan says, else as their type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reads<'a> {
    of_plan: &'a ReadsByType,
    of_route: Option<&'a ReadsByType>,
}

impl<'a> Reads<'a> {
    /// What a plan says, and what one of its routes says.
    #[must_use]
    pub const fn new(of_plan: &'a ReadsByType, of_route: Option<&'a ReadsByType>) -> Self {
        Self { of_plan, of_route }
    }

    /// How bodies of a media type (`type/subtype`, lower case, without parameters) are read; `None` where they are not.
    #[must_use]
    pub fn of(self, essence: &str) -> Option<Reading> {
        self.listed(essence).or_else(|| Reading::of(essence))
    }

    /// As [`Reads::of`], for a type with the parameter `stream=watch`: Kubernetes writes one document on each line then.
    #[must_use]
    pub fn of_watch(self, essence: &str) -> Option<Reading> {
        let watched = |reading| if reading == Reading::Json { Reading::Lines } else { reading };
        self.listed(essence).or_else(|| Reading::of(essence).map(watched))
    }

    /// Every media type that the plan or the route says how to read.
    pub fn types(self) -> impl Iterator<Item = &'a str> {
        self.of_plan.keys().chain(self.of_route.into_iter().flat_map(|of_route| of_route.keys())).map(String::as_str)
    }

    fn listed(self, essence: &str) -> Option<Reading> {
        self.of_route.and_then(|of_route| of_route.get(essence)).or_else(|| self.of_plan.get(essence)).copied()
    }
}

/// Whether a text is a media type that a plan can say how to read: `type/subtype`, lower case, without parameters.
#[must_use]
pub fn is_media_type(text: &str) -> bool {
    parts(text).is_some_and(|(_, subtype)| is_token(subtype))
}

/// Top-level type and subtype; `None` where the first is malformed.
fn parts(text: &str) -> Option<(&str, &str)> {
    text.split_once('/').filter(|(kind, _)| is_token(kind))
}

fn is_token(text: &str) -> bool {
    let byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$&-^_.+".contains(&byte);
    !text.is_empty() && text.bytes().all(byte)
}

/// Media types that pass: one (`text/html`), or all of a top-level type (`image/*`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaRange(pub String);

impl MediaRange {
    /// Whether it is `type/subtype` or `type/*`, in lower case.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        parts(&self.0).is_some_and(|(_, subtype)| subtype == "*" || is_token(subtype))
    }

    /// Whether a media type (lower case, without parameters) is one of these.
    #[must_use]
    pub fn contains(&self, essence: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(kind) => essence.starts_with(kind),
            None => essence == self.0,
        }
    }
}

/// The media types that pass unread on one route: those of the plan and those of the route.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passes<'a> {
    of_plan: &'a [MediaRange],
    of_route: &'a [MediaRange],
}

impl<'a> Passes<'a> {
    /// The list of a plan and that of one of its routes.
    #[must_use]
    pub const fn new(of_plan: &'a [MediaRange], of_route: &'a [MediaRange]) -> Self {
        Self { of_plan, of_route }
    }

    /// Whether bodies of a media type (lower case, without parameters) pass. Types that are read as JSON never do.
    #[must_use]
    pub fn contain(self, essence: &str) -> bool {
        Reading::of(essence).is_none() && self.ranges().any(|range| range.contains(essence))
    }

    /// Whether nothing passes.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.of_plan.is_empty() && self.of_route.is_empty()
    }

    /// Every range listed.
    pub fn ranges(self) -> impl Iterator<Item = &'a MediaRange> {
        self.of_plan.iter().chain(self.of_route)
    }

    /// The first range listed, and whether the route lists it.
    pub(crate) fn first(self) -> Option<(&'a MediaRange, bool)> {
        let of_plan = self.of_plan.first().map(|range| (range, false));
        of_plan.or_else(|| self.of_route.first().map(|range| (range, true)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_a_type_or_all_of_a_top_level_type() {
        for well_formed in
            ["text/html", "image/*", "application/vnd.ms-excel", "image/svg+xml", "application/grpc+json"]
        {
            assert!(MediaRange(well_formed.to_owned()).is_well_formed(), "{well_formed}");
        }
        for malformed in ["", "html", "*/*", "*", "Text/html", "text/", "/html", "text/ht*", "text/html; q=1", "a/b/c"]
        {
            assert!(!MediaRange(malformed.to_owned()).is_well_formed(), "{malformed}");
        }
    }

    #[test]
    fn table_of_readings() {
        use Reading::{Events, Json, Lines, Sequence};
        for (essence, expected) in [
            ("application/json", Some(Json)),
            ("application/problem+json", Some(Json)),
            ("application/vnd.company.v1.json", Some(Json)),
            ("application/x-amz-json-1.0", Some(Json)),
            ("application/x-amz-json-1.1", Some(Json)),
            ("application/stream+json", Some(Lines)),
            ("application/fhir+ndjson", Some(Lines)),
            ("application/vnd.elasticsearch+x-ndjson", Some(Lines)),
            ("application/vnd.x+jsonl", Some(Lines)),
            ("application/json-seq", Some(Sequence)),
            ("application/geo+json-seq", Some(Sequence)),
            ("text/event-stream", Some(Events)),
            ("application/grpc+json", None),
            ("application/json-patch", None),
            ("application/xjson", None),
            ("text/plain", None),
            ("text/event-stream+xml", None),
        ] {
            assert_eq!(Reading::of(essence), expected, "{essence}");
        }
    }

    #[test]
    fn every_reading_has_the_name_that_plans_use() {
        for (name, reading) in Reading::NAMED {
            assert_eq!(serde_json::to_value(reading).unwrap(), name);
            assert_eq!(reading.name(), name);
        }
    }

    #[test]
    fn route_says_more_than_the_plan_and_the_plan_more_than_the_type() {
        let reads = |entries: &[(&str, Reading)]| -> ReadsByType {
            entries.iter().map(|(essence, reading)| ((*essence).to_owned(), *reading)).collect()
        };
        let of_plan = reads(&[("application/json", Reading::Documents), ("text/plain", Reading::Lines)]);
        let of_route = reads(&[("application/json", Reading::Json)]);
        let (both, plan) = (Reads::new(&of_plan, Some(&of_route)), Reads::new(&of_plan, None));
        let none = ReadsByType::new();
        let neither = Reads::new(&none, None);
        for (essence, watched, expected) in [
            ("application/json", false, [Some(Reading::Json), Some(Reading::Documents), Some(Reading::Json)]),
            ("application/json", true, [Some(Reading::Json), Some(Reading::Documents), Some(Reading::Lines)]),
            ("text/plain", false, [Some(Reading::Lines), Some(Reading::Lines), None]),
            ("text/event-stream", true, [Some(Reading::Events); 3]),
        ] {
            let read = |reads: Reads<'_>| if watched { reads.of_watch(essence) } else { reads.of(essence) };
            assert_eq!([both, plan, neither].map(read), expected, "{essence} {watched}");
        }
    }

    #[test]
    fn json_never_passes() {
        let listed =
            ["image/*", "text/html", "application/json", "application/*"].map(|text| MediaRange(text.to_owned()));
        let (of_plan, of_route) = listed.split_at(2);
        let passes = Passes::new(of_plan, of_route);
        for (essence, expected) in [
            ("image/png", true),
            ("text/html", true),
            ("application/pdf", true),
            ("imagery/png", false),
            ("text/css", false),
            ("application/json", false),
            ("image/x+json", false),
            ("application/stream+json", false),
            ("application/grpc+json", true),
            ("application/json-seq", false),
        ] {
            assert_eq!(passes.contain(essence), expected, "{essence}");
        }
        assert!(!Passes::default().contain("image/png"));
    }
}
