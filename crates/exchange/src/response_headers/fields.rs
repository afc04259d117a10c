//! Response headers that are fields of the plan: what stands in for their values, by view.

use std::collections::BTreeMap;

use meshveil_json::Engine;
use meshveil_mask::{Context, Keys, Mask, Output, Value};
use meshveil_plan::{Decisions, View};
use once_cell::sync::OnceCell;

/// The headers of a plan that are fields. Views are compiled on first use.
#[derive(Debug)]
pub struct HeaderFields {
    keys: Keys,
    views: Vec<OnceCell<FieldsOfView>>,
}

/// The headers that are fields, as one view treats them: by name, in lower case.
#[derive(Debug, Default)]
pub struct FieldsOfView(BTreeMap<Box<str>, OfHeader>);

#[derive(Debug)]
enum OfHeader {
    /// The caller sees every field that stands there.
    Seen,
    Masked {
        mask: Box<dyn Mask>,
        field: Box<str>,
    },
    /// Its mask cannot run.
    Unknown,
}

/// What becomes of the value of a header that is a field.
#[derive(Debug, PartialEq, Eq)]
pub enum Shown {
    /// It arrives as it is.
    Clear,
    /// This stands in for it.
    Instead(Vec<u8>),
    /// It goes.
    Nothing,
}

impl HeaderFields {
    /// The headers of a plan; `None` where none is a field.
    #[must_use]
    pub fn new(decisions: &Decisions, keys: &Keys) -> Option<Self> {
        let any = decisions.plan().fields.iter().any(|field| !field.headers.is_empty());
        let views = || decisions.views().map(|_| OnceCell::new()).collect();
        any.then(|| Self { keys: keys.clone(), views: views() })
    }

    /// The headers as a view treats them.
    pub fn of_view(&self, engine: &Engine, number: usize) -> Option<&FieldsOfView> {
        let decisions = engine.decisions();
        let view = decisions.views().nth(number)?;
        Some(self.views.get(number)?.get_or_init(|| FieldsOfView::compile(decisions, view, &self.keys)))
    }
}

impl FieldsOfView {
    /// Where a header is several fields, the strictest mask of those that the view masks wins, as for values of a body.
    fn compile(decisions: &Decisions, view: View, keys: &Keys) -> Self {
        let mut headers = BTreeMap::new();
        for name in decisions.plan().fields.iter().flat_map(|field| &field.headers) {
            headers.insert(name.as_str().into(), OfHeader::Seen);
        }
        let mut strictness = BTreeMap::new();
        for (_, field, mask) in decisions.rules(view) {
            for name in &field.headers {
                let known = strictness.get(name).copied();
                if known.is_some_and(|known| known >= mask.strictness()) {
                    continue;
                }
                strictness.insert(name, mask.strictness());
                let of_header = match mask.compile(&field.name, keys) {
                    Ok(mask) => OfHeader::Masked { mask, field: field.name.as_str().into() },
                    Err(_) => OfHeader::Unknown,
                };
                headers.insert(name.as_str().into(), of_header);
            }
        }
        Self(headers)
    }

    /// The field whose mask stands in for the values of a header; `None` where the caller sees them, or it is no field.
    #[must_use]
    pub fn masked(&self, name: &[u8]) -> Option<&str> {
        match self.0.get(std::str::from_utf8(name).ok()?)? {
            OfHeader::Masked { field, .. } => Some(field),
            OfHeader::Seen | OfHeader::Unknown => None,
        }
    }

    /// What becomes of a value of at most `longest` bytes; `None` where the header is not a field.
    #[must_use]
    pub fn show(&self, name: &[u8], value: &[u8], longest: usize) -> Option<Shown> {
        let (mask, field) = match self.0.get(std::str::from_utf8(name).ok()?)? {
            OfHeader::Seen => return Some(Shown::Clear),
            OfHeader::Unknown => return Some(Shown::Nothing),
            OfHeader::Masked { mask, field } => (mask, field),
        };
        let mut text = String::new();
        let output = match std::str::from_utf8(value) {
            Ok(value) if value.len() <= longest => {
                let context = Context { field, ..Context::default() };
                mask.mask(Value::Text(value), &context, &mut text)
            }
            _ => mask.unseen(&mut text),
        };
        Some(match output {
            // A line break would begin another header (RFC 9110, section 5.5).
            Output::Text | Output::Number if !text.contains(|letter: char| letter.is_control()) => {
                Shown::Instead(text.into_bytes())
            }
            Output::Boolean(boolean) => Shown::Instead(boolean.to_string().into_bytes()),
            Output::Text | Output::Number | Output::Null | Output::Absent => Shown::Nothing,
        })
    }
}

#[cfg(test)]
mod tests {
    use meshveil_json::read_plan;

    use super::*;

    fn engine() -> Engine {
        let plan = serde_json::json!({
            "version": 1,
            "fields": [
                { "name": "who", "headers": ["x-who", "location"], "mask": { "partial": { "keepLast": 2 } } },
                { "name": "all", "paths": ["$..all"], "headers": ["location"], "mask": { "redact": { "with": "/" } } },
                { "name": "gone", "headers": ["x-gone"], "mask": "drop" },
                { "name": "none", "headers": ["x-null"], "mask": "null" },
                { "name": "broken", "headers": ["x-broken"], "mask": { "redact": { "with": "a\r\nb: c" } } },
                { "name": "code", "headers": ["x-code"], "mask": "pseudonym" },
            ],
            "callers": [{ "name": "a", "match": [{ "principal": "spiffe://t/a" }], "sees": ["who", "code"] }],
        });
        let keys = Keys::new(b"only-for-tests-0123456789");
        Engine::compile(read_plan(plan.to_string().as_bytes()).unwrap(), &keys).unwrap()
    }

    fn shown(caller: Option<usize>, name: &str, value: &[u8]) -> Option<Shown> {
        let engine = engine();
        let fields = HeaderFields::new(engine.decisions(), &Keys::new(b"only-for-tests-0123456789")).unwrap();
        let meshveil_plan::Decision::Mask(masked) = engine.decide(caller, None) else { panic!("masked") };
        fields.of_view(&engine, masked.number).unwrap().show(name.as_bytes(), value, 100)
    }

    #[test]
    fn value_of_a_header_is_masked_as_one_of_a_body() {
        let instead = |text: &str| Some(Shown::Instead(text.as_bytes().to_vec()));
        for (caller, name, value, expected) in [
            (None, "x-who", &b"anna smith"[..], instead("****th")),
            (Some(0), "x-who", b"anna smith", Some(Shown::Clear)),
            // One of its two fields is masked.
            (Some(0), "location", b"/c/1", instead("/")),
            (None, "location", b"/c/1", instead("/")),
            (None, "x-gone", b"a", Some(Shown::Nothing)),
            (None, "x-null", b"a", Some(Shown::Nothing)),
            (None, "x-broken", b"a", Some(Shown::Nothing)),
            (None, "x-other", b"a", None),
            (Some(0), "x-code", b"a", Some(Shown::Clear)),
            // Not text, and too long to look at.
            (None, "x-who", b"anna\xff", instead("***")),
            (None, "x-who", &[b'a'; 101], instead("***")),
        ] {
            assert_eq!(shown(caller, name, value), expected, "{caller:?} {name}");
        }
        let code = shown(None, "x-code", b"4711");
        assert!(matches!(&code, Some(Shown::Instead(code)) if code.len() == 20), "{code:?}");
    }
}
