//! `replace`: what a pattern finds inside a text is hidden, the rest stays.

use core::cmp::Reverse;

use meshveil_detect::{Kinds, find_of};
use regex_lite::Regex;

use crate::{
    Argument, Characters, Container, Context, Entry, Example, Keys, Kind, Mask, MaskError, Output, Reveals, Sink, Slot,
    Value,
    definition::{Definition, HIDDEN, parameters},
    parameter::MAX_CHARACTERS,
};

pub(super) const ENTRY: Entry = Entry {
    id: "replace",
    keyed: false,
    summary: "Hides what a pattern finds inside a text and leaves the rest of the text. The pattern is a regular expression (the \
              syntax of the crate `regex-lite`, without look-around; its time is linear in the length of the text), or one of the shapes of `find`; both may be \
              given. A number is searched as its text. **A text in which nothing is found stays in clear** \
              unless `otherwise` is `hide`.",
    parameters: Replace::PARAMETERS,
    examples: &[
        Example {
            parameters: r#"{"find": "number"}"#,
            input: r#""card 4111 1111 1111 1111 declined""#,
            output: r#""card *** declined""#,
            note: "",
        },
        Example {
            parameters: r##"{"pattern": "ticket-[0-9]+", "with": "#"}"##,
            input: r##""see ticket-4711, ticket-12""##,
            output: r##""see #, #""##,
            note: "",
        },
        Example {
            parameters: r#"{"find": "email", "otherwise": "hide"}"#,
            input: r#"["ask ann@example.com","ask Anna"]"#,
            output: r#"["ask ***","***"]"#,
            note: "",
        },
    ],
};

parameters! {
    /// Parameters of `replace`.
    pub struct Replace {
        /// A regular expression. What it finds is hidden.
        "pattern", Kind::ShortText { most: MAX_CHARACTERS } => pattern: String = String::new(),
        /// A shape: `number` is six digits or more, with blanks, dots, slashes and hyphens between them; `email` an address;
        /// `ip` an IPv4 or IPv6 address; `token` twenty characters or more of letters, digits, `-`, `_` and `.` with a digit
        /// among them; `strong` all that detectors find by itself, such as cards, IBANs and keys (the kinds of `detect`).
        "find", Kind::Word(Shape::NAMES) => find: Shape = Shape::None,
        /// What stands in for what is found.
        "with", Kind::ShortText { most: MAX_CHARACTERS } => with: String = HIDDEN.to_owned(),
        /// What happens to a text in which nothing is found.
        "otherwise", Kind::Word(Otherwise::NAMES) => otherwise: Otherwise = Otherwise::Keep,
    }
}

macro_rules! words {
    ($(#[doc = $about:literal])+ $name:ident { $($(#[doc = $text:literal])+ $variant:ident = $word:literal,)+ }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[doc = $text])+ $variant,)+
        }

        impl $name {
            const NAMES: &'static [&'static str] = &[$($word),+];
        }

        impl Slot for $name {
            fn get(&self) -> Argument {
                Argument::Word(match self { $(Self::$variant => $word),+ })
            }

            fn set(&mut self, argument: Argument) -> bool {
                *self = match argument {
                    $(Argument::Word($word) => Self::$variant,)+
                    _ => return false,
                };
                true
            }
        }
    };
}

words! {
    /// A shape that is found without a pattern of the user's.
    Shape {
        /// None.
        None = "none",
        /// Six digits or more.
        Number = "number",
        /// An e-mail address.
        Email = "email",
        /// An IP address.
        Ip = "ip",
        /// A long run of characters as tokens and keys have them.
        Token = "token",
        /// What detectors find by itself.
        Strong = "strong",
    }
}

words! {
    /// What happens to a text in which nothing is found.
    Otherwise {
        /// It stays.
        Keep = "keep",
        /// It is hidden.
        Hide = "hide",
    }
}

impl Shape {
    const fn pattern(self) -> Option<&'static str> {
        Some(match self {
            Self::None | Self::Strong => return None,
            Self::Number => r"\d(?:[ ./\u{a0}\u{2010}-\u{2015}-]{0,2}\d){5,}",
            Self::Email => r#"[^\s<>()\[\]{}",;:@]+@[^\s<>()\[\]{}",;:@]+[A-Za-z0-9]"#,
            Self::Ip => {
                r"(?:[0-9A-Fa-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4})|\d{1,3}(?:\.\d{1,3}){3}"
            }
            Self::Token => r"[A-Za-z0-9_.-]*[0-9][A-Za-z0-9_.-]*",
        })
    }

    /// The fewest characters of what is found.
    const fn least(self) -> usize {
        if matches!(self, Self::Token) { 20 } else { 0 }
    }
}

