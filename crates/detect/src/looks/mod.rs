//! What a value looks like. Only the answer leaves this folder, never the value.

mod address;
mod card;
mod iban;
mod kinds;
mod national;
mod phone;
mod scan;
mod secret;

pub use kinds::{GROUPS, Kinds, NAMED};
use national::NUMBERS;
pub use scan::{Match, find, find_first, find_of};

/// A look that values can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detector {
    /// A number of a payment card.
    Card,
    /// An IBAN.
    Iban,
    /// A social security number of the United States, or a number of a tax payer.
    Ssn,
    /// An e-mail address.
    Email,
    /// A JSON web token.
    Jwt,
    /// A key or token of a known issuer.
    Key,
    /// A private key.
    PrivateKey,
    /// A hash of a password.
    PasswordHash,
    /// A password in a URL.
    UrlPassword,
    /// A phone number.
    Phone,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A hardware address.
    Mac,
    /// An address of a wallet.
    Wallet,
    /// The machine-readable zone of a passport or identity card.
    TravelDocument,
    /// A vehicle identification number.
    Vin,
    /// A number that a state gives people: index of the table.
    National(u8),
    /// A longer text that holds one of these.
    TextWithSecrets,
}

impl Detector {
    /// Those that have no table, the surest first.
    const SINGLE: [Self; 15] = [
        Self::Card,
        Self::Iban,
        Self::Ssn,
        Self::Email,
        Self::Jwt,
        Self::Key,
        Self::PrivateKey,
        Self::PasswordHash,
        Self::UrlPassword,
        Self::Phone,
        Self::Ip,
        Self::Mac,
        Self::Wallet,
        Self::TravelDocument,
        Self::Vin,
    ];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let national = (0..NUMBERS.len()).filter_map(|at| u8::try_from(at).ok()).map(Self::National);
        Self::SINGLE.into_iter().chain(national).chain([Self::TextWithSecrets])
    }

    /// What such a value is, for comments.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::Card => "card numbers",
            Self::Ssn => "US social security numbers",
            Self::Iban => "IBANs",
            Self::Email => "e-mail addresses",
            Self::Phone => "phone numbers",
            Self::Ip => "IP addresses",
            Self::Jwt => "JSON web tokens",
            Self::Key => "keys and tokens of known issuers",
            Self::PrivateKey => "private keys",
            Self::PasswordHash => "hashes of passwords",
            Self::UrlPassword => "passwords in URLs",
            Self::Mac => "hardware addresses",
            Self::Wallet => "addresses of wallets",
            Self::TravelDocument => "machine-readable zones of passports",
            Self::Vin => "vehicle identification numbers",
            Self::National(at) => NUMBERS.get(usize::from(at)).map_or("", |number| number.what),
            Self::TextWithSecrets => "text with card numbers, e-mail addresses or IBANs in it",
        }
    }

    /// When a value has this look.
    #[must_use]
    pub fn rule(self) -> String {
        let text = match self {
            Self::Card => {
                "14 to 19 digits of a range that an issuer has, in one or in printed groups, right check digit (Luhn, ISO/IEC 7812-1)"
            }
            Self::Ssn => "`AAA-GG-SSSS` or `AAA GG SSSS` of numbers that are given out",
            Self::Iban => "a country, its length, and a remainder of 1 (mod 97, ISO 13616)",
            Self::Email => "one `@`, a domain with a dot whose last part is letters and ends no file",
            Self::Phone => {
                "`+` or `00`, a country code and as many digits as it has (E.164); national ones as they are written: `(202) 555-0143`, `020 7946 0958`"
            }
            Self::Ip => "an IPv4 or IPv6 address that is no loopback, mask or network",
            Self::Jwt => "three parts of base64url, the first a JSON object",
            Self::Key => "as AWS, Google, GitHub, GitLab, Slack, Stripe, npm, PyPI, SendGrid and others begin theirs",
            Self::PrivateKey => "`-----BEGIN ... PRIVATE KEY`",
            Self::PasswordHash => "as crypt, bcrypt, argon2, PBKDF2 and LDAP begin theirs",
            Self::UrlPassword => "`://user:password@`",
            Self::Mac => "six pairs of hexadecimal digits, or three groups of four",
            Self::Wallet => "Ethereum (`0x` and 40 digits), Bitcoin (Bech32)",
            Self::TravelDocument => "lines of 30, 36 or 44 capitals, digits and `<` (ICAO 9303)",
            Self::Vin => "17 letters and digits, right check digit",
            Self::TextWithSecrets => "one of the others among other words, or in a longer text",
            Self::National(at) => {
                let Some(number) = NUMBERS.get(usize::from(at)) else { return String::new() };
                let list = |forms: &[&str]| forms.iter().map(|form| format!("`{form}`")).collect::<Vec<_>>().join(", ");
                return match (number.sure, number.weak) {
                    (sure, []) => list(sure),
                    ([], weak) => format!("with a name only, or where a whole column fits: {}", list(weak)),
                    (sure, weak) => format!("{}; with a name only: {}", list(sure), list(weak)),
                };
            }
        };
        text.to_owned()
    }

    /// Whether a whole value looks like this.
    #[must_use]
    pub fn fits(self, text: &str) -> bool {
        let text = text.trim();
        match self {
            Self::TextWithSecrets => find_first(text).is_some_and(|found| found.range != (0..text.len())),
            Self::National(at) => {
                NUMBERS.get(usize::from(at)).is_some_and(|number| national::fits(number, number.sure, text))
            }
            // Where a value has two looks, the surer one is given.
            _ => find_first(text).is_some_and(|found| found.detector == self && found.range == (0..text.len())),
        }
    }

    /// The look of a value; the surest where there are several.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        // Long values cannot be any of these but text, and its beginning is enough.
        let short = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default().trim();
        let found = find_first(short)?;
        Some(if found.range == (0..short.len()) { found.detector } else { Self::TextWithSecrets })
    }

    /// Every look that a value has only if a name, or a whole column, says so, too.
    pub fn weak(text: &str) -> impl Iterator<Item = Self> {
        let text = text.trim();
        let plausible = (8..=24).contains(&text.len()) && text.is_ascii();
        let numbers = NUMBERS.iter().enumerate().filter(move |_| plausible);
        numbers
            .filter(move |(_, number)| national::fits(number, number.weak, text))
            .filter_map(|(at, _)| u8::try_from(at).ok().map(Self::National))
    }
}

/// Bytes of a value that are looked at.
const LONGEST: usize = 4096;

#[cfg(test)]
mod tests;
