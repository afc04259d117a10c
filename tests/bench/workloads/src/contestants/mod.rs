//! Ways to mask a document, from the same rules.

pub mod engine;
pub mod ignored;
pub mod naive;
pub mod simd;
pub mod sonic;
pub mod value;

use crate::documents::{self, ANCHORED, Document, NAMES};
use crate::many;
use engine::Engine;

/// Takes a document; returns how many bytes came out, in one piece or several.
type Run = Box<dyn FnMut(&[u8]) -> Result<usize, String>>;

/// One way to read or mask one document.
pub struct Contestant {
    /// For tables; the same in every group.
    pub name: String,
    run: Run,
}

impl Contestant {
    /// Reads `text` once.
    ///
    /// # Errors
    /// When `text` is not JSON.
    pub fn run(&mut self, text: &[u8]) -> Result<usize, String> {
        (self.run)(text)
    }

    fn new(name: &str, run: impl FnMut(&[u8]) -> Result<usize, String> + 'static) -> Self {
        Self { name: name.to_owned(), run: Box::new(run) }
    }

    fn engine(name: &str, engine: Engine) -> Self {
        let mut out = Vec::new();
        Self::new(name, move |text| engine.mask(text, &mut out))
    }
}

/// A document with all that is measured on it.
pub struct Group {
    /// Of the document.
    pub name: &'static str,
    /// The JSON text.
    pub text: Vec<u8>,
    /// Everyone who reads it.
    pub contestants: Vec<Contestant>,
}

/// Name of the group with 1, 100 and 1,000 rules on the first document.
pub const RULES: &str = "rules";

/// Sizes in which the first document is measured too, for what a body costs before its first byte: name, bytes at most.
pub const SMALL: [(&str, usize); 2] = [("1KB", 1_000), ("10KB", 10_000)];

/// Everything that is measured: the five documents, the first of them small, and [`RULES`].
///
/// # Errors
/// When the engine refuses a rule.
pub fn groups() -> Result<Vec<Group>, String> {
    let mut groups = documents::all().into_iter().map(group).collect::<Result<Vec<_>, _>>()?;
    for (name, size) in SMALL {
        let text = documents::customers(size).into_bytes();
        groups.push(group(Document { name, text, rules: documents::customer_rules() })?);
    }
    let text = documents::customers(1_000_000).into_bytes();
    let contestants = [1, 100, 1_000]
        .into_iter()
        .map(|count: usize| Ok(Contestant::engine(&count.to_string(), Engine::of_rules(&many(count))?)))
        .collect::<Result<_, String>>()?;
    groups.push(Group { name: RULES, text, contestants });
    Ok(groups)
}

fn group(document: Document) -> Result<Group, String> {
    let Document { name, text, rules } = document;
    let mut contestants = vec![Contestant::engine("meshveil", Engine::of_rules(&rules)?)];
    if name == NAMES[0] {
        contestants.push(Contestant::engine("meshveil-anchored", Engine::of_queries(&ANCHORED)?));
    }
    // Room for every answer, so that no contestant pays for growth.
    let room = 2 * text.len();
    contestants.push({
        let (rules, mut out) = (rules.clone(), Vec::with_capacity(room));
        Contestant::new("serde_json-value", move |text| {
            out.clear();
            value::mask(text, &rules, &mut out).map(|()| out.len())
        })
    });
    contestants.push(Contestant::new("serde_json-ignored", |text| ignored::check(text).map(|()| text.len())));
    contestants.push({
        let mut out = Vec::with_capacity(room);
        Contestant::new("naive", move |text| {
            out.clear();
            naive::mask(text, &rules, &mut out);
            Ok(out.len())
        })
    });
    contestants.push({
        let mut out = Vec::with_capacity(room);
        Contestant::new("sonic-rs", move |text| {
            out.clear();
            sonic::print(text, &mut out).map(|()| out.len())
        })
    });
    contestants.push({
        let mut input = Vec::with_capacity(room);
        Contestant::new("simd-json", move |text| simd::read(text, &mut input).map(|_| text.len()))
    });
    Ok(Group { name, text, contestants })
}
