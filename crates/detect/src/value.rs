//! What a value looks like. Only the answer leaves this file, never the value.

use std::net::IpAddr;

use crate::checksum;

/// A look that values can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detector {
    /// A number of a payment card.
    Card,
    /// A social security number of the United States.
    Ssn,
    /// An IBAN.
    Iban,
    /// An e-mail address.
    Email,
    /// An international phone number.
    Phone,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A JSON web token.
    Jwt,
    /// Several words, among which there is a card number, an e-mail address or an IBAN.
    TextWithSecrets,
}

impl Detector {
    /// All of them, the surest first.
    pub const ALL: [Self; 8] =
        [Self::Card, Self::Iban, Self::Ssn, Self::Email, Self::Jwt, Self::Phone, Self::Ip, Self::TextWithSecrets];

    /// What such a value is, for comments.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Card => "card numbers",
            Self::Ssn => "US social security numbers",
            Self::Iban => "IBANs",
            Self::Email => "e-mail addresses",
            Self::Phone => "phone numbers",
            Self::Ip => "IP addresses",
            Self::Jwt => "JSON web tokens",
            Self::TextWithSecrets => "text with card numbers, e-mail addresses or IBANs in it",
        }
    }

    /// Whether a value looks like this.
    pub fn fits(self, text: &str) -> bool {
        let text = text.trim();
        match self {
            Self::Card => is_card(text),
            // Numbers of tax payers are the same thing here.
            Self::Ssn => checksum::ssn_area(text).is_some(),
            Self::Iban => is_iban(text),
            Self::Email => is_email(text),
            Self::Phone => is_phone(text),
            Self::Ip => text.contains(['.', ':']) && text.parse::<IpAddr>().is_ok(),
            Self::Jwt => is_jwt(text),
            Self::TextWithSecrets => holds_secrets(text),
        }
    }

    /// The look of a value; the surest where there are several.
    pub fn of(text: &str) -> Option<Self> {
        // Long values cannot be any of these but text, and its beginning is enough.
        let short = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default();
        Self::ALL.into_iter().find(|detector| detector.fits(short))
    }
}

/// Bytes of a value that are looked at.
const LONGEST: usize = 4096;

fn is_card(text: &str) -> bool {
    // Numbers of payment cards begin with 2 to 6.
    text.starts_with(|first| matches!(first, '2'..='6')) && checksum::is_card(&text.replace([' ', '-'], ""))
}

fn is_iban(text: &str) -> bool {
    checksum::is_iban(&text.replace(' ', "").to_ascii_uppercase())
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let fits = |letter: char| letter.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(letter);
    let part = |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_alphanumeric() || letter == '-');
    (1..=64).contains(&local.len())
        && local.chars().all(fits)
        && domain.len() <= 253
        && domain.contains('.')
        && domain.split('.').all(part)
}

fn is_phone(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('+') else { return false };
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    (8..=15).contains(&digits)
        && rest.starts_with(|letter: char| matches!(letter, '1'..='9'))
        && rest.chars().all(|letter| letter.is_ascii_digit() || " -.()/".contains(letter))
}

fn is_jwt(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let [header, payload, signature] = parts.as_slice() else { return false };
    let base64url = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    // `{"` is `eyJ` in base64.
    header.starts_with("eyJ") && payload.len() > 8 && [*header, *payload, *signature].into_iter().all(base64url)
}

fn holds_secrets(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() < 2 {
        return false;
    }
    let bare = |word: &&str| word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_owned();
    if words.iter().map(bare).any(|word| is_email(&word) || is_iban(&word)) {
        return true;
    }
    // Card numbers may be in groups: every run of digits, blanks and hyphens.
    let digits = |letter: char| letter.is_ascii_digit() || matches!(letter, ' ' | '-');
    text.split(|letter| !digits(letter)).any(|run| is_card(run.trim_matches([' ', '-'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_look_like_what_they_are() {
        for (text, detector) in [
            ("4111 1111 1111 1111", Detector::Card),
            ("5500-0000-0000-0004", Detector::Card),
            ("378282246310005", Detector::Card),
            ("123-45-6789", Detector::Ssn),
            ("DE02120300000000202051", Detector::Iban),
            ("de02 1203 0000 0000 2020 51", Detector::Iban),
            ("anna.smith+shop@example.co.uk", Detector::Email),
            ("zoë@münchen.example", Detector::Email),
            ("+1 (202) 555-0143", Detector::Phone),
            ("+12025550143", Detector::Phone),
            ("203.0.113.7", Detector::Ip),
            ("2001:db8::1", Detector::Ip),
            ("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", Detector::Jwt),
            ("Customer read out card 4111 1111 1111 1111 on the phone", Detector::TextWithSecrets),
            ("write to <anna@example.com>, please", Detector::TextWithSecrets),
        ] {
            assert_eq!(Detector::of(text), Some(detector), "{text}");
        }
    }

    #[test]
    fn near_misses_look_like_nothing() {
        for text in [
            "",
            "4111111111111112",
            "0000000000000000",
            "1111111111111111",
            "666-12-3456",
            "000-12-3456",
            "123-00-6789",
            "123-456-789",
            "DE03120300000000202051",
            "anna@localhost",
            "a@b@example.com",
            "@example.com",
            "+123",
            "+0 555 123 4567",
            "2026-10-02T09:14:55Z",
            "1.2.3",
            "10",
            "a.b.c",
            "eyJ.a.b",
            "Leave with the neighbour",
            "c-1001",
            "TEA-OOLONG-250",
            "12:30",
            "p-9001",
        ] {
            assert_eq!(Detector::of(text), None, "{text}");
        }
    }
}
