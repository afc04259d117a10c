//! What a mask leaves in a text: how to tell that a value was written back that this mask made.
//!
//! A trace is a form, not a proof: `****6789` typed by a person looks the same. Where a value of the field stands the whole value is
//! compared; in other texts only forms count that texts of people hardly ever have.

use std::sync::Arc;

use crate::{Context, Encoding, Keys, Mask, MaskLength, MaskSpec, Output, Value, definition::HIDDEN};

/// Fewest mask characters in a row that count in any text: two occur in ordinary writing.
const FEWEST: usize = 3;

/// Shortest constant that counts in any text.
const SHORTEST_CONSTANT: usize = 6;

/// The traces of one mask.
#[derive(Debug, Clone)]
pub struct Trace {
    spec: MaskSpec,
    /// A mask that leaves a value of the field's own kind: what it would not change is what it may have written.
    unchanged_by: Option<Arc<dyn Mask>>,
}

impl PartialEq for Trace {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
    }
}

impl MaskSpec {
    /// What this mask leaves in a text.
    #[must_use]
    pub fn trace(&self) -> Trace {
        let is_of_its_kind = matches!(self, Self::Date(_) | Self::Network(_) | Self::Round(_) | Self::Url(_));
        let compiled = is_of_its_kind.then(|| self.compile("", &Keys::none()).ok()).flatten();
        Trace { spec: self.clone(), unchanged_by: compiled.map(Arc::from) }
    }
}

impl Trace {
    /// Whether a value that stands where the field stands has the form of what the mask writes.
    #[must_use]
    pub fn is_value(&self, value: Value<'_>) -> bool {
        let text = match value {
            Value::Text(text) | Value::Number(text) => text,
            Value::Boolean(boolean) => return matches!(self.spec, MaskSpec::Neutral(_)) && !boolean,
            Value::Null => return matches!(self.spec, MaskSpec::Null(_) | MaskSpec::Neutral(_)),
        };
        match &self.spec {
            MaskSpec::Redact(redact) => text == redact.with,
            MaskSpec::Partial(partial) => {
                let kept = |character: char| partial.keep_characters.contains(character);
                let characters: Vec<char> = text.chars().filter(|character| !kept(*character)).collect();
                let shown = (partial.keep_first as usize).saturating_add(partial.keep_last as usize);
                let hidden = match partial.length {
                    MaskLength::Fixed(length) => length as usize,
                    MaskLength::Same => characters.len().saturating_sub(shown),
                };
                let first = partial.keep_first as usize;
                let middle = characters.get(first..first.saturating_add(hidden)).unwrap_or_default();
                let is_length = match partial.length {
                    MaskLength::Fixed(length) => characters.len() == length as usize,
                    MaskLength::Same => !characters.is_empty(),
                };
                let is_all_hidden = is_length && characters.iter().all(|&one| one == partial.with);
                let is_whole = characters.len() == shown.saturating_add(hidden);
                text == HIDDEN
                    || is_all_hidden
                    || (is_whole && !middle.is_empty() && middle.iter().all(|&one| one == partial.with))
            }
            MaskSpec::Email(email) => {
                let local = text.split_once('@').map_or(text, |(local, _)| local);
                let is_hidden = |character: char| character == email.with;
                let shown = local.trim_end_matches(is_hidden);
                text == HIDDEN
                    || (local.chars().rev().take_while(|character| is_hidden(*character)).count() >= FEWEST
                        && shown.chars().count() <= email.keep_first as usize)
            }
            MaskSpec::Pseudonym(pseudonym) => {
                let code = text.strip_prefix(pseudonym.prefix.as_str());
                text == HIDDEN
                    || code.is_some_and(|code| {
                        code.len() == pseudonym.length as usize
                            && code.bytes().all(|byte| is_digit_of(pseudonym.encoding, byte))
                    })
            }
            MaskSpec::Neutral(_) => match value {
                Value::Number(_) => text == "0",
                _ => text.is_empty(),
            },
            MaskSpec::Null(_) | MaskSpec::Omit(_) => false,
            MaskSpec::Date(_) | MaskSpec::Network(_) | MaskSpec::Round(_) => {
                text == HIDDEN || self.changes_nothing(value)
            }
            // Where nothing was found nothing was hidden.
            MaskSpec::Url(_) => text == HIDDEN || (text.contains(HIDDEN) && self.changes_nothing(value)),
            MaskSpec::Replace(replace) => {
                text == HIDDEN || (!replace.with.is_empty() && text.contains(replace.with.as_str()))
            }
        }
    }

