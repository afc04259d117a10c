//! What became of a case: whether a value got through, and whether what happened is right.

use std::fs;

use anyhow::Result;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

use crate::answer::Answer;
use crate::case::{Case, Part, Then};
use crate::setup::Setup;

/// Headers that Envoy or the connection writes.
const OF_PROXY: [&str; 7] = [
    "date",
    "server",
    "x-envoy-upstream-service-time",
    "connection",
    "transfer-encoding",
    "content-length",
    "keep-alive",
];

/// Longest run of a body in another coding that may arrive.
const RUN: usize = 16;

/// What is known of a case and its answers.
pub struct Judged<'a> {
    /// The case.
    pub case: &'a Case,
    /// The set-up it ran with.
    pub setup: &'a Setup,
    /// What arrived.
    pub answer: &'a Answer,
    /// What arrived of the other record.
    pub other: Option<&'a Answer>,
    /// What was logged meanwhile.
    pub log: &'a [u8],
}

impl Judged<'_> {
    /// The first thing that got through and must not.
    ///
    /// # Errors
    /// The case is malformed.
    pub fn leak(&self) -> Result<Option<String>> {
        let forbidden = self.case.forbidden.as_ref().unwrap_or(&self.setup.forbidden);
        for part in &self.case.forbidden_in {
            let bytes = self.part(*part);
            let shapes = shapes(&bytes);
            if let Some(value) = forbidden.iter().find(|value| holds(&shapes, value)) {
                return Ok(Some(format!("`{value}` in {part:?}")));
            }
        }
        for name in &self.case.forbidden_names {
            let mut names = self.answer.headers.iter().chain(&self.answer.trailers).map(|(name, _)| name);
            if names.any(|known| known == name) {
                return Ok(Some(format!("`{name}`")));
            }
        }
        let body = self.case.body_bytes()?;
        let coded = self.case.is_attack() && std::str::from_utf8(&body).is_err();
        let arrived = |run: &[u8]| self.answer.body.windows(RUN).any(|window| window == run);
        if coded && self.case.forbidden_in.contains(&Part::Body) && body.windows(RUN).any(arrived) {
            return Ok(Some("the coded body".to_owned()));
        }
        if self.case.other_body.is_some() && self.case.is_attack() && !self.is_same() {
            return Ok(Some("which of two records it was".to_owned()));
        }
        Ok(None)
    }

    fn part(&self, part: Part) -> Vec<u8> {
        let lines = |lines: &[(String, Vec<u8>)]| {
            lines.iter().flat_map(|(name, value)| [name.as_bytes(), b": ", value, b"\n"].concat()).collect()
        };
        match part {
            Part::Body => self.answer.body.clone(),
            Part::Headers => self.answer.head.clone(),
            Part::Trailers => lines(&self.answer.trailers),
            Part::Log => self.log.to_vec(),
        }
    }

    fn is_same(&self) -> bool {
        self.other.is_some_and(|other| {
            let told = |answer: &Answer| {
                let own = |(name, _): &&(String, Vec<u8>)| {
                    !["date", "x-envoy-upstream-service-time"].contains(&name.as_str())
                };
                let headers: Vec<_> = answer.headers.iter().filter(own).cloned().collect();
                (answer.status, headers, answer.body.clone(), answer.cut)
            };
            told(self.answer) == told(other)
        })
    }

    /// Why nothing that is right happened; `None` where something did.
    ///
    /// # Errors
    /// The case is malformed.
    pub fn wrong(&self) -> Result<Option<String>> {
        let mut reasons = Vec::new();
        for then in &self.case.then {
            match self.misses(*then)? {
                None => return Ok(None),
                Some(reason) => reasons.push(format!("not {then:?}: {reason}")),
            }
        }
        Ok(Some(reasons.join(", ")))
    }

    /// Whether `check` or the pages on limits say what the case shows, and that is right.
    ///
    /// # Errors
    /// The policy has faults, or a page is missing.
    pub fn is_said(&self) -> Result<bool> {
        for then in [Then::Warned, Then::Documented] {
            if self.case.then.contains(&then) && self.misses(then)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn misses(&self, then: Then) -> Result<Option<String>> {
        let status = self.answer.status;
        Ok(match then {
            Then::Refused => {
                let is_refused = status >= 400 || status == 0 || self.answer.cut;
                (!is_refused).then(|| format!("status {status}"))
            }
            Then::Masked => self.unlike_status().or(self.unlike_masked()?).or(self.missing_header(false)),
            Then::Removed => self.unlike_status().or(self.missing_header(false)),
            Then::Passes => self.unlike_status().or(self.unlike_body()?).or(self.missing_header(true)),
            Then::Status => {
                let expected = self.case.arrives_status.unwrap_or(self.case.status_code());
                let unlike = (status != expected).then(|| format!("status {status}"));
                unlike.or(self.missing_header(false))
            }
            Then::Same => (!self.is_same()).then(|| "the answers differ".to_owned()),
            Then::Warned => {
                let policies = self.setup.policies()?;
                let said = policies.findings.iter().any(|finding| has_words(&finding.message, &self.case.warned));
                (!said).then(|| "no finding says so".to_owned())
            }
            Then::Documented => (!is_documented(&self.case.documented)?).then(|| "no page says so".to_owned()),
        })
    }

    fn unlike_status(&self) -> Option<String> {
        let expected = self.case.arrives_status.unwrap_or(self.case.status_code());
        if self.answer.status != expected {
            return Some(format!("status {}", self.answer.status));
        }
        self.answer.cut.then(|| "cut off".to_owned())
    }

    fn unlike_body(&self) -> Result<Option<String>> {
        let expected = match &self.case.arrives {
            Some(body) => body.clone().into_bytes(),
            None if self.case.method() == "HEAD" => Vec::new(),
            // What the upstream writes as chunks arrives without them.
            None if self.case.framing == crate::case::Framing::Raw => return Ok(None),
            None => self.case.body_bytes()?,
        };
        Ok((self.answer.body != expected).then(|| "another body".to_owned()))
    }

    /// Of an attack only the values must be gone; of an ordinary response all else must be there, read as JSON.
    fn unlike_masked(&self) -> Result<Option<String>> {
        if self.case.arrives.is_none() && self.case.is_attack() {
            return Ok(None);
        }
        let expected = match &self.case.arrives {
            Some(body) => body.clone().into_bytes(),
            None => self.case.body_bytes()?,
        };
        let read = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).ok();
        match (read(&self.answer.body), read(&expected)) {
            (Some(arrived), Some(expected)) => Ok((arrived != expected).then(|| "another document".to_owned())),
            _ => self.unlike_body(),
        }
    }

    fn missing_header(&self, all: bool) -> Option<String> {
        let own = if all { &self.case.headers } else { &Vec::new() };
        let expected = self.case.arrive.as_ref().unwrap_or(own);
        let lines = expected.iter().filter_map(|line| line.split_once(':'));
        let lines = lines.map(|(name, value)| (name.to_ascii_lowercase(), value.trim()));
        let mut lines = lines.filter(|(name, _)| !OF_PROXY.contains(&name.as_str()));
        let missing = lines.find(|(name, value)| !self.answer.header(name).any(|known| known == value.as_bytes()));
        missing.map(|(name, _)| format!("without `{name}`"))
    }
}

