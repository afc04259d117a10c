//! Media types: which are read as JSON, and how a plan lists those that pass unread.

use serde::{Deserialize, Serialize};

/// How bodies of a media type are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Json {
    /// One document.
    Document,
    /// One document on each line.
    Lines,
}

/// Media types that are read as JSON, beside those whose suffix says so; and, as `None`, those whose suffix says so and that
/// are not.
const KNOWN: &[(&str, Option<Json>)] = &[
    ("application/json", Some(Json::Document)),
    ("text/json", Some(Json::Document)),
    ("text/x-json", Some(Json::Document)),
    ("application/x-json", Some(Json::Document)),
    ("application/x-ndjson", Some(Json::Lines)),
    ("application/ndjson", Some(Json::Lines)),
    ("text/x-ndjson", Some(Json::Lines)),
    ("application/jsonl", Some(Json::Lines)),
    ("application/x-jsonl", Some(Json::Lines)),
    ("text/jsonl", Some(Json::Lines)),
    ("application/jsonlines", Some(Json::Lines)),
    ("application/x-jsonlines", Some(Json::Lines)),
    ("application/json-lines", Some(Json::Lines)),
    // Spring's name for JSON Lines; its suffix would say one document.
    ("application/stream+json", Some(Json::Lines)),
    // JSON in frames of their own, in spite of the suffix.
    ("application/grpc+json", None),
    ("application/grpc-web+json", None),
    ("application/connect+json", None),
];

impl Json {
    /// How bodies of a media type (`type/subtype`, lower case, without parameters) are read; `None` where they are not.
    #[must_use]
    pub fn of(essence: &str) -> Option<Self> {
        match KNOWN.iter().find(|(known, _)| *known == essence) {
            Some((_, read)) => *read,
            None => essence.ends_with("+json").then_some(Self::Document),
        }
    }
}

/// Media types that pass: one (`text/html`), or all of a top-level type (`image/*`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaRange(pub String);

impl MediaRange {
    /// Whether it is `type/subtype` or `type/*`, in lower case.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let is_token = |text: &str| {
            let byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$&-^_.+".contains(&byte);
            !text.is_empty() && text.bytes().all(byte)
        };
        self.0.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && (subtype == "*" || is_token(subtype)))
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
        Json::of(essence).is_none() && self.ranges().any(|range| range.contains(essence))
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
        ] {
            assert_eq!(passes.contain(essence), expected, "{essence}");
        }
        assert!(!Passes::default().contain("image/png"));
    }
}
