//! Texts that hold documents: read, masked by the same rules, and written as they were encoded.

use std::{borrow::Cow, sync::Arc};

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use meshveil_plan::Inside;

use super::{
    Stream,
    leaf::Leaf,
    masker::{Action, Compiled},
    quote::{decode, write_content},
};
use crate::ErrorCode;

/// Documents in texts of documents that are read; what lies deeper is masked as a whole.
const DEEPEST: u8 = 4;

/// What a rule does with texts that hold documents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holds {
    pub(super) form: Inside,
    /// Whether a text that holds none goes on as it is.
    pub(super) keeps: bool,
}

/// What became of a document in a text.
pub(super) enum Read {
    Masked(Vec<u8>),
    /// It is none.
    NoDocument,
    /// It is one that cannot be masked.
    Refused,
}

impl Stream {
    /// Writes the text that stands in for one that holds a document.
    pub(super) fn replace_inside(
        &mut self,
        compiled: &Compiled,
        action: &Action,
        holds: Holds,
        content: &str,
        out: &mut Vec<u8>,
    ) {
        let text = decode(content);
        let read = match open(holds.form, &text) {
            _ if holds.form == Inside::Query => self.parameters(&text),
            Some(document) => self.nested(&document),
            None => Read::NoDocument,
        };
        let written = match read {
            Read::Masked(masked) => close(holds.form, &text, &masked),
            Read::NoDocument if holds.keeps => Some(Cow::Borrowed(&*text)),
            Read::NoDocument | Read::Refused => None,
        };
        match written {
            // What did not change stays as it is spelled.
            Some(written) if written == text => {
                for part in ["\"", content, "\""] {
                    out.extend_from_slice(part.as_bytes());
                }
            }
            Some(written) => {
                out.push(b'"');
                write_content(&written, out);
                out.push(b'"');
            }
            None => {
                let fits = content.len() <= compiled.limits.value || !action.replacement.needs_text();
                if fits {
                    action.replacement.write(Leaf::String(content), out)
                } else {
                    action.replacement.write_unseen(out)
                }
            }
        }
    }

    pub(super) fn nested(&mut self, document: &[u8]) -> Read {
        // A text that is a number or a word is no document, whatever JSON says.
        let first = document.iter().find(|byte| !byte.is_ascii_whitespace());
        if !matches!(first, Some(b'{' | b'[')) {
            return Read::NoDocument;
        }
        if self.nested >= DEEPEST {
            return Read::Refused;
        }
        let mut again = Self::new(Arc::clone(&self.compiled));
        again.nested = self.nested + 1;
        again.hint = self.here();
        let mut out = Vec::new();
        match again.push(document, &mut out).and_then(|()| again.finish(&mut out)) {
            Ok(()) => {
                self.add(&again.report);
                Read::Masked(out)
            }
            Err(error) => match error.code {
                ErrorCode::Syntax | ErrorCode::UnexpectedEnd | ErrorCode::TrailingData | ErrorCode::InvalidUtf8 => {
                    Read::NoDocument
                }
                _ => Read::Refused,
            },
        }
    }
}

/// The document that a text holds.
fn open(form: Inside, text: &str) -> Option<Cow<'_, [u8]>> {
    match form {
        Inside::Json | Inside::Query => Some(Cow::Borrowed(text.as_bytes())),
        Inside::Base64Json => bytes(text.trim()).map(Cow::Owned),
        Inside::Jwt => {
            let (header, payload, _) = token(text)?;
            bytes(header)?;
            bytes(payload).map(Cow::Owned)
        }
    }
}

/// The text with another document in it.
fn close<'t>(form: Inside, text: &'t str, document: &[u8]) -> Option<Cow<'t, str>> {
    match form {
        Inside::Json | Inside::Query => {
            core::str::from_utf8(document).ok().map(|document| Cow::Owned(document.to_owned()))
        }
        Inside::Base64Json => Some(with(text.trim(), document, text)),
        Inside::Jwt => {
            let (header, payload, _) = token(text)?;
            let masked = with(payload, document, payload);
            // A signature of what is hidden would confirm guesses.
            Some(if masked == payload { text.into() } else { format!("{header}.{masked}.").into() })
        }
    }
}

/// The parts of a signed token (RFC 7515, section 7.1): header, payload, signature.
fn token(text: &str) -> Option<(&str, &str, &str)> {
    let mut parts = text.trim().split('.');
    let token = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(token)
}

/// Base64 of either alphabet (RFC 4648, sections 4 and 5), with or without padding.
fn coder(text: &str) -> GeneralPurpose {
    let url = text.contains(['-', '_']);
    let padded = text.ends_with('=') || (!url && text.len().is_multiple_of(4));
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(padded)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(if url { &URL_SAFE } else { &STANDARD }, config)
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    coder(text).decode(text).ok()
}

/// `document` in the code of `code`; `same` where it is the document that is there.
fn with<'t>(code: &str, document: &[u8], same: &'t str) -> Cow<'t, str> {
    if bytes(code).as_deref() == Some(document) {
        return Cow::Borrowed(same);
    }
    // A code without a character that tells the alphabets apart may become one with.
    let url = code.contains(['-', '_']) || !code.contains(['+', '/', '=']) && !code.len().is_multiple_of(4);
    let coder = coder(code);
    let written = coder.encode(document);
    Cow::Owned(if url { written.replace('+', "-").replace('/', "_") } else { written })
}
