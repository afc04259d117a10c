//! What names, formats and values stand for, as data, with the mask that is proposed for each.

mod contact;
mod credentials;
mod device;
mod free_text;
mod identity;
mod payment;
mod person;

use crate::{value::Detector, words};

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

/// A number of things, a switch or a time: what stands before or after the words that look sensitive.
const BEFORE: &[&str] = &[
    "is", "has", "can", "should", "must", "allow", "require", "needs", "count", "num", "total", "max", "min", "enable",
    "show", "send", "use", "support", "accept", "no",
];
const AFTER: &[&str] = &[
    "verified",
    "valid",
    "validated",
    "validation",
    "verification",
    "confirmed",
    "count",
    "enabled",
    "disabled",
    "required",
    "type",
    "kind",
    "status",
    "state",
    "at",
    "expires",
    "expiry",
    "expired",
    "expiration",
    "expire",
    "updated",
    "created",
    "changed",
    "policy",
    "length",
    "format",
    "template",
    "preference",
    "consent",
    "label",
    "placeholder",
    "url",
    "uri",
    "link",
    "present",
    "exists",
    "flag",
    "limit",
    "score",
    "brand",
    "network",
    "scheme",
    "strategy",
    "method",
    "mode",
    "version",
    "seconds",
    "ttl",
    "endpoint",
    "id",
    "code",
    "country",
    "currency",
    "prefix",
    "opt",
    "subscribed",
];

/// Names of the members that hold what the object is called after.
const VALUE: &[&str] = &["number", "value", "text", "body", "raw", "full", "formatted", "plain", "content"];

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
    free_text::NOTES,
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
pub fn by_name(context: &[String], name: &[String]) -> Option<&'static Kind> {
    let own = |kind: &&Kind| says(kind, name, 0);
    let in_context = |kind: &&Kind| !context.is_empty() && says(kind, &[context, name].concat(), context.len());
    // `phone` that is an object: its `number` is the phone number.
    let is_value = matches!(name, [only] if VALUE.contains(&only.as_str()));
    let holder = |kind: &&Kind| is_value && !context.is_empty() && says(kind, context, 0);
    KINDS.iter().find(own).or_else(|| KINDS.iter().find(in_context)).or_else(|| KINDS.iter().find(holder))
}

/// Whether one of the patterns is in these words, ends behind `from`, and nothing beside it says otherwise.
fn says(kind: &Kind, words: &[String], from: usize) -> bool {
    let is = |list: &[&str], word: &String| list.iter().any(|known| word == known);
    let own = words.get(from..).unwrap_or_default();
    if own.iter().any(|word| is(kind.except, word)) {
        return false;
    }
    kind.names.iter().any(|pattern| {
        // A whole name is one name, not two.
        if from > 0 && pattern.starts_with('=') {
            return false;
        }
        words::find(words, pattern).is_some_and(|found| {
            let outside = |at: usize| at >= from && !found.contains(&at);
            let after = words.iter().enumerate().skip(found.end).any(|(at, word)| outside(at) && is(AFTER, word));
            let before = words.get(from).is_some_and(|word| outside(from) && is(BEFORE, word));
            found.end > from && !after && !before
        })
    })
}

/// What a `format` says.
pub fn by_format(format: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.formats.contains(&format))
}

/// What values of one look are.
pub fn by_value(detector: Detector) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.values.contains(&detector))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(context: &str, name: &str) -> Option<&'static str> {
        by_name(&words::words(context), &words::words(name)).map(|kind| kind.id)
    }

    #[test]
    fn names_say_what_they_hold() {
        for (name, id) in [
            ("ssn", "ssn"),
            ("customerSSN", "ssn"),
            ("social_security_number", "ssn"),
            ("taxId", "tax-id"),
            ("passportNumber", "passport"),
            ("drivers-license", "driving-licence"),
            ("creditCardNumber", "card"),
            ("pan", "card"),
            ("cvv2", "card-code"),
            ("IBAN", "iban"),
            ("accountNumber", "bank-account"),
            ("emailAddress", "email"),
            ("e-mail", "email"),
            ("workEmails", "email"),
            ("phoneNumber", "phone"),
            ("mobile", "phone"),
            ("dateOfBirth", "born"),
            ("birthDate", "born"),
            ("born", "born"),
            ("passwordHash", "password"),
            ("pin", "password"),
            ("clientSecret", "secret"),
            ("apiKey", "secret"),
            ("accessToken", "secret"),
            ("baseSalary", "salary"),
            ("clientIp", "ip"),
            ("ipAddress", "ip"),
            ("billingAddress", "address"),
            ("zip", "address"),
            ("firstName", "person-name"),
            ("lastname", "person-name"),
            ("username", "person-name"),
            ("diagnosis", "health"),
            ("bloodType", "health"),
            ("maritalStatus", "personal"),
            ("lat", "geo"),
            ("notes", "notes"),
            ("comment", "notes"),
        ] {
            assert_eq!(kind("", name), Some(id), "{name}");
        }
    }

    #[test]
    fn names_beside_them_say_nothing() {
        for name in [
            "id",
            "name",
            "number",
            "emailVerified",
            "isEmailValid",
            "hasPhone",
            "passwordChangedAt",
            "nextPageToken",
            "tokenType",
            "addressId",
            "emailCount",
            "phoneCountryCode",
            "japan",
            "company",
            "shipping",
            "zipFile",
            "status",
            "cardBrand",
            "giftCard",
            "footnoteId",
            "macBook",
            "pinned",
            "country",
            "mailingList",
            "promptTokens",
            "cardExpiry",
            "passwordPolicy",
            "noComment",
        ] {
            assert_eq!(kind("", name), None, "{name}");
        }
    }

    #[test]
    fn what_holds_a_name_gives_it_meaning() {
        for (context, name, id) in [
            ("card", "number", Some("card")),
            ("cards", "number", Some("card")),
            ("creditCard", "number", Some("card")),
            ("account", "number", Some("bank-account")),
            ("name", "first", Some("person-name")),
            ("customer", "name", Some("person-name")),
            ("payer", "name", Some("person-name")),
            ("card", "holder", Some("person-name")),
            ("delivery", "instructions", Some("notes")),
            ("workPhone", "number", Some("phone")),
            ("passport", "value", Some("passport")),
            ("product", "name", None),
            ("invoice", "number", None),
            ("card", "brand", None),
            ("email", "verified", None),
            ("email", "subject", None),
            ("address", "id", None),
        ] {
            assert_eq!(kind(context, name), id, "{context}.{name}");
        }
    }

    #[test]
    fn every_kind_can_be_found_and_its_masks_are_masks() {
        let mut ids = std::collections::BTreeSet::new();
        for kind in KINDS {
            assert!(ids.insert(kind.id), "{}", kind.id);
            assert!(kind.id == "sensitive" || !kind.names.is_empty());
            for name in kind.names {
                let words = words::words(name.trim_start_matches('='));
                assert!(!words.is_empty());
                assert!(by_name(&[], &words).is_some(), "{name}");
            }
        }
    }
}
