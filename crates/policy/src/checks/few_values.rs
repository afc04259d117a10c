//! A mask that lets a value of a small domain be guessed or counted.

use meshveil_json::query::Selector;
use meshveil_mask::{Characters, Reveals};
use meshveil_text::{Finding, Span};

use crate::{Field, Policy, codes};

/// Words in names, how many values such a field has at most, and how many characters those have.
const DOMAINS: &[(&str, &str, u32)] = &[
    ("gender", "a few", 12),
    ("sex", "a few", 12),
    ("marital", "a few", 20),
    ("status", "a few", 20),
    ("religion", "a few", 20),
    ("ethnicity", "a few", 20),
    ("race", "a few", 20),
    ("blood", "a few", 10),
    ("age", "about a hundred", 3),
    ("country", "about two hundred", 40),
    ("nationality", "about two hundred", 40),
    ("cvv", "a thousand", 4),
    ("cvc", "a thousand", 4),
    ("cvv2", "a thousand", 4),
    ("cvc2", "a thousand", 4),
    ("pin", "ten thousand", 6),
    ("born", "some ten thousand", 24),
    ("birth", "some ten thousand", 24),
    ("birthday", "some ten thousand", 24),
    ("birthdate", "some ten thousand", 24),
    ("dob", "some ten thousand", 24),
    ("zip", "a hundred thousand", 10),
    ("zipcode", "a hundred thousand", 10),
    ("postcode", "a hundred thousand", 10),
];

/// Words beside which a name means something else: `birthName`, `statusMessage`.
const OTHERWISE: &[&str] = &["name", "place", "city", "message", "text", "note", "notes", "url", "uri", "id", "email"];

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for field in &policy.fields {
        let Some((span, name, (count, longest))) = small(field) else { continue };
        let (what, help) = match field.mask.value.reveals() {
            Reveals::Equality => (
                "equal values have equal pseudonyms, and counting them shows which is which",
                "`redact`, `null` or `drop` show nothing",
            ),
            Reveals::Characters(characters) if characters.most > 0 && shows(&characters, longest) => {
                ("the visible characters leave little to guess", "`redact`, `null` or `drop` show nothing")
            }
            Reveals::Characters(characters) if characters.length => {
                ("the length of the value tells which it is", "leave `length` out, or use `redact`")
            }
            _ => continue,
        };
        let message = format!("`{name}` has {count} values: {what}");
        findings.push(
            Finding::new(&codes::FEW_VALUES, field.mask.span, message).label(span, "the name says so").help(help),
        );
    }
}

/// The name that says so, and where it stands.
fn small(field: &Field) -> Option<(Span, &str, Domain)> {
    let last = |selector: &Selector| matches!(selector, Selector::Name(_));
    let of_paths = field.paths.iter().flat_map(|path| {
        let segment = path.value.segments.iter().rev().find(|segment| segment.selectors.iter().any(last));
        segment.into_iter().flat_map(|segment| &segment.selectors).filter_map(move |selector| match selector {
            Selector::Name(name) => Some((path.span, name.as_str())),
            _ => None,
        })
    });
    let mut names = of_paths.chain([(field.name.span, field.name.value.as_str())]);
    names.find_map(|(span, name)| Some((span, name, domain(name)?)))
}

/// How many values there are, in words, and the characters of the longest.
type Domain = (&'static str, u32);

/// Whether the longest value is long enough for any of it to stay.
const fn shows(characters: &Characters, longest: u32) -> bool {
    characters.most.saturating_add(characters.hidden.0) <= longest
}

fn domain(name: &str) -> Option<Domain> {
    let words = words(name);
    if words.iter().any(|word| OTHERWISE.contains(&word.as_str())) {
        return None;
    }
    DOMAINS
        .iter()
        .find(|(known, ..)| words.iter().any(|word| word == known))
        .map(|(_, count, longest)| (*count, *longest))
}

/// The words of `dateOfBirth`, `date_of_birth` and the like, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_lower = false;
    for letter in name.chars() {
        let starts = letter.is_uppercase() && before_lower;
        if starts || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        before_lower = letter.is_lowercase() || letter.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_how_many_values_there_are() {
        for name in [
            "born",
            "dateOfBirth",
            "date_of_birth",
            "birth-date",
            "DOB",
            "CVV2",
            "card.cvv",
            "zipCode",
            "maritalStatus",
        ] {
            assert!(domain(name).is_some(), "{name}");
        }
        for name in
            ["ssn", "average", "shipping", "birthName", "place_of_birth_city", "spin", "statusMessage", "page", "iban"]
        {
            assert_eq!(domain(name), None, "{name}");
        }
    }
}
