//! What names, formats and values stand for, as data, with the mask that is proposed for each.

mod beside;
mod contact;
mod credentials;
mod device;
mod free_text;
mod identity;
mod index;
mod payment;
mod person;

pub use person::PEOPLE;

use crate::{Detector, words};
use beside::{AFTER, BEFORE, VALUE};

/// Something sensitive.
#[derive(Debug)]
pub struct Kind {
    /// Name of the field that is proposed.
    pub id: &'static str,
    /// What it is, for comments.
    pub what: &'static str,
    /// Words of names, see [`words::find`]. They may begin in the name of the member that holds this one.
    pub names: &'static [&'static str],
    /// Words beside which a name means something else.
    pub except: &'static [&'static str],
    /// `format` of a schema.
    pub formats: &'static [&'static str],
    /// What values look like.
    pub values: &'static [Detector],
    /// The mask of strings, as YAML.
    pub mask: &'static str,
    /// The mask of strings where there is a key, as YAML.
    pub keyed: Option<&'static str>,
    /// Whether an object or a number of this name is sensitive as a whole.
    pub whole: Whole,
    /// Names whose members of no telling name (`value`, `number`) are this, too.
    pub holders: &'static [&'static str],
    /// Names that hold a name which means something else there.
    pub aside: &'static [&'static str],
    /// Whether what is one of a few values, or yes or no, is sensitive, too: special categories (GDPR, article 9).
    pub special: bool,
    /// Whether dates are what is sensitive.
    pub dated: bool,
    /// Whether people should decide, as it is sensitive in some services only.
    pub ask: bool,
}

/// What besides strings can be sensitive under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Objects, and numbers.
    Any,
    /// Numbers; of an object the members count.
    Numbers,
    /// Neither.
    Strings,
}

/// The mask of values other than strings.
pub const NOT_TEXT: &str = "\"null\"";

const LAST_FOUR: &str = "{ partial: { keepLast: 4 } }";

/// Every kind, strictest reading first: the first that fits counts.
pub const KINDS: &[Kind] = &[
    identity::SSN,
    identity::NATIONAL_ID,
    identity::TAX_ID,
    identity::PASSPORT,
    identity::DRIVING_LICENCE,
    payment::CARD_CODE,
    payment::CARD,
    payment::IBAN,
    payment::BANK_ACCOUNT,
    contact::EMAIL,
    contact::PHONE,
    person::BORN,
    credentials::PASSWORD,
    credentials::SECRET,
    payment::SALARY,
    device::IP,
    device::DEVICE,
    contact::ADDRESS,
    contact::GEO,
    person::HEALTH,
    person::PERSONAL,
    person::PERSON_NAME,
    person::IMAGE,
    free_text::NOTES,
    credentials::SECRET_DATA,
    free_text::PAIRS,
    free_text::INSIDE,
    person::DEBATABLE,
    MARKED,
];

/// What only a mark of a schema says.
const MARKED: Kind = Kind { id: "sensitive", what: "marked as sensitive", whole: Whole::Any, ..TEXT };

const TEXT: Kind = Kind {
    id: "",
    what: "",
    names: &[],
    except: &[],
    formats: &[],
    values: &[],
    mask: "redact",
    keyed: None,
    whole: Whole::Numbers,
    holders: &[],
    aside: &[],
    special: false,
    dated: false,
    ask: false,
};

/// Extensions of OpenAPI that mark a schema; any value but `false`, `null` and words for no.
pub const MARKS: &[&str] = &[
    "x-sensitive",
    "x-pii",
    "x-phi",
    "x-personal-data",
    "x-sensitive-data",
    "x-data-classification",
    "x-confidential",
];

/// Values of a mark that say no.
pub const NO: &[&str] = &["", "false", "no", "none", "public", "low", "internal", "non-sensitive"];

/// What a marked member is that no name tells.
pub fn marked() -> &'static Kind {
    KINDS.last().unwrap_or(&TEXT)
}

/// What a name says, in the context of the name that holds it (empty where nothing does).
#[must_use]
pub fn by_name(context: &[String], name: &[String]) -> Option<&'static Kind> {
    in_words(context, name, false)
}

/// Whether a name says nothing by itself, such as `value` or `number`: its holder says what it is.
#[must_use]
pub fn is_value(name: &[String]) -> bool {
    !name.is_empty() && name.iter().all(|word| VALUE.contains(&word.as_str()))
}

/// Whether a name means something else in what holds it: the full name of a repository is no person's.
#[must_use]
pub fn is_aside(kind: &Kind, context: &[String]) -> bool {
    kind.aside.iter().any(|holder| words::find(context, holder).is_some())
}

/// What a name may say, for people to decide.
#[must_use]
pub fn to_ask(context: &[String], name: &[String]) -> Option<&'static Kind> {
    in_words(context, name, true)
}