    /// Whether a text, wherever it stands, holds what the mask writes.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        match &self.spec {
            MaskSpec::Replace(replace) => has_constant(text, &replace.with),
            MaskSpec::Redact(redact) => has_constant(text, &redact.with),
            MaskSpec::Partial(partial) => {
                let (first, last) = (partial.keep_first as usize, partial.keep_last as usize);
                let fits = |run: usize| match partial.length {
                    MaskLength::Fixed(length) => run == length as usize,
                    MaskLength::Same => run >= partial.min_hidden as usize,
                };
                let kept = |character: char| partial.keep_characters.contains(character);
                let text: String = text.chars().filter(|character| !kept(*character)).collect();
                runs(&text, partial.with).any(|(before, run, after)| {
                    let word = |text: &str| text.chars().take_while(|one| !one.is_whitespace()).count();
                    let ahead = before.chars().rev().take_while(|one| !one.is_whitespace()).count();
                    run >= FEWEST && fits(run) && first + last > 0 && ahead >= first && word(after) >= last
                })
            }
            MaskSpec::Email(email) => runs(text, email.with).any(|(_, run, after)| {
                let domain = after.strip_prefix('@').and_then(|domain| domain.chars().next());
                run == FEWEST && domain.is_some_and(|one| one.is_alphanumeric() || one == email.with)
            }),
            MaskSpec::Pseudonym(pseudonym) => {
                let is_digit = |one: char| u8::try_from(one).is_ok_and(|byte| is_digit_of(pseudonym.encoding, byte));
                let code =
                    |code: &str| code.chars().take_while(|one| is_digit(*one)).count() == pseudonym.length as usize;
                if pseudonym.prefix.is_empty() {
                    // Words and numbers of this length are common; hexadecimal digits with both letters and digits are not.
                    pseudonym.encoding == Encoding::Hex
                        && text.split(|one: char| !one.is_alphanumeric()).any(|word| {
                            code(word)
                                && word.len() == pseudonym.length as usize
                                && word.bytes().any(|byte| byte.is_ascii_digit())
                                && word.bytes().any(|byte| byte.is_ascii_alphabetic())
                        })
                } else {
                    text.split(pseudonym.prefix.as_str()).skip(1).any(code)
                }
            }
            MaskSpec::Null(_) | MaskSpec::Omit(_) | MaskSpec::Neutral(_) => false,
            other => other.constant().is_some_and(|constant| has_constant(text, constant)),
        }
    }
}

impl Trace {
    /// Whether the mask would leave a value as it is.
    fn changes_nothing(&self, value: Value<'_>) -> bool {
        let Some(mask) = &self.unchanged_by else { return false };
        let mut out = String::new();
        match (mask.mask(value, &Context::default(), &mut out), value) {
            (Output::Text, Value::Text(text)) | (Output::Number, Value::Number(text)) => out == text,
            _ => false,
        }
    }
}

/// Whether a constant stands in a text. Short ones, and those of punctuation alone (`***`), count as a whole text only.
fn has_constant(text: &str, constant: &str) -> bool {
    let is_telling = constant.len() >= SHORTEST_CONSTANT && constant.chars().any(char::is_alphanumeric);
    if is_telling { text.contains(constant) } else { constant.len() >= FEWEST && text == constant }
}

/// The runs of a character: what stands before each, how long it is, and what follows.
fn runs(text: &str, character: char) -> impl Iterator<Item = (&str, usize, &str)> {
    let mut from = 0;
    core::iter::from_fn(move || {
        let start = from + text.get(from..)?.find(character)?;
        let rest = text.get(start..)?;
        let after = rest.trim_start_matches(character);
        from = text.len() - after.len();
        Some((text.get(..start)?, rest.strip_suffix(after)?.chars().count(), after))
    })
}

