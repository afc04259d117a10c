//! What a `Content-Type` says: the media type, what of its parameters matters, and the character set.

/// What a `Content-Type` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    /// `type/subtype`, lower case.
    pub essence: String,
    /// Whether it has the parameter `stream=watch`, by which Kubernetes says that the body is one document on each line.
    pub is_watch: bool,
    /// In which character set its bodies are.
    pub charset: Charset,
}

/// What a character set means to a reader of UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// None is declared, or UTF-8, or its subset ASCII.
    Utf8,
    /// Bytes below 0x80 are what they are in UTF-8.
    AsciiAlone,
    /// Any other.
    Other,
}

impl Charset {
    /// The character set with this name, in lower case.
    fn named(name: &str) -> Self {
        const UTF8: &[&str] = &["utf-8", "utf8", "us-ascii", "ascii"];
        const LATIN: &[&str] = &["latin1", "latin-1", "l1"];
        // Of ISO 8859 and of Windows code pages for alphabets, every part holds ASCII.
        const PARTS: &[&str] = &["iso-8859-", "iso8859-", "iso_8859-", "windows-125", "cp125"];
        let is_part = |prefix: &&str| {
            name.strip_prefix(prefix)
                .is_some_and(|part| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
        };
        if UTF8.contains(&name) {
            Self::Utf8
        } else if LATIN.contains(&name) || PARTS.iter().any(is_part) {
            Self::AsciiAlone
        } else {
            Self::Other
        }
    }
}

/// Reads the value of a `Content-Type` (RFC 9110, section 8.3). `None` when it is malformed, holds more than one
/// value, or names two different character sets.
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
    let mut is_watch = false;
    while !parameters.trim_matches([' ', '\t', ';']).is_empty() {
        let (name, value, rest) = parameter(parameters.trim_start_matches([' ', '\t', ';']))?;
        if name.eq_ignore_ascii_case("charset") {
            let value = value.to_ascii_lowercase();
            if charset.as_ref().is_some_and(|known| *known != value) {
                return None;
            }
            charset = Some(value);
        } else {
            is_watch |= name.eq_ignore_ascii_case("stream") && value.eq_ignore_ascii_case("watch");
        }
        parameters = rest;
    }
    let charset = charset.map_or(Charset::Utf8, |charset| Charset::named(&charset));
    Some(MediaType { essence, is_watch, charset })
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
        use Charset::{AsciiAlone, Other, Utf8};
        let cases = [
            ("application/json", Some(("application/json", false, Utf8))),
            ("Application/JSON; Charset=UTF-8", Some(("application/json", false, Utf8))),
            ("application/json;charset=\"utf-8\"", Some(("application/json", false, Utf8))),
            ("application/json ; q=1; ", Some(("application/json", false, Utf8))),
            ("application/json; charset=utf-16", Some(("application/json", false, Other))),
            ("application/json; charset=\"ut\\f-16\"", Some(("application/json", false, Other))),
            ("application/json; charset=iso-8859-1", Some(("application/json", false, AsciiAlone))),
            ("application/json;charset=ISO-8859-15", Some(("application/json", false, AsciiAlone))),
            ("application/json; charset=latin1", Some(("application/json", false, AsciiAlone))),
            ("text/html; charset=windows-1252", Some(("text/html", false, AsciiAlone))),
            ("application/json; charset=iso-8859-", Some(("application/json", false, Other))),
            ("application/json; charset=iso-8859-1x", Some(("application/json", false, Other))),
            ("application/json; charset=utf-7", Some(("application/json", false, Other))),
            ("application/json; charset=shift_jis", Some(("application/json", false, Other))),
            ("application/json; charset=utf-8; charset=\"UTF-8\"", Some(("application/json", false, Utf8))),
            ("application/json; charset=utf-8; charset=utf-16", None),
            ("application/json; charset=utf-8; charset=iso-8859-1", None),
            ("application/json;stream=watch", Some(("application/json", true, Utf8))),
            ("application/json; Stream=\"Watch\"; charset=utf-8", Some(("application/json", true, Utf8))),
            ("application/json; stream=x", Some(("application/json", false, Utf8))),
            ("application/json; charset", None),
            ("application/json, text/html", None),
            ("application/json; a=\"b\" c", None),
            ("application/json; a=\"b", None),
            ("json", None),
            ("", None),
            ("/json", None),
            ("application/vnd.api+json;profile=\"x;charset=utf-16\"", Some(("application/vnd.api+json", false, Utf8))),
            ("multipart/byteranges; boundary=x", Some(("multipart/byteranges", false, Utf8))),
            ("Text/HTML ;charset=utf-8", Some(("text/html", false, Utf8))),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(essence, is_watch, charset)| MediaType {
                essence: essence.to_owned(),
                is_watch,
                charset,
            });
            assert_eq!(parse(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(parse(b"application/json; x=\xff"), None);
    }
}