fn in_words(context: &[String], name: &[String], ask: bool) -> Option<&'static Kind> {
    // First as the words are, then with long ones taken apart.
    said(context, name, ask).or_else(|| said(&index::apart(context), &index::apart(name), ask))
}

fn said(context: &[String], name: &[String], ask: bool) -> Option<&'static Kind> {
    if let Some(own) = says(name, 0, ask) {
        return Some(own);
    }
    if context.is_empty() {
        return None;
    }
    let all = [context, name].concat();
    says(&all, context.len(), ask).or_else(|| {
        // `phone` that is an object: its `number` is the phone number.
        let ends = |holder: &&str| words::find(context, holder).is_some_and(|found| found.end == context.len());
        let holds = |kind: &&Kind| kind.ask == ask && kind.holders.iter().any(ends);
        // What the holder is called after comes last in its name.
        let ends_so = |kind: &&Kind| {
            kind.names.iter().any(|pattern| pattern.contains("@person") || ends(&pattern.trim_start_matches('=')))
        };
        if is_value(name) { says(context, 0, ask).filter(ends_so).or_else(|| KINDS.iter().find(holds)) } else { None }
    })
}

/// The first kind one of whose patterns is in these words, ends behind `from`, and nothing beside it says otherwise.
fn says(words: &[String], from: usize, ask: bool) -> Option<&'static Kind> {
    let is = |list: &[&str], word: &String| list.iter().any(|known| word == known);
    let own = words.get(from..).unwrap_or_default();
    let mut candidates = index::candidates(words);
    candidates.sort_by_key(|pattern| pattern.kind);
    candidates.into_iter().find_map(|pattern| {
        let kind = KINDS.get(pattern.kind).filter(|kind| kind.ask == ask)?;
        // A whole name is one name, not two.
        if own.iter().any(|word| is(kind.except, word)) || from > 0 && pattern.text.starts_with('=') {
            return None;
        }
        let found = words::find(words, &pattern.text)?;
        let outside = |at: usize| at >= from && !found.contains(&at);
        let after = words.iter().enumerate().skip(found.end).any(|(at, word)| outside(at) && is(AFTER, word));
        // Having one tells nothing of most, and everything of a special category.
        let before = words.get(from).is_some_and(|word| {
            outside(from) && is(BEFORE, word) && !(kind.special && matches!(word.as_str(), "is" | "has"))
        });
        (found.end > from && !after && !before).then_some(kind)
    })
}

/// What a longer text, such as the description of a schema, names by at least two words.
#[must_use]
pub fn by_text(text: &str) -> Option<&'static Kind> {
    let first: String = text.chars().take(160).collect();
    let sentence = first.split(['.', ';', '\n', '(']).next().unwrap_or_default();
    let words = words::words(sentence);
    let mut candidates = index::candidates(&words);
    candidates.sort_by_key(|pattern| pattern.kind);
    candidates.into_iter().filter(|pattern| pattern.text.contains(' ') || pattern.text.len() > 7).find_map(|pattern| {
        let kind = KINDS.get(pattern.kind).filter(|kind| !kind.ask)?;
        let found = words::find(&words, &pattern.text)?;
        // What is said of it comes before, such as `status of the`.
        let before = words.get(..found.start).unwrap_or_default();
        let is_about = before.iter().any(|word| {
            AFTER.contains(&word.as_str())
                || BEFORE.contains(&word.as_str())
                || matches!(word.as_str(), "whether" | "if" | "when" | "list")
        });
        let after = words.get(found.end).is_some_and(|word| AFTER.contains(&word.as_str()));
        (!is_about && !after && words.len() <= 14).then_some(kind)
    })
}

/// Whether a name is one that members have in general, or tells a kind: not the name of a person, or of one thing among others.
#[must_use]
pub fn is_usual(name: &str) -> bool {
    let words = words::words(name);
    let apart = index::apart(&words);
    let is_number = |word: &String| word.chars().all(|letter| letter.is_ascii_digit());
    !words.is_empty()
        && apart.iter().all(|word| {
            is_number(word)
                || index::is_known(word)
                || AFTER.contains(&word.as_str())
                || BEFORE.contains(&word.as_str())
        })
}

/// What a `format` says.
pub fn by_format(format: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.formats.contains(&format))
}

/// What values of one look are.
#[must_use]
pub fn by_value(detector: Detector) -> Option<&'static Kind> {
    if matches!(detector, Detector::National(_)) {
        return by_id(identity::NATIONAL_ID.id);
    }
    KINDS.iter().find(|kind| kind.values.contains(&detector))
}

/// The kind of this name.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.id == id)
}

#[cfg(test)]
mod tests;
