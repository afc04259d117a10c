//! Member names in any spelling of case, and names that end in something.
//!
//! RFC 9535 compares names exactly (section 2.3.1.2), and serializers of one service spell them in several ways. Such names are
//! an option beside a query, so that the query itself stays one of RFC 9535.

use std::borrow::Cow;

use super::{Query, Selector};

/// What a name begins with that stands for all names with this end.
const ANY_START: char = '*';

/// A name that is compared without case: `password`, or `*token` for every name that ends so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LooseName {
    /// Folded, without the star.
    text: String,
    ending: bool,
}

impl LooseName {
    /// The name as it is written: a star at its start stands for anything.
    #[must_use]
    pub fn new(name: &str) -> Self {
        match name.strip_prefix(ANY_START) {
            Some(end) if !end.is_empty() => Self { text: fold(end).into_owned(), ending: true },
            _ => Self { text: fold(name).into_owned(), ending: false },
        }
    }

    /// The name, folded; of an ending what names end in.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it stands for every name that ends so.
    #[must_use]
    pub const fn is_ending(&self) -> bool {
        self.ending
    }

    /// Whether it stands for a folded name.
    #[must_use]
    pub fn fits_folded(&self, name: &str) -> bool {
        if self.ending { name.ends_with(&self.text) } else { name == self.text }
    }

    /// Whether it stands for a name.
    #[must_use]
    pub fn fits(&self, name: &str) -> bool {
        self.fits_folded(&fold(name))
    }
}

/// A name without case: characters that differ only in case become the same (to upper case and to lower case, as Unicode's
/// default mappings do, so that `\u{17f}` is an `s` and `\u{212a}` a `k`).
#[must_use]
pub fn fold(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(name);
    }
    if name.is_ascii() {
        return Cow::Owned(name.to_ascii_lowercase());
    }
    Cow::Owned(name.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect())
}

impl Query {
    /// The query with its names in any spelling of case. A name that begins with a star stands for every name that ends in
    /// what follows it. Names inside filters stay as they are.
    #[must_use]
    pub fn in_any_case(mut self) -> Self {
        for selector in self.segments.iter_mut().flat_map(|segment| &mut segment.selectors) {
            if let Selector::Name(name) = selector {
                *selector = Selector::Loose(LooseName::new(name));
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_whatever_their_case() {
        for (loose, fitting, others) in [
            (
                "passWord",
                &["password", "PASSWORD", "Password", "pa\u{17f}\u{17f}word"][..],
                &["password ", "pass_word"][..],
            ),
            ("*Token", &["token", "accessToken", "ACCESS_TOKEN", "to\u{212a}en"], &["tokens", "token_id"]),
            ("straße", &["STRASSE", "Straße", "strasse"], &["strase"]),
            ("*", &["*"], &["", "a"]),
        ] {
            let loose = LooseName::new(loose);
            for name in fitting {
                assert!(loose.fits(name), "{loose:?} {name}");
            }
            for name in others {
                assert!(!loose.fits(name), "{loose:?} {name}");
            }
        }
    }

    #[test]
    fn names_in_filters_stay_exact() {
        let query = Query::parse("$..User[?@.Kind == 'a'].id").unwrap().in_any_case();
        assert!(matches!(query.segments[0].selectors[..], [Selector::Loose(_)]));
        assert!(matches!(query.segments[1].selectors[..], [Selector::Filter(_)]));
    }
}
