//! Watching a body for what masks wrote: a client that stores what it read stores masks in place of values.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use meshveil_mask::{Container, Context, Mask, MaskSpec, Output, Partial, Replace, Sink, Trace, Value};
use meshveil_plan::Limits;

use crate::{CompileError, Masker, Rule, Rules};

/// Finds traces of masks in documents. Its [`Watcher::masker`] reads like any other; what it writes is of no use.
#[derive(Debug)]
pub struct Watcher {
    masker: Masker,
    found: Arc<AtomicBool>,
}

impl Watcher {
    /// Watches for what these rules write: at the values and names that they select, and in any text that is a value. Documents in
    /// texts are looked at only as text.
    ///
    /// # Errors
    /// [`CompileError`] as [`Masker::compile_all`].
    pub fn compile(rules: Rules, limits: Limits) -> Result<Self, CompileError> {
        let Rules { mut values, mut names, exceptions, unlisted, search, .. } = rules;
        let found = Arc::new(AtomicBool::new(false));
        let mut all: Vec<Trace> = values.iter().map(|rule| rule.mask.trace()).collect();
        // What stands in for a match may be in any text.
        all.extend(search.map(|search| MaskSpec::Replace(Replace { with: search.with, ..Replace::default() }).trace()));
        all.dedup();
        let all: Arc<[Trace]> = all.into();
        let anywhere = values.len();
        // What no path lists is anywhere, too.
        let rest = unlisted.and_then(|unlisted| unlisted.mask).map(|mask| mask.trace());
        values.push(Rule { id: String::new(), query: crate::Query::root(), mask: weakest() });
        let any_name = values.len() + names.len();
        if rest.is_some() {
            let query = crate::Query::descendants();
            names.push(Rule { id: String::new(), query, mask: weakest() });
        }
        let first_name = values.len();
        let is_name = first_name..first_name + names.len();
        let rules = Rules { values, names, exceptions, ..Rules::default() };
        let masker = Masker::watching(rules, limits, |index, rule| {
            let is_listed = index < anywhere || (first_name..any_name).contains(&index);
            let here = if is_listed { Some(rule.mask.trace()) } else { rest.clone() };
            let watch =
                Watch { here, is_name: is_name.contains(&index), all: Arc::clone(&all), found: Arc::clone(&found) };
            (Box::new(watch), Container::Leaves)
        })?;
        // Masks were asked for what stands in for values of each type.
        found.store(false, Ordering::Relaxed);
        Ok(Self { masker, found })
    }

    /// What reads documents.
    #[must_use]
    pub const fn masker(&self) -> &Masker {
        &self.masker
    }

    /// Whether a trace was found since the last call, in whatever document. Callers ask after each piece of each document.
    pub fn take_found(&self) -> bool {
        self.found.swap(false, Ordering::Relaxed)
    }
}

/// A name without the number by which masked names of one object are told apart.
fn without_number(name: &str) -> &str {
    name.trim_end_matches(|character: char| character.is_ascii_digit())
}

/// Gives way to every other rule.
const fn weakest() -> MaskSpec {
    MaskSpec::Partial(Partial {
        keep_first: u32::MAX,
        keep_last: u32::MAX,
        with: '*',
        min_hidden: 0,
        length: meshveil_mask::MaskLength::Same,
        keep_characters: String::new(),
    })
}

/// Looks at values, and writes nothing of use.
#[derive(Debug)]
struct Watch {
    /// What the mask of the field at this place writes.
    here: Option<Trace>,
    /// Whether names of members stand there, and not values.
    is_name: bool,
    /// What any mask of the view writes.
    all: Arc<[Trace]>,
    found: Arc<AtomicBool>,
}

