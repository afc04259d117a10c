//! Media types: which are masked, which pass because they cannot hold the data, and which are refused.

use meshveil_json::Framing;

/// What becomes of a body of some media type on a protected route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// JSON in UTF-8.
    Json(Framing),
    /// A form in which these fields are not served.
    Opaque,
    /// `text/plain`: refused, unless the proxy itself wrote it.
    Plain,
    /// Everything else may hold the same data in a form that cannot be read here.
    Unreadable,
}

/// What a `Content-Type` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaType {
    /// What becomes of the body.
    pub class: Class,
    /// Whether no `charset`, or one that is a part of UTF-8, is declared.
    pub utf8: bool,
}

/// Exact media types. Most specific first matters not: each is named once.
const EXACT: &[(&str, Class)] = &[
    ("application/json", Class::Json(Framing::Document)),
    ("text/json", Class::Json(Framing::Document)),
    ("text/x-json", Class::Json(Framing::Document)),
    ("application/x-json", Class::Json(Framing::Document)),
    ("application/x-ndjson", Class::Json(Framing::Lines)),
    ("application/ndjson", Class::Json(Framing::Lines)),
    ("text/x-ndjson", Class::Json(Framing::Lines)),
    ("application/jsonl", Class::Json(Framing::Lines)),
    ("application/x-jsonl", Class::Json(Framing::Lines)),
    ("text/jsonl", Class::Json(Framing::Lines)),
    ("application/jsonlines", Class::Json(Framing::Lines)),
    ("application/x-jsonlines", Class::Json(Framing::Lines)),
    ("application/json-lines", Class::Json(Framing::Lines)),
    // Spring's name for JSON Lines; its suffix would say one document.
    ("application/stream+json", Class::Json(Framing::Lines)),
    // JSON in frames of their own, in spite of the suffix.
    ("application/grpc+json", Class::Unreadable),
    ("application/grpc-web+json", Class::Unreadable),
    ("application/connect+json", Class::Unreadable),
    ("text/html", Class::Opaque),
    ("text/css", Class::Opaque),
    ("application/wasm", Class::Opaque),
    ("application/font-woff", Class::Opaque),
    ("application/font-woff2", Class::Opaque),
    ("application/font-sfnt", Class::Opaque),
    ("application/vnd.ms-fontobject", Class::Opaque),
    ("application/x-font-ttf", Class::Opaque),
    ("text/plain", Class::Plain),
];

/// Top-level types that pass whole.
const OPAQUE_TYPES: &[&str] = &["image", "font", "audio", "video"];

/// Names of UTF-8 and of its subset ASCII.
const UTF8: &[&str] = &["utf-8", "utf8", "us-ascii", "ascii"];

/// Reads the value of a `Content-Type` (RFC 9110, section 8.3). `None` when it is malformed, holds more than one
/// value, or names two character sets.
#[must_use]
pub fn parse(value: &[u8]) -> Option<MediaType> {
    let text = std::str::from_utf8(value).ok()?;
    let (essence, mut parameters) = text.split_once(';').unwrap_or((text, ""));
    let essence = essence.trim_matches([' ', '\t']).to_ascii_lowercase();
    let (kind, subtype) = essence.split_once('/')?;
    if !is_token(kind) || !is_token(subtype) {
        return None;
    }
    let mut charset: Option<String> = None;
    while !parameters.trim_matches([' ', '\t', ';']).is_empty() {
        let (name, value, rest) = parameter(parameters.trim_start_matches([' ', '\t', ';']))?;
        if name.eq_ignore_ascii_case("charset") && charset.replace(value.to_ascii_lowercase()).is_some() {
            return None;
        }
        parameters = rest;
    }
    let utf8 = charset.is_none_or(|charset| UTF8.contains(&charset.as_str()));
    Some(MediaType { class: class(&essence, kind, subtype), utf8 })
}

