//! The `Accept` of a request whose response is masked: what cannot be read is not asked for, so that a server that
//! negotiates answers JSON (RFC 9110, section 12.5.1).

use std::sync::LazyLock;

use meshveil_plan::MediaRange;

use crate::host::{list_items, split_outside_quotes};

/// What wildcards stand for, with the share of the weight that each gets, in thousandths: JSON first, so that a server with
/// a choice takes it.
const OFFERS: &[(&str, u32)] = &[
    ("application/json", 1000),
    ("application/problem+json", 900),
    ("application/hal+json", 900),
    ("application/vnd.api+json", 900),
    ("application/ld+json", 900),
    ("application/geo+json", 900),
    ("application/fhir+json", 900),
    ("application/scim+json", 900),
    ("application/graphql-response+json", 900),
    ("text/json", 800),
    ("application/x-ndjson", 500),
    ("application/jsonl", 500),
    ("text/event-stream", 100),
    ("application/json-seq", 100),
];

/// What stands in for `*/*`, and for no header at all, where the plan adds no type: the same for every such request.
pub static ANYTHING: LazyLock<String> = LazyLock::new(|| narrowed(std::iter::empty(), &[], |_| true));

/// The new value of `Accept`.
///
/// `arrives` says of a media type (lower case) whether a response of it can reach the client; `listed` are types and
/// ranges that the plan adds to those of [`OFFERS`].
pub fn narrowed<'a>(
    lines: impl Iterator<Item = &'a [u8]>,
    listed: &[&MediaRange],
    arrives: impl Fn(&str) -> bool,
) -> String {
    let mut lines = lines.peekable();
    let items: Vec<Item<'_>> = if lines.peek().is_none() {
        Item::read("*/*").into_iter().collect()
    } else {
        let lines = lines.filter(|line| std::str::from_utf8(line).is_ok()).flat_map(list_items);
        lines.filter_map(|item| std::str::from_utf8(item).ok()).filter_map(Item::read).collect()
    };
    let is_explicit = |range: &str| items.iter().any(|item| item.range == range);
    let mut kept: Vec<String> = Vec::new();
    let mut keep = |range: &str, parameters: &str, weight: u32| {
        let mut text = format!("{range}{parameters}");
        if weight < 1000 {
            text.push_str(&format!(";q=0.{weight:03}"));
        }
        if !kept.contains(&text) {
            kept.push(text);
        }
    };
    for item in &items {
        let Some(kind) = item.range.strip_suffix('*') else {
            if arrives(&item.range) {
                keep(&item.range, item.parameters, item.weight);
            }
            continue;
        };
        let kind = if kind == "*/" { "" } else { kind };
        for (offer, share) in OFFERS.iter().filter(|(offer, _)| offer.starts_with(kind)) {
            if arrives(offer) && !is_explicit(offer) {
                keep(offer, "", item.weight * share / 1000);
            }
        }
        for MediaRange(range) in listed.iter().copied().filter(|MediaRange(range)| range.starts_with(kind)) {
            if *range == item.range || !is_explicit(range) {
                keep(range, "", item.weight);
            }
        }
    }
    if kept.is_empty() {
        OFFERS.first().map_or_else(String::new, |(json, _)| (*json).to_owned())
    } else {
        kept.join(", ")
    }
}

/// One media range with its weight.
struct Item<'a> {
    /// Lower case.
    range: String,
    /// What stands between the range and its weight, with the first semicolon.
    parameters: &'a str,
    /// In thousandths.
    weight: u32,
}

impl<'a> Item<'a> {
    /// `None` for what is malformed, and so asks for nothing.
    fn read(text: &'a str) -> Option<Self> {
        let end = text.find(';').unwrap_or(text.len());
        let (range, parameters) = text.split_at_checked(end)?;
        let range = range.trim().to_ascii_lowercase();
        let (kind, subtype) = range.split_once('/')?;
        let is_token = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
        };
        if !is_token(kind) || !is_token(subtype) || (kind == "*" && subtype != "*") {
            return None;
        }
        let (parameters, weight) = match weight(parameters) {
            Some((at, weight)) => (parameters.get(..at)?, thousandths(weight)?),
            None => (parameters, 1000),
        };
        Some(Self { range, parameters: parameters.trim_end(), weight })
    }
}