/// Whether a text holds all words, whatever the case of their letters.
fn has_words(text: &str, words: &[String]) -> bool {
    let text = text.to_lowercase();
    !words.is_empty() && words.iter().all(|word| text.contains(&word.to_lowercase()))
}

/// Whether one entry of README or of a page holds all words.
fn is_documented(words: &[String]) -> Result<bool> {
    let root = meshveil_tests::artifact::workspace();
    for page in ["README.md", "docs/evasion.md", "docs/reference/masks.md", "docs/reference/reachability.md"] {
        let text = fs::read_to_string(root.join(page))?.replace("\n- ", "\n\n").replace("\n| ", "\n\n");
        if text.split("\n\n").any(|entry| has_words(entry, words)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Bytes as they came, and as a client could read them: escapes of URLs, of HTML and of JSON undone, without the zeros of
/// wider characters.
fn shapes(bytes: &[u8]) -> Vec<Vec<u8>> {
    let narrow: Vec<u8> = bytes.iter().copied().filter(|&byte| byte != 0).collect();
    vec![bytes.to_vec(), narrow, percent_decoded(bytes), html_decoded(bytes), json_decoded(bytes)]
}

fn holds(shapes: &[Vec<u8>], value: &str) -> bool {
    let found = |haystack: &Vec<u8>, needle: &[u8]| {
        !needle.is_empty() && haystack.windows(needle.len()).any(|window| window == needle)
    };
    let encoded = in_base64(value);
    shapes
        .iter()
        .any(|shape| found(shape, value.as_bytes()) || encoded.iter().any(|needle| found(shape, needle.as_bytes())))
}

/// A text inside base64: at each of three places of a group, without the characters that its neighbours change.
fn in_base64(value: &str) -> Vec<String> {
    let mut needles = Vec::new();
    for before in 0..3_usize {
        let padded = [vec![0; before], value.as_bytes().to_vec()].concat();
        // What is whole: the groups of three bytes that hold nothing but the text.
        let skipped = (before * 4).div_ceil(3);
        for encoded in [BASE64_STANDARD_NO_PAD.encode(&padded), BASE64_URL_SAFE_NO_PAD.encode(&padded)] {
            let end = padded.len() * 4 / 3;
            let needle: String = encoded.chars().take(end).skip(skipped).collect();
            if needle.len() >= 8 && !needles.contains(&needle) {
                needles.push(needle);
            }
        }
    }
    needles
}

fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    let (mut rest, mut out) = (bytes, Vec::new());
    while let [byte, after @ ..] = rest {
        rest = after;
        let code = match (byte, after) {
            (b'%', [high, low, ..]) => {
                std::str::from_utf8(&[*high, *low]).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok())
            }
            _ => None,
        };
        match code {
            Some(code) => {
                out.push(code);
                rest = after.get(2..).unwrap_or_default();
            }
            None => out.push(if *byte == b'+' { b' ' } else { *byte }),
        }
    }
    // `+` is a space in forms and itself in paths; numbers begin with it.
    out
}

fn html_decoded(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let decoded = part.split_once(';').and_then(|(entity, rest)| {
            let character = match entity.strip_prefix('#') {
                Some(number) => {
                    let hex = number.strip_prefix(['x', 'X']);
                    let code = hex.map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
                    char::from_u32(code?)?
                }
                None => match entity {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    "commat" => '@',
                    "plus" => '+',
                    "hyphen" => '-',
                    _ => return None,
                },
            };
            Some(format!("{character}{rest}"))
        });
        out.push_str(&decoded.unwrap_or_else(|| format!("&{part}")));
    }
    out.into_bytes()
}

/// `\u0031` and its like.
fn json_decoded(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split("\\u");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let character = part.get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        match character {
            Some(character) => {
                out.push(character);
                out.push_str(part.get(4..).unwrap_or_default());
            }
            None => out.push_str(part),
        }
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    #[test]
    fn values_are_found_in_every_spelling() {
        let value = "anna.smith@example.com";
        for text in [
            value.to_owned(),
            "x=anna.smith%40example.com&y".to_owned(),
            "<td>anna.smith&#64;example.com</td>".to_owned(),
            "<td>anna&#x2e;smith&commat;example.com</td>".to_owned(),
            "anna\\u002esmith\\u0040example.com".to_owned(),
            BASE64_STANDARD.encode(value),
            BASE64_STANDARD.encode(format!("a{value}b")),
            BASE64_STANDARD.encode(format!("{{\"ab{value}\"}}")),
            value.chars().flat_map(|letter| [letter, '\0']).collect(),
        ] {
            assert!(holds(&shapes(text.as_bytes()), value), "{text}");
        }
        assert!(!holds(&shapes(b"a***@example.com"), value));
        assert!(holds(&shapes(b"+1 202 555 0143"), "+1 202 555 0143"));
    }
}
