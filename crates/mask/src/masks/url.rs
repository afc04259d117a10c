//! `url`: parameters of a link are hidden, the link still leads somewhere.

use core::cmp::Reverse;

use crate::{
    Characters, Container, Context, Entry, Example, Keys, Kind, Mask, MaskError, Output, Reveals, Sink, Value,
    definition::{Definition, HIDDEN, parameters},
    parameter::MAX_CHARACTERS,
};

pub(super) const ENTRY: Entry = Entry {
    id: "url",
    keyed: false,
    summary: "Hides the values of parameters in a link (behind `?`, and behind `#` where parameters stand there) and leaves the \
              rest as it is, so that it still leads somewhere. Names of parameters are compared without case and after escapes are decoded. User and \
              password before the host are hidden, too. Text that is no link, without a scheme, a `/` at its start or a `?`, is hidden.",
    parameters: Url::PARAMETERS,
    examples: &[
        Example {
            parameters: r#"{"hide": "email"}"#,
            input: r#""https://api.example.com/users?email=ann%40example.com&cursor=x""#,
            output: r#""https://api.example.com/users?email=***&cursor=x""#,
            note: "",
        },
        Example {
            parameters: r#"{"keep": "cursor, limit"}"#,
            input: r#""/users?email=ann%40example.com&limit=10#access_token=abc""#,
            output: r#""/users?email=***&limit=10#access_token=***""#,
            note: "All but these.",
        },
        Example {
            parameters: "{}",
            input: r#""https://ann:secret@example.com/a?b=c&d""#,
            output: r#""https://***@example.com/a?b=***&***""#,
            note: "Without names the values of all parameters are hidden.",
        },
        Example { parameters: "{}", input: r#""ann@example.com""#, output: r#""***""#, note: "" },
    ],
};

parameters! {
    /// Parameters of `url`.
    pub struct Url {
        /// Names of parameters whose values are hidden, with commas. Without it all are that `keep` does not name.
        "hide", Kind::ShortText { most: MAX_CHARACTERS } => hide: String = String::new(),
        /// Names of parameters whose values stay, with commas. Only where `hide` is empty.
        "keep", Kind::ShortText { most: MAX_CHARACTERS } => keep: String = String::new(),
    }
}

impl Definition for Url {
    fn reveals(&self) -> Reveals {
        // All but values of parameters stay.
        Reveals::Characters(Characters {
            most: 2 * MAX_CHARACTERS,
            length: false,
            separators: true,
            hidden: Reverse(0),
        })
    }

    fn type_kept(&self) -> bool {
        false
    }

    fn container(&self) -> Container {
        Container::Leaves
    }

    fn compile(&self, _field: &str, _keys: &Keys) -> Result<Box<dyn Mask>, MaskError> {
        Ok(Box::new(UrlMask { hide: names(&self.hide), keep: names(&self.keep) }))
    }

    fn check(&self) -> Result<(), MaskError> {
        if self.hide.is_empty() || self.keep.is_empty() {
            return Ok(());
        }
        Err(MaskError::Needs {
            parameter: "keep",
            other: "hide",
            word: "",
            reason: "either the parameters that are hidden are named, or those that stay",
        })
    }
}

fn names(text: &str) -> Vec<String> {
    text.split(',').map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect()
}

#[derive(Debug)]
struct UrlMask {
    hide: Vec<String>,
    keep: Vec<String>,
}

impl UrlMask {
    fn hides(&self, name: &str) -> bool {
        let name = decoded(name);
        let is = |known: &String| *known == name;
        if self.hide.is_empty() { !self.keep.iter().any(is) } else { self.hide.iter().any(is) }
    }

    /// Parameters, whatever stands between them.
    fn parameters(&self, text: &str, sink: &mut dyn Sink) {
        let mut rest = text;
        loop {
            let end = rest.find(['&', ';']).unwrap_or(rest.len());
            let (parameter, after) = rest.split_at(end);
            match parameter.split_once('=') {
                Some((name, _)) if self.hides(name) => {
                    for piece in [name, "=", HIDDEN] {
                        sink.push(piece);
                    }
                }
                // A parameter without a name is a value.
                None if !parameter.is_empty() && self.hide.is_empty() => sink.push(HIDDEN),
                _ => sink.push(parameter),
            }
            let Some(separator) = after.get(..1) else { return };
            sink.push(separator);
            rest = after.get(1..).unwrap_or_default();
        }
    }

    /// What stands before the parameters, without user and password.
    fn address(text: &str, sink: &mut dyn Sink) {
        let authority = text.split_once("//").map(|(scheme, rest)| (scheme.len() + 2, rest));
        if let Some((start, rest)) = authority {
            let end = rest.find('/').unwrap_or(rest.len());
            if let Some(at) = rest.get(..end).and_then(|authority| authority.rfind('@')) {
                sink.push(text.get(..start).unwrap_or_default());
                sink.push(HIDDEN);
                sink.push(rest.get(at..).unwrap_or_default());
                return;
            }
        }
        sink.push(text);
    }
}

/// A name of a parameter, escapes decoded, in lower case.
fn decoded(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        let escaped = || {
            let mut ahead = rest.clone();
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let code = digit(ahead.next())? << 4 | digit(ahead.next())?;
            Some((u8::try_from(code).ok()?, ahead))
        };
        match byte {
            b'%' => match escaped() {
                Some((code, ahead)) => {
                    bytes.push(code);
                    rest = ahead;
                }
                None => bytes.push(byte),
            },
            b'+' => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).trim().to_lowercase()
}

impl Mask for UrlMask {
    fn needs_text(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, _context: &Context<'_>, sink: &mut dyn Sink) -> Output {
        let Value::Text(text) = value else { return Output::Null };
        let (before, fragment) = text.split_once('#').map_or((text, None), |(before, after)| (before, Some(after)));
        let (address, query) = before.split_once('?').map_or((before, None), |(before, after)| (before, Some(after)));
        if !(address.contains("://") || address.starts_with('/') || query.is_some()) {
            return self.unseen(sink);
        }
        Self::address(address, sink);
        if let Some(query) = query {
            sink.push("?");
            self.parameters(query, sink);
        }
        if let Some(fragment) = fragment {
            sink.push("#");
            if fragment.contains('=') {
                self.parameters(fragment, sink);
            } else {
                sink.push(fragment);
            }
        }
        Output::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MaskSpec, tests::masked_text};

    #[test]
    fn parameters_are_found_however_they_are_spelled() {
        let mask = |text| masked_text(&MaskSpec::Url(Url { hide: "email, Token".into(), keep: String::new() }), text);
        for (text, expected) in [
            ("/a?email=x", "/a?email=***"),
            ("/a?EMAIL=x&b=1", "/a?EMAIL=***&b=1"),
            ("/a?e%6dail=x", "/a?e%6dail=***"),
            ("?b=1;token=x", "?b=1;token=***"),
            ("/a?email=x&email=y", "/a?email=***&email=***"),
            ("/a?email=a=b", "/a?email=***"),
            ("https://h/a", "https://h/a"),
            ("https://u:p@h:80/a@b?b=1", "https://***@h:80/a@b?b=1"),
            ("/a#section", "/a#section"),
            ("/a?b=1#token=x", "/a?b=1#token=***"),
            ("/a?%zz=1", "/a?%zz=1"),
            ("no link", "***"),
        ] {
            assert_eq!(mask(text), expected, "{text}");
        }
    }
}
