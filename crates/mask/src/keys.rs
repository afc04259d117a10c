//! The key of keyed masks.

use std::fmt;

/// Shortest key, in bytes: below 128 bits a key can be guessed from one value that is known.
const SHORTEST: usize = 16;

/// Fewest different bytes of a key. Of 16 random bytes, or 32 random hexadecimal digits, there are practically always more.
const FEWEST_DIFFERENT: usize = 8;

/// Why a key can be guessed. Never shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// It is short.
    #[error("is too short: it must hold at least {SHORTEST} bytes")]
    Short,
    /// It is nothing but white space.
    #[error("is only white space")]
    Blank,
    /// It is made of few bytes.
    #[error("can be guessed: it must hold at least {FEWEST_DIFFERENT} different bytes")]
    FewBytes,
    /// It is a short text again and again.
    #[error("can be guessed: it repeats fewer than {SHORTEST} bytes")]
    Repeats,
}

impl KeyFault {
    /// What is wrong with a key; `None` where nothing speaks against it. That it is random cannot be told.
    #[must_use]
    pub fn of(key: &[u8]) -> Option<Self> {
        if key.len() < SHORTEST {
            return Some(Self::Short);
        }
        if std::str::from_utf8(key).is_ok_and(|text| text.trim().is_empty()) {
            return Some(Self::Blank);
        }
        let mut bytes = key.to_vec();
        bytes.sort_unstable();
        bytes.dedup();
        if bytes.len() < FEWEST_DIFFERENT {
            return Some(Self::FewBytes);
        }
        let repeats = |period: usize| key.iter().zip(key.iter().skip(period)).all(|(one, other)| one == other);
        (1..SHORTEST).any(|period| period < key.len() && repeats(period)).then_some(Self::Repeats)
    }
}

/// The key of keyed masks. Its `Debug` output never shows it.
#[derive(Clone, Default)]
pub struct Keys {
    pseudonym: Option<Box<[u8]>>,
}

impl Keys {
    /// No key: rules with a keyed mask do not compile.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// One key for every keyed mask; masks derive their own from it.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self { pseudonym: Some(key.into()) }
    }

    /// The key, where there is one.
    #[must_use]
    pub fn get(&self) -> Option<&[u8]> {
        self.pseudonym.as_deref()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.pseudonym.is_some() { "Keys(set)" } else { "Keys(none)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_can_be_guessed_are_refused() {
        for (key, fault) in [
            ("", KeyFault::Short),
            ("fifteen bytes!!", KeyFault::Short),
            ("                                ", KeyFault::Blank),
            ("\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008} \t\n", KeyFault::Blank),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", KeyFault::FewBytes),
            ("0123456012345601234560123456012345601234560", KeyFault::FewBytes),
            ("changeit-changeit-changeit-", KeyFault::Repeats),
            ("password12password12", KeyFault::Repeats),
            ("0123456789abcde0123456789abcde01234", KeyFault::Repeats),
        ] {
            assert_eq!(KeyFault::of(key.as_bytes()), Some(fault), "{key:?}");
        }
        for key in ["0123456789abcdef", "0123456789abcdef0123456789abcdef", "9f86d081884c7d659a2feaa0c55ad015"] {
            assert_eq!(KeyFault::of(key.as_bytes()), None, "{key}");
        }
        assert_eq!(KeyFault::of(&[0; 32]), Some(KeyFault::FewBytes));
    }
}