/// The weight among parameters, and where it begins.
fn weight(parameters: &str) -> Option<(usize, &str)> {
    let mut at = 0usize;
    for parameter in split_outside_quotes(parameters.as_bytes(), b';') {
        let parameter = std::str::from_utf8(parameter).ok()?;
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if name.trim().eq_ignore_ascii_case("q") {
            return Some((at.saturating_sub(1), value.trim()));
        }
        at += parameter.len() + 1;
    }
    None
}

/// A weight between `0` and `1.000` (RFC 9110, section 12.4.2).
fn thousandths(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = format!("{fraction:0<3}");
    let digits: u32 = fraction.get(..3)?.parse().ok()?;
    match whole {
        "0" => Some(digits),
        "1" => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meshveil_plan::{Passes, Reading};

    fn accept(lines: &[&str], listed: &[&str]) -> String {
        let listed: Vec<MediaRange> = listed.iter().map(|range| MediaRange((*range).to_owned())).collect();
        let ranges: Vec<&MediaRange> = listed.iter().collect();
        let passes = Passes::new(&listed, &[]);
        narrowed(lines.iter().map(|line| line.as_bytes()), &ranges, |essence| {
            Reading::of(essence).is_some() || passes.contain(essence)
        })
    }

    #[test]
    fn what_cannot_be_read_is_not_asked_for() {
        for (lines, expected) in [
            (&["application/json"][..], "application/json"),
            (&["text/html"], "application/json"),
            (&["text/html, application/json;q=0.5"], "application/json;q=0.500"),
            (
                &["text/csv", "application/vnd.api+json; profile=\"a,b;q=1\""],
                "application/vnd.api+json; profile=\"a,b;q=1\"",
            ),
            (&["application/json; q=0.2, application/xml"], "application/json;q=0.200"),
            (&["Application/JSON;q=1.0"], "application/json"),
            (&["application/json;q=nonsense"], "application/json"),
            (&["nonsense, */html, text/"], "application/json"),
            (&["application/json;q=0"], "application/json;q=0.000"),
            (&[""], "application/json"),
        ] {
            assert_eq!(accept(lines, &[]), expected, "{lines:?}");
        }
    }

    #[test]
    fn wildcard_is_json_first() {
        let all = accept(&["*/*"], &[]);
        assert!(all.starts_with("application/json, application/problem+json;q=0.900"), "{all}");
        assert!(!all.contains('*') && !all.contains("html"), "{all}");
        assert_eq!(accept(&[], &[]), all, "no header is `*/*`");
        let browser = accept(&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], &[]);
        assert!(browser.starts_with("application/json;q=0.800"), "{browser}");
        assert!(!browser.contains("xml") && !browser.contains("html"), "{browser}");
        let explicit = accept(&["application/json;q=0.1, */*"], &[]);
        assert_eq!(explicit.matches("application/json;").count(), 1, "{explicit}");
        assert_eq!(accept(&["image/*"], &[]), "application/json");
    }

    #[test]
    fn what_every_plan_reads_is_offered_by_every_plan() {
        assert!(OFFERS.iter().all(|(offer, _)| Reading::of(offer).is_some()));
        assert_eq!(*ANYTHING, accept(&["*/*"], &[]));
        assert_eq!(*ANYTHING, accept(&[], &[]));
    }

    #[test]
    fn what_the_plan_lets_pass_stays() {
        let page = accept(&["text/html, */*;q=0.5"], &["text/html"]);
        assert!(page.starts_with("text/html, application/json;q=0.500"), "{page}");
        assert_eq!(accept(&["image/*", "text/html"], &["image/png"]), "image/png");
        assert_eq!(accept(&["image/*", "text/html"], &["image/*"]), "image/*");
        assert_eq!(accept(&["image/webp"], &["image/*"]), "image/webp");
        assert!(accept(&["*/*"], &["image/*"]).ends_with("image/*"));
    }
}