fn class(essence: &str, kind: &str, subtype: &str) -> Class {
    if let Some((_, class)) = EXACT.iter().find(|(known, _)| *known == essence) {
        return *class;
    }
    if subtype.ends_with("+json") {
        return Class::Json(Framing::Document);
    }
    if OPAQUE_TYPES.contains(&kind) { Class::Opaque } else { Class::Unreadable }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// One `name=value` or `name="value"`, and what follows it.
fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim_matches([' ', '\t']);
    if !is_token(name) {
        return None;
    }
    if let Some(quoted) = value.strip_prefix('"') {
        let mut unquoted = String::new();
        let mut characters = quoted.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => unquoted.push(characters.next()?),
                other => unquoted.push(other),
            }
        }
        let rest = characters.as_str().trim_start_matches([' ', '\t']);
        return (rest.is_empty() || rest.starts_with(';')).then_some((name, unquoted, rest));
    }
    let (value, rest) = value.split_once(';').unwrap_or((value, ""));
    let value = value.trim_matches([' ', '\t']);
    is_token(value).then(|| (name, value.to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_media_types() {
        const DOCUMENT: Class = Class::Json(Framing::Document);
        const LINES: Class = Class::Json(Framing::Lines);
        let cases = [
            ("application/json", Some((DOCUMENT, true))),
            ("Application/JSON; Charset=UTF-8", Some((DOCUMENT, true))),
            ("application/json;charset=\"utf-8\"", Some((DOCUMENT, true))),
            ("application/json ; q=1; ", Some((DOCUMENT, true))),
            ("application/json; charset=utf-16", Some((DOCUMENT, false))),
            ("application/json; charset=\"ut\\f-16\"", Some((DOCUMENT, false))),
            ("application/json; charset=iso-8859-1", Some((DOCUMENT, false))),
            ("application/json; charset=utf-8; charset=utf-16", None),
            ("application/json; charset", None),
            ("application/json, text/html", None),
            ("application/json; a=\"b\" c", None),
            ("application/json; a=\"b", None),
            ("json", None),
            ("", None),
            ("/json", None),
            ("application/problem+json", Some((DOCUMENT, true))),
            ("application/vnd.api+json;profile=\"x;charset=utf-16\"", Some((DOCUMENT, true))),
            ("image/x+json", Some((DOCUMENT, true))),
            ("application/x-ndjson", Some((LINES, true))),
            ("application/stream+json", Some((LINES, true))),
            ("application/grpc+json", Some((Class::Unreadable, true))),
            ("application/json-seq", Some((Class::Unreadable, true))),
            ("application/geo+json-seq", Some((Class::Unreadable, true))),
            ("text/event-stream", Some((Class::Unreadable, true))),
            ("application/xml", Some((Class::Unreadable, true))),
            ("text/csv", Some((Class::Unreadable, true))),
            ("application/msgpack", Some((Class::Unreadable, true))),
            ("application/cbor", Some((Class::Unreadable, true))),
            ("application/javascript", Some((Class::Unreadable, true))),
            ("text/javascript", Some((Class::Unreadable, true))),
            ("application/x-www-form-urlencoded", Some((Class::Unreadable, true))),
            ("multipart/byteranges; boundary=x", Some((Class::Unreadable, true))),
            ("application/octet-stream", Some((Class::Unreadable, true))),
            ("application/grpc", Some((Class::Unreadable, true))),
            ("application/pdf", Some((Class::Unreadable, true))),
            ("text/plain; charset=utf-8", Some((Class::Plain, true))),
            ("text/html; charset=windows-1252", Some((Class::Opaque, false))),
            ("image/png", Some((Class::Opaque, true))),
            ("font/woff2", Some((Class::Opaque, true))),
        ];
        for (text, expected) in cases {
            let parsed = parse(text.as_bytes()).map(|media| (media.class, media.utf8));
            assert_eq!(parsed, expected, "{text}");
        }
        assert_eq!(parse(b"application/json; x=\xff"), None);
    }
}