const fn is_digit_of(encoding: Encoding, byte: u8) -> bool {
    match encoding {
        Encoding::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        Encoding::Base32 => matches!(byte, b'A'..=b'Z' | b'2'..=b'7'),
        Encoding::Base64url => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
        Encoding::Digits => byte.is_ascii_digit(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{CATALOGUE, Context, Keys, Output};

    fn spec(json: &str) -> MaskSpec {
        serde_json::from_str(json).unwrap()
    }

    proptest! {
        #[test]
        fn what_a_mask_writes_is_a_value_of_its_trace(text in "[a-zA-Z0-9 @.é-]{0,24}", keep in 0_u32..4) {
            let named = CATALOGUE.iter().map(|entry| format!("\"{}\"", entry.id));
            let examples = CATALOGUE.iter().flat_map(|entry| {
                entry.examples.iter().map(|example| format!("{{\"{}\":{}}}", entry.id, example.parameters))
            });
            let more = [format!(r#"{{"partial":{{"keepFirst":{keep},"keepLast":2,"length":"same"}}}}"#)];
            for json in named.chain(examples).chain(more) {
                let mask = spec(&json);
                let compiled = mask.compile("f", &Keys::new(b"0123456789abcdef")).unwrap();
                let mut out = String::new();
                let value = match compiled.mask(Value::Text(&text), &Context::default(), &mut out) {
                    Output::Text => Value::Text(&out),
                    Output::Number => Value::Number(&out),
                    Output::Boolean(boolean) => Value::Boolean(boolean),
                    Output::Null => Value::Null,
                    Output::Absent => continue,
                };
                // Nothing was hidden in an empty text, nor where a pattern found nothing.
                let found_nothing = matches!(mask, MaskSpec::Url(_) | MaskSpec::Replace(_)) && value == Value::Text(&text);
                prop_assert!(text.is_empty() || found_nothing || mask.trace().is_value(value), "{} of {:?}: {:?}", json, text, value);
            }
        }
    }

    #[test]
    fn values_of_people_are_none_of_a_trace() {
        let last4 = r#"{"partial":{"keepLast":4}}"#;
        for (mask, texts) in [
            (last4, &["123-45-6789", "", "6789", "*", "a*b", "****678", "***6789"][..]),
            (r#""email""#, &["anna@example.com", "a*b@example.com", ""]),
            (r#""pseudonym""#, &["1b795c31d56cd8bd6f6", "anna", "1b795c31d56cd8bd6f64a"]),
            (r#""null""#, &["", "null", "0"]),
            (r#""redact""#, &["**", "****", ""]),
        ] {
            for text in texts {
                assert!(!spec(mask).trace().is_value(Value::Text(text)), "{mask} {text}");
            }
        }
        assert!(spec(r#""null""#).trace().is_value(Value::Null));
        assert!(!spec(last4).trace().is_value(Value::Null));
    }

    #[test]
    fn masks_are_found_in_any_text_and_ordinary_texts_pass() {
        let last4 = r#"{"partial":{"keepLast":4}}"#;
        for (mask, text, found) in [
            (last4, "the number is ****6789.", true),
            (last4, r#"{"ssn":"****6789"}"#, true),
            (last4, "****6789", true),
            (last4, "# Title\n\n**bold** and ***more*** and a rule:\n\n****\n", false),
            (last4, "********* 12", false),
            (r#"{"partial":{"keepFirst":1,"keepLast":1,"with":"•","length":3}}"#, "Zoë is Z•••r", true),
            (r#"{"partial":{"keepLast":4,"length":"same","keepCharacters":"-"}}"#, "ssn ***-**-6789", true),
            (r#""email""#, "write to a***@example.com", true),
            (r#""email""#, "*** at example.com", false),
            (r#"{"redact":{"with":"[hidden]"}}"#, "name: [hidden], city: x", true),
            (r#""redact""#, "***", true),
            (r#""redact""#, "***bold italic***", false),
            (r#"{"pseudonym":{"prefix":"iban_"}}"#, "see iban_1b795c31d56cd8bd6f64!", true),
            (r#"{"pseudonym":{"prefix":"iban_"}}"#, "see iban_1b795c31", false),
            (r#""pseudonym""#, "see 1b795c31d56cd8bd6f64!", true),
            (r#""pseudonym""#, "commit 2676d01c0a2c1335d1e561a4c914b246a28aaaaa", false),
            (r#"{"pseudonym":{"encoding":"base64url"}}"#, "internationalization", false),
            (r#"{"pseudonym":{"encoding":"digits","length":16}}"#, "4111111111111111", false),
            (r#""null""#, "null", false),
        ] {
            assert_eq!(spec(mask).trace().is_in(text), found, "{mask} {text}");
        }
    }
}
