//! Which looks are looked for: names of them, and of groups of them, as policies write them.

use super::{Detector, national::NUMBERS};

/// A set of looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kinds(u128);

/// The word for values that count beside a name only.
pub const NAMED: &str = "named";

/// A group of looks: a word, what it stands for, and which looks it holds.
pub type Group = (&'static str, &'static str, fn(Detector) -> bool);

/// Every group of looks, the largest first.
pub const GROUPS: &[Group] = &[
    ("strong", "everything below that may stand alone", |_| true),
    ("payment", "cards, IBANs, wallets", |one| matches!(one, Detector::Card | Detector::Iban | Detector::Wallet)),
    ("identity", "numbers that states give people and their documents", |one| {
        matches!(one, Detector::Ssn | Detector::TravelDocument | Detector::National(_))
    }),
    ("contact", "e-mail addresses, phone numbers", |one| matches!(one, Detector::Email | Detector::Phone)),
    ("secret", "keys, tokens, passwords and their hashes", |one| {
        matches!(
            one,
            Detector::Jwt | Detector::Key | Detector::PrivateKey | Detector::PasswordHash | Detector::UrlPassword
        )
    }),
    ("device", "addresses of networks and hardware, vehicles", |one| {
        matches!(one, Detector::Ip | Detector::Mac | Detector::Vin)
    }),
];

impl Kinds {
    /// Every look.
    pub const ALL: Self = Self(u128::MAX);

    /// None.
    pub const NONE: Self = Self(0);

    /// The looks that a word of a policy stands for; `None` where it stands for none.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let mut kinds = Self::NONE;
        let group = GROUPS.iter().find(|(name, ..)| *name == word);
        for one in Detector::alone() {
            if group.map_or_else(|| one.id() == word, |(.., holds)| holds(one)) {
                kinds.add(one);
            }
        }
        (kinds != Self::NONE).then_some(kinds)
    }

    /// Every word that [`Kinds::named`] knows, groups first.
    pub fn words() -> impl Iterator<Item = &'static str> {
        GROUPS.iter().map(|(name, ..)| *name).chain(Detector::alone().map(Detector::id))
    }

    /// Adds one.
    pub const fn add(&mut self, one: Detector) {
        self.0 |= Self::bit(one);
    }

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a look is one of them.
    #[must_use]
    pub const fn has(self, one: Detector) -> bool {
        self.0 & Self::bit(one) != 0
    }

    /// How many looks these are.
    #[must_use]
    pub fn count(self) -> usize {
        Detector::alone().filter(|one| self.has(*one)).count()
    }

    /// Whether any number of a state is one of them.
    #[must_use]
    pub const fn has_national(self) -> bool {
        self.0 >> Self::FIRST_NATIONAL != 0
    }

    const FIRST_NATIONAL: u32 = 32;

    const fn bit(one: Detector) -> u128 {
        let at = match one {
            Detector::Card => 0,
            Detector::Iban => 1,
            Detector::Ssn => 2,
            Detector::Email => 3,
            Detector::Jwt => 4,
            Detector::Key => 5,
            Detector::PrivateKey => 6,
            Detector::PasswordHash => 7,
            Detector::UrlPassword => 8,
            Detector::Phone => 9,
            Detector::Ip => 10,
            Detector::Mac => 11,
            Detector::Wallet => 12,
            Detector::TravelDocument => 13,
            Detector::Vin => 14,
            Detector::TextWithSecrets => 31,
            Detector::National(at) => Self::FIRST_NATIONAL + at as u32,
        };
        // A table of more than 96 numbers would need a wider set; a test holds it below.
        if at < u128::BITS { 1 << at } else { 0 }
    }
}

impl Detector {
    /// Those that may stand alone, in a text of anything else.
    pub fn alone() -> impl Iterator<Item = Self> {
        let is_sure = |one: &Self| match one {
            Self::National(at) => NUMBERS.get(usize::from(*at)).is_some_and(|number| !number.sure.is_empty()),
            Self::TextWithSecrets => false,
            _ => true,
        };
        Self::all().filter(is_sure)
    }

    /// How policies call it.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Iban => "iban",
            Self::Ssn => "ssn",
            Self::Email => "email",
            Self::Jwt => "jwt",
            Self::Key => "key",
            Self::PrivateKey => "private-key",
            Self::PasswordHash => "password-hash",
            Self::UrlPassword => "url-password",
            Self::Phone => "phone",
            Self::Ip => "ip",
            Self::Mac => "mac",
            Self::Wallet => "wallet",
            Self::TravelDocument => "travel-document",
            Self::Vin => "vin",
            Self::TextWithSecrets => "text",
            Self::National(at) => NUMBERS.get(usize::from(at)).map_or("", |number| number.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_look_has_a_word_and_a_bit_of_its_own() {
        let all: Vec<Detector> = Detector::all().collect();
        let bits: BTreeSet<u128> = all.iter().map(|one| Kinds::bit(*one)).collect();
        assert_eq!(bits.len(), all.len());
        assert!(!bits.contains(&0));
        let words: BTreeSet<&str> = Kinds::words().collect();
        assert_eq!(words.len(), GROUPS.len() + Detector::alone().count());
        assert!(!words.contains(NAMED) && words.iter().all(|word| !word.is_empty()));
    }

    #[test]
    fn every_look_that_may_stand_alone_is_in_a_group_beside_strong() {
        for one in Detector::alone() {
            let groups = GROUPS.iter().skip(1).filter(|(.., holds)| holds(one)).count();
            assert_eq!(groups, 1, "{one:?}");
        }
        assert_eq!(Kinds::named("strong").unwrap().count(), Detector::alone().count());
        assert_eq!(Kinds::named("iban").unwrap().count(), 1);
        assert_eq!(Kinds::named("persons"), None);
        assert_eq!(Kinds::named(NAMED), None);
    }
}
