//! What a `Content-Type` says: the media type, how its bodies are read, and the character set.

use meshveil_plan::Json;

use crate::Framing;

/// What a `Content-Type` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    /// `type/subtype`, lower case.
    pub essence: String,
    /// How its bodies are read; `None` where they are not.
    pub framing: Option<Framing>,
    /// Whether no `charset`, or one that is a part of UTF-8, is declared.
    pub utf8: bool,
}

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
    let framing = Json::of(&essence).map(Framing::from);
    Some(MediaType { essence, framing, utf8 })
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
        const DOCUMENT: Option<Framing> = Some(Framing::Document);
        const LINES: Option<Framing> = Some(Framing::Lines);
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
            ("application/grpc+json", Some((None, true))),
            ("application/json-seq", Some((None, true))),
            ("application/geo+json-seq", Some((None, true))),
            ("text/event-stream", Some((None, true))),
            ("application/xml", Some((None, true))),
            ("text/csv", Some((None, true))),
            ("application/msgpack", Some((None, true))),
            ("application/cbor", Some((None, true))),
            ("application/javascript", Some((None, true))),
            ("text/javascript", Some((None, true))),
            ("application/x-www-form-urlencoded", Some((None, true))),
            ("multipart/byteranges; boundary=x", Some((None, true))),
            ("application/octet-stream", Some((None, true))),
            ("application/grpc", Some((None, true))),
            ("application/pdf", Some((None, true))),
            ("text/plain; charset=utf-8", Some((None, true))),
            ("text/html; charset=windows-1252", Some((None, false))),
            ("image/png", Some((None, true))),
            ("font/woff2", Some((None, true))),
        ];
        for (text, expected) in cases {
            let parsed = parse(text.as_bytes()).map(|media| (media.framing, media.utf8));
            assert_eq!(parsed, expected, "{text}");
        }
        assert_eq!(parse(b"application/json; x=\xff"), None);
        assert_eq!(parse(b"Text/HTML ;charset=utf-8").unwrap().essence, "text/html");
    }
}