impl Definition for Replace {
    fn reveals(&self) -> Reveals {
        // All but what is found stays.
        Reveals::Characters(Characters { most: 4 * MAX_CHARACTERS, length: true, separators: true, hidden: Reverse(0) })
    }

    fn type_kept(&self) -> bool {
        false
    }

    fn container(&self) -> Container {
        Container::Leaves
    }

    fn compile(&self, _field: &str, _keys: &Keys) -> Result<Box<dyn Mask>, MaskError> {
        let mut patterns = Vec::new();
        for (pattern, least) in [(Some(self.pattern.as_str()), 0), (self.find.pattern(), self.find.least())] {
            if let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) {
                let regex = Regex::new(pattern).map_err(|_| MaskError::Pattern { parameter: "pattern" })?;
                patterns.push((regex, least));
            }
        }
        let kinds = if self.find == Shape::Strong { Kinds::ALL } else { Kinds::NONE };
        Ok(Box::new(ReplaceMask { patterns, kinds, with: self.with.clone(), otherwise: self.otherwise }))
    }

    fn check(&self) -> Result<(), MaskError> {
        let regex = Regex::new(&self.pattern).map_err(|_| MaskError::Pattern { parameter: "pattern" })?;
        // A pattern that finds nothing at all between any two characters hides nothing.
        if !self.pattern.is_empty() && regex.is_match("") {
            return Err(MaskError::Pattern { parameter: "pattern" });
        }
        Ok(())
    }
}

#[derive(Debug)]
struct ReplaceMask {
    patterns: Vec<(Regex, usize)>,
    kinds: Kinds,
    with: String,
    otherwise: Otherwise,
}

impl Mask for ReplaceMask {
    fn needs_text(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, _context: &Context<'_>, sink: &mut dyn Sink) -> Output {
        let Some(text) = value.characters() else { return Output::Null };
        let mut found: Vec<(usize, usize)> = Vec::new();
        if self.kinds != Kinds::NONE {
            found.extend(find_of(text, self.kinds).map(|found| (found.range.start, found.range.end)));
        }
        for (pattern, least) in &self.patterns {
            let matches = pattern.find_iter(text).map(|found| (found.start(), found.end()));
            found.extend(matches.filter(|(start, end)| end - start >= (*least).max(1)));
        }
        found.sort_unstable();
        let looks = !self.patterns.is_empty() || self.kinds != Kinds::NONE;
        if found.is_empty() && (self.otherwise == Otherwise::Hide || !looks) {
            return self.unseen(sink);
        }
        let mut from = 0;
        for (start, end) in found {
            // What overlaps what is hidden already only widens it.
            if start >= from {
                sink.push(text.get(from..start).unwrap_or_default());
                sink.push(&self.with);
            }
            from = from.max(end);
        }
        sink.push(text.get(from..).unwrap_or_default());
        Output::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MaskSpec, tests::masked_text};

    #[test]
    fn shapes_are_found_inside_text() {
        for (find, text, expected) in [
            (Shape::Number, "call +1 202 555 0143 now", "call +*** now"),
            (Shape::Number, "my ssn is 123-45-6789.", "my ssn is ***."),
            (Shape::Number, "12 of 345 done", "12 of 345 done"),
            (Shape::Email, "from <ann@example.com>, bob@b.test.", "from <***>, ***."),
            (Shape::Ip, "from 192.0.2.1 to 2001:db8::1", "from *** to ***"),
            (Shape::Token, "Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc ok", "Bearer *** ok"),
            (Shape::Token, "an ordinary sentence", "an ordinary sentence"),
            (Shape::Strong, "card 4111 1111 1111 1111, mail a@example.com", "card ***, mail ***"),
            (Shape::Strong, "order 10045", "order 10045"),
        ] {
            let mask = MaskSpec::Replace(Replace { find, ..Replace::default() });
            assert_eq!(masked_text(&mask, text), expected, "{text}");
        }
    }

    #[test]
    fn a_mask_that_looks_for_nothing_hides_all() {
        assert_eq!(masked_text(&MaskSpec::Replace(Replace::default()), "a"), "***");
    }

    #[test]
    fn what_two_patterns_find_is_hidden_once() {
        let mask = Replace { pattern: "a.*c".into(), find: Shape::Number, ..Replace::default() };
        assert_eq!(masked_text(&MaskSpec::Replace(mask), "x a 123456 c y"), "x *** y");
    }

    #[test]
    fn patterns_that_cannot_be_used_are_refused() {
        for pattern in ["(", "a*", "(?=a)"] {
            let mask = MaskSpec::Replace(Replace { pattern: pattern.into(), ..Replace::default() });
            assert!(mask.compile("f", &Keys::none()).is_err(), "{pattern}");
        }
    }
}