impl Mask for Watch {
    fn needs_text(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, _: &Context<'_>, _: &mut dyn Sink) -> Output {
        let is_value = self.here.as_ref().is_some_and(|trace| trace.is_value(value));
        let is_in = |text: &str| match (&self.here, self.is_name) {
            (Some(trace), true) => trace.is_value(Value::Text(without_number(text))),
            (None, true) => false,
            (_, false) => self.all.iter().any(|trace| trace.is_in(text)),
        };
        if is_value || matches!(value, Value::Text(text) if is_in(text)) {
            self.found.store(true, Ordering::Relaxed);
        }
        Output::Null
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Query;

    fn found(body: &str) -> bool {
        let rule = |id: &str, path: &str, mask: &str| Rule {
            id: id.to_owned(),
            query: Query::parse(path).unwrap(),
            mask: serde_json::from_str(mask).unwrap(),
        };
        let values = vec![
            rule("ssn", "$..ssn", r#"{"partial":{"keepLast":4}}"#),
            rule("born", "$..born", r#""null""#),
            rule("notes", "$..notes", r#""redact""#),
            rule("gone", "$..gone", r#""drop""#),
        ];
        let except = crate::Exception { id: "ssn".to_owned(), query: Query::parse("$.errors.ssn").unwrap() };
        let rules = Rules { values, exceptions: vec![except], ..Rules::default() };
        let watcher = Watcher::compile(rules, Limits::default()).unwrap();
        let whole = at_split(&watcher, body, body.len());
        for at in 0..body.len() {
            assert_eq!(at_split(&watcher, body, at), whole, "{at} of {body}");
        }
        whole
    }

    fn at_split(watcher: &Watcher, body: &str, at: usize) -> bool {
        let (mut stream, mut out) = (watcher.masker().stream(), Vec::new());
        let (first, second) = body.as_bytes().split_at(at);
        stream.push(first, &mut out).unwrap();
        let found = watcher.take_found();
        stream.push(second, &mut out).unwrap();
        stream.finish(&mut out).unwrap();
        found | watcher.take_found()
    }

    #[test]
    fn masked_names_are_found_where_names_are_masked() {
        let rule = |path: &str, mask: &str| Rule {
            id: "holder".to_owned(),
            query: Query::parse(path).unwrap(),
            mask: serde_json::from_str(mask).unwrap(),
        };
        let listed = Rules {
            names: vec![
                rule("$.by_ssn.*", r#"{"partial":{"keepLast":4}}"#),
                rule("$.by_mail.*", r#"{"redact":{"with":"hidden"}}"#),
            ],
            ..Rules::default()
        };
        let mask = Some(serde_json::from_str(r#""redact""#).unwrap());
        let unlisted = crate::stream::Unlisted { mask, shows: Vec::new(), names: Vec::new() };
        let rest = Rules { unlisted: Some(unlisted), ..Rules::default() };
        for (rules, cases) in [
            (
                listed,
                &[
                    (r#"{"by_ssn":{"123-45-6789":1}}"#, false),
                    (r#"{"by_ssn":{"123-45-6789":1,"****6789":2}}"#, true),
                    (r#"{"by_ssn":{"\u002a***6789":2}}"#, true),
                    (r#"{"other":{"****6789":1}}"#, false),
                    (r#"{"by_mail":{"hidden":1}}"#, true),
                    (r#"{"by_mail":{"hidden12":1}}"#, true),
                    (r#"{"by_mail":{"hidden-not":1}}"#, false),
                    (r#"{"by_mail":{"a@example.com":"hidden"}}"#, false),
                ][..],
            ),
            (rest, &[(r#"{"a":{"***":1}}"#, true), (r#"[{"***2":1}]"#, true), (r#"{"a":{"b***":1}}"#, false)][..]),
        ] {
            let watcher = Watcher::compile(rules, Limits::default()).unwrap();
            for (body, expected) in cases {
                for at in 0..=body.len() {
                    assert_eq!(at_split(&watcher, body, at), *expected, "{at} of {body}");
                }
            }
        }
    }

    #[test]
    fn masks_are_found_at_their_places_and_in_any_text_however_they_are_cut_and_spelled() {
        for (body, expected) in [
            (r#"{"ssn":"123-45-6789","notes":"x"}"#, false),
            (r#"{"ssn":"****6789"}"#, true),
            (r#"{"ssn":"\u002a***6789"}"#, true),
            (r#"{"a":[{"ssn":["123","****6789"]}]}"#, true),
            (r#"{"ssn":"****"}"#, true),
            (r#"{"title":"****"}"#, false),
            (r#"{"text":"his number is ****6789"}"#, true),
            (r#"{"text":"{\"ssn\":\"****6789\"}"}"#, true),
            (r#""****6789""#, true),
            (r#"["x","****6789"]"#, true),
            (r#"{"born":null}"#, true),
            (r#"{"other":null}"#, false),
            (r#"{"notes":"***"}"#, true),
            (r#"{"notes":{"text":"***"}}"#, true),
            (r#"{"notes":"so ***loud***"}"#, false),
            (r#"{"gone":1}"#, false),
            (r#"{"errors":{"ssn":"****6789"}}"#, true),
            (r#"{"errors":{"ssn":"****"}}"#, false),
            ("[]", false),
        ] {
            assert_eq!(found(body), expected, "{body}");
        }
    }
}
