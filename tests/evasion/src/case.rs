//! A case as it is written: what a client sends, what the upstream answers, what must not arrive, and what is right.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use crate::expand;

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Members of every case that does not have them.
    #[serde(default)]
    defaults: toml::Table,
    /// What `<<name>>` stands for in this file.
    #[serde(default)]
    texts: BTreeMap<String, String>,
    #[serde(default)]
    attack: Vec<toml::Table>,
    #[serde(default)]
    ordinary: Vec<toml::Table>,
}

/// One case, whole.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Says what happens; no two cases share it.
    pub name: String,
    /// The row of the table.
    pub kind: String,
    /// Which configuration runs, a name of `setups.toml`.
    #[serde(default = "shop")]
    pub setup: String,
    /// The ServiceAccount of the client certificate.
    #[serde(default = "frontend")]
    pub caller: String,
    /// The URIs of the client certificate, where it is not just the caller's.
    #[serde(default)]
    pub certificate: Vec<String>,
    /// `http1`, `http2` or both.
    #[serde(default = "both")]
    pub over: Vec<Over>,
    /// Request line, headers, and after an empty line the body.
    #[serde(default)]
    pub request: Vec<String>,
    /// Headers that carry a token, as `name: claims`; the runner signs it.
    #[serde(default)]
    pub tokens: Vec<String>,
    /// Status code and phrase of the upstream.
    #[serde(default = "ok")]
    pub status: String,
    /// Headers of the upstream.
    #[serde(default)]
    pub headers: Vec<String>,
    /// Body of the upstream.
    #[serde(default)]
    pub body: String,
    /// The body in base64, where it is not text.
    #[serde(default)]
    pub body_base64: String,
    /// A text that is repeated in front of the body.
    #[serde(default)]
    pub padding: Option<Padding>,
    /// How the body is sent.
    #[serde(default)]
    pub framing: Framing,
    /// Trailers; they need `framing = "chunked"`.
    #[serde(default)]
    pub trailers: Vec<String>,
    /// The whole answer of the upstream in pieces, in place of status, headers and body.
    #[serde(default)]
    pub pieces: Vec<String>,
    /// Another record, in place of `body`: whoever asks must not be able to tell which of the two it was.
    #[serde(default)]
    pub other_body: Option<String>,
    /// Headers that come with it.
    #[serde(default)]
    pub other_headers: Option<Vec<String>>,
    /// Texts that must not arrive; those of the set-up where there are none.
    #[serde(default)]
    pub forbidden: Option<Vec<String>>,
    /// Headers and trailers that must not arrive.
    #[serde(default)]
    pub forbidden_names: Vec<String>,
    /// Where they must not arrive.
    #[serde(default = "body_part")]
    pub forbidden_in: Vec<Part>,
    /// Any one of these is right.
    pub then: Vec<Then>,
    /// What must arrive: the whole body, where it is not the upstream's.
    #[serde(default)]
    pub arrives: Option<String>,
    /// Headers that must arrive as they are; those of the upstream where `then` is `passes`.
    #[serde(default)]
    pub arrive: Option<Vec<String>>,
    /// The status that must arrive, where it is not the upstream's.
    #[serde(default)]
    pub arrives_status: Option<u16>,
    /// Words that one entry of the pages on limits holds, for `documented`.
    #[serde(default)]
    pub documented: Vec<String>,
    /// Words that one finding of `meshveil check` holds, for `warned`.
    #[serde(default)]
    pub warned: Vec<String>,
    /// The program that answers so, where one was tried.
    #[serde(default)]
    pub server: String,
    /// Why it matters, or where it comes from.
    #[serde(default)]
    pub note: String,
    /// The case stands for all values of these lists.
    #[serde(default)]
    pub each: BTreeMap<String, Vec<String>>,
}

/// A text many times.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Padding {
    /// The text.
    pub text: String,
    /// How often.
    pub times: usize,
}

/// A protocol of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Over {
    /// HTTP/1.1
    Http1,
    /// HTTP/2
    Http2,
}

/// How the upstream sends a body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Framing {
    /// With its length.
    #[default]
    Length,
    /// In one chunk.
    Chunked,
    /// In chunks of one byte.
    Bytes,
    /// As the headers say: nothing is added.
    Raw,
    /// Until the connection closes.
    Close,
}

/// A part of what arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The body, without its transfer coding.
    Body,
    /// Status line and headers, those of interim responses too.
    Headers,
    /// Trailers.
    Trailers,
    /// Envoy's access log and its own log.
    Log,
}

/// What may be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Then {
    /// It arrives without the value.
    Masked,
    /// It arrives without the header, trailer or part.
    Removed,
    /// An error without the value, or no connection.
    Refused,
    /// Status, headers and body arrive as they were sent.
    Passes,
    /// The status arrives; the body need not.
    Status,
    /// Both records give the same answer.
    Same,
    /// `meshveil check` has a finding for it.
    Warned,
    /// The pages on limits say so.
    Documented,
}

fn shop() -> String {
    "shop".to_owned()
}

fn frontend() -> String {
    "frontend".to_owned()
}

fn both() -> Vec<Over> {
    vec![Over::Http1, Over::Http2]
}

fn ok() -> String {
    "200 OK".to_owned()
}

fn body_part() -> Vec<Part> {
    vec![Part::Body]
}

/// Reads every case of a directory of TOML files, in the order of their names.
///
/// # Errors
/// A file or a case is malformed, or two cases have one name.
pub fn read_all(directory: &Path) -> Result<Vec<Case>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory)? {
        paths.push(entry?.path());
    }
    paths.sort();
    let mut cases: Vec<Case> = Vec::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "toml")) {
        let text = fs::read_to_string(path)?;
        let file: File = toml::from_str(&text).with_context(|| path.display().to_string())?;
        let attacks = file.attack.into_iter().map(|case| (case, None));
        let ordinary = file.ordinary.into_iter().map(|case| (case, Some("ordinary")));
        for (mut table, kind) in attacks.chain(ordinary) {
            for (name, value) in &file.defaults {
                table.entry(name.clone()).or_insert_with(|| value.clone());
            }
            if let Some(kind) = kind {
                table.insert("kind".to_owned(), kind.into());
            }
            let name = table.get("name").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
            let whole = expand::each(table, &file.texts).with_context(|| format!("{}: {name}", path.display()))?;
            cases.extend(whole);
        }
    }
    let mut names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    names.sort_unstable();
    for pair in names.windows(2) {
        ensure!(pair.first() != pair.last(), "two cases have the name `{}`", pair.concat());
    }
    Ok(cases)
}

impl Case {
    /// Whether it is an attack, and not an ordinary response.
    #[must_use]
    pub fn is_attack(&self) -> bool {
        self.kind != "ordinary"
    }

    /// The bytes of the body.
    ///
    /// # Errors
    /// The base64 is malformed.
    pub fn body_bytes(&self) -> Result<Vec<u8>> {
        let mut body = self.padding.as_ref().map(|padding| padding.text.repeat(padding.times)).unwrap_or_default();
        body.push_str(&self.body);
        let mut body = body.into_bytes();
        body.extend(BASE64_STANDARD.decode(&self.body_base64)?);
        Ok(body)
    }

    /// The status code of the upstream; 0 where there is none.
    #[must_use]
    pub fn status_code(&self) -> u16 {
        self.status.split(' ').next().and_then(|code| code.parse().ok()).unwrap_or(0)
    }

    /// The method of the request.
    #[must_use]
    pub fn method(&self) -> &str {
        self.request.first().and_then(|line| line.split(' ').next()).unwrap_or_default()
    }
}
