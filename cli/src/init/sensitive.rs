//! What usually is sensitive, by its name and by its values, and the mask to begin with.

/// A kind of sensitive data.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// What the field is called in the policy.
    pub(super) name: &'static str,
    /// The mask, as YAML.
    pub(super) mask: &'static str,
    /// Words of names, in lower case; those of the object around it count, too.
    phrases: &'static [&'static str],
}

const fn kind(name: &'static str, mask: &'static str, phrases: &'static [&'static str]) -> Kind {
    Kind { name, mask, phrases }
}

const LAST_FOUR: &str = "{ partial: { keepLast: 4 } }";

/// Every kind; of several that fit, the first is meant.
pub(super) const KINDS: &[Kind] = &[
    kind("ssn", LAST_FOUR, &["ssn", "social security", "national id", "national insurance", "personal number"]),
    kind("tax-id", LAST_FOUR, &["tax id", "tax number", "tin", "itin", "vat id", "taxpayer"]),
    kind("card", LAST_FOUR, &["card number", "card no", "pan", "credit card", "debit card", "cc number"]),
    kind("card-code", "drop", &["cvv", "cvc", "card code", "security code", "pin"]),
    kind("iban", LAST_FOUR, &["iban"]),
    kind("account", LAST_FOUR, &["account number", "account no", "bank account", "routing number", "sort code"]),
    kind("email", "email", &["email", "e mail", "mail address"]),
    kind("phone", "{ partial: { keepLast: 2 } }", &["phone", "mobile", "telephone", "fax", "msisdn", "cell"]),
    kind("born", "\"null\"", &["born", "birth", "birthday", "birthdate", "dob"]),
    kind(
        "identity-document",
        "redact",
        &["passport", "driver license", "driver licence", "driving licence", "id card"],
    ),
    kind(
        "credential",
        "drop",
        &["password", "passwd", "passphrase", "secret", "token", "api key", "private key", "access key", "credential"],
    ),
    kind("ip", "redact", &["ip", "ip address", "ipv4", "ipv6", "mac address"]),
    kind("address", "redact", &["address", "street", "postal code", "postcode", "zip code"]),
    kind(
        "person",
        "{ partial: { keepFirst: 1 } }",
        &["first name", "last name", "full name", "given name", "family name", "middle name", "surname", "maiden name"],
    ),
    kind("pay", "\"null\"", &["salary", "income", "wage", "compensation"]),
    kind("health", "\"null\"", &["diagnosis", "medical", "blood type", "allergy", "allergies", "disability", "health"]),
    kind("place", "\"null\"", &["latitude", "longitude", "geo location", "geolocation", "coordinates"]),
    kind(
        "belief",
        "\"null\"",
        &["gender", "religion", "ethnicity", "nationality", "marital status", "sexual orientation"],
    ),
    kind("notes", "redact", &["notes", "note", "comment", "comments", "remark", "remarks", "free text"]),
];

/// For what a document declares sensitive and no kind fits.
pub(super) const DECLARED: Kind = kind("sensitive", "redact", &[]);

/// The kind with a name.
pub(super) fn named(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The words of a name, in lower case: `homeEMail_2` is `home`, `e`, `mail`, `2`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let letters: Vec<char> = name.chars().collect();
    let (mut word, mut before) = (String::new(), None::<char>);
    for (at, letter) in letters.iter().copied().enumerate() {
        let next_is_lower = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let starts = match before {
            Some(before) if letter.is_uppercase() => before.is_lowercase() || before.is_numeric() || next_is_lower,
            _ => false,
        };
        if (starts || !letter.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        before = Some(letter);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether words hold those of a phrase, one after the other; the last may be a plural. A phrase written as one word counts.
fn holds(words: &[String], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    let is = |word: &String, wanted: &str| word == wanted || word.strip_suffix('s') == Some(wanted);
    let joined = phrase.concat();
    words.iter().any(|word| is(word, &joined))
        || words.windows(phrase.len()).any(|window| window.iter().zip(&phrase).all(|(word, wanted)| is(word, wanted)))
}

/// What a member's name says, and whether it takes the name of the object around it to say so.
pub(super) fn by_name(parent: Option<&str>, name: &str) -> Option<(&'static Kind, bool)> {
    let own = words(name);
    let fits = |words: &[String]| KINDS.iter().find(|kind| kind.phrases.iter().any(|phrase| holds(words, phrase)));
    if let Some(kind) = fits(&own) {
        return Some((kind, false));
    }
    let around = words(parent?);
    let last = around.last()?.clone();
    let both: Vec<String> = [last.clone()].into_iter().chain(own).collect();
    // What the parent says alone is found at the parent.
    if fits(&[last]).is_some() { None } else { fits(&both).map(|kind| (kind, true)) }
}

type Test = fn(&str) -> bool;

/// What a text looks like, whatever its name. The text goes nowhere.
pub(super) fn by_value(text: &str) -> Option<&'static Kind> {
    let text = text.trim();
    if text.len() > 320 {
        return None;
    }
    let tests: [(&str, Test); 5] =
        [("ssn", is_ssn), ("card", is_card), ("iban", is_iban), ("email", is_email), ("credential", is_jwt)];
    tests.into_iter().find(|(_, test)| test(text)).and_then(|(name, _)| named(name))
}

fn is_ssn(text: &str) -> bool {
    text.len() == 11
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 3 | 6) { byte == b'-' } else { byte.is_ascii_digit() })
}

/// 13 to 19 digits with a valid check digit (ISO/IEC 7812-1, Luhn).
fn is_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|letter| letter.to_digit(10)).collect();
    let plain = text.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, ' ' | '-'));
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit }).sum();
    plain && (13..=19).contains(&digits.len()) && sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0)
}

/// A country, two check digits, up to 30 letters or digits (ISO 13616-1).
fn is_iban(text: &str) -> bool {
    let text: String = text.chars().filter(|letter| *letter != ' ').collect();
    let Some((head, rest)) = text.split_at_checked(4) else { return false };
    let shaped = head
        .bytes()
        .enumerate()
        .all(|(at, byte)| if at < 2 { byte.is_ascii_uppercase() } else { byte.is_ascii_digit() });
    let sound = shaped && (15..=34).contains(&text.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let remainder = rest
        .chars()
        .chain(head.chars())
        .filter_map(|letter| letter.to_digit(36))
        .fold(0, |sum, digit| if digit > 9 { (sum * 100 + digit) % 97 } else { (sum * 10 + digit) % 97 });
    sound && remainder == 1
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !text.contains([' ', '/', ','])
    })
}

/// Three parts of base64url, the first a JSON object (RFC 7519).
fn is_jwt(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_part = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.starts_with("eyJ") && parts.len() == 3 && parts.iter().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(parent: Option<&str>, own: &str) -> Option<(&'static str, bool)> {
        by_name(parent, own).map(|(kind, both)| (kind.name, both))
    }

    #[test]
    fn names_are_read_word_by_word() {
        for (own, expected) in [
            ("ssn", "ssn"),
            ("customerSSN", "ssn"),
            ("SSNNumber", "ssn"),
            ("social_security_number", "ssn"),
            ("e-mail", "email"),
            ("contactEmails", "email"),
            ("homePhoneNumber", "phone"),
            ("date_of_birth", "born"),
            ("apiKey", "credential"),
            ("firstName", "person"),
            ("notes", "notes"),
        ] {
            assert_eq!(name(None, own), Some((expected, false)), "{own}");
        }
        for own in ["id", "name", "pantry", "companion", "description", "tint", "shipping", "status", ""] {
            assert_eq!(name(None, own), None, "{own}");
        }
    }

    #[test]
    fn the_object_around_a_member_counts() {
        assert_eq!(name(Some("card"), "number"), Some(("card", true)));
        assert_eq!(name(Some("order"), "number"), None);
        // The address itself is a field.
        assert_eq!(name(Some("address"), "country"), None);
    }

    #[test]
    fn values_are_told_by_their_check_digits() {
        for (text, expected) in [
            ("123-45-6789", Some("ssn")),
            ("4111 1111 1111 1111", Some("card")),
            ("4111 1111 1111 1112", None),
            ("0000000000000000", None),
            ("DE02 1203 0000 0000 2020 51", Some("iban")),
            ("DE02120300000000202052", None),
            ("a@example.com", Some("email")),
            ("see a@b.c, please", None),
            ("eyJhbGciOiJIUzI1NiJ9.e30.x", Some("credential")),
            ("ü", None),
            ("", None),
        ] {
            assert_eq!(by_value(text).map(|kind| kind.name), expected, "{text}");
        }
    }
}
